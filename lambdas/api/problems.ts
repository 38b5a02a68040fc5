/** Every problem that the API answers with. What happened and what to do is in `openapi/problem-texts.ts`, which no submission needs. */
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export interface ProblemDescription {
  readonly status: ContentfulStatusCode;
  readonly title: string;
}

export const problems = {
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'malformed-encoding': { status: 400, title: 'The body is not in its Content-Encoding' },
  'duplicate-member': { status: 400, title: 'The body holds a member twice' },
  'malformed-idempotency-key': { status: 400, title: 'The Idempotency-Key header is malformed' },
  'invalid-parameter': { status: 400, title: 'A query parameter is not valid' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one of this listing' },
  unauthenticated: { status: 401, title: 'The caller is not known' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'job-not-found': { status: 404, title: 'There is no such job' },
  'job-type-not-found': { status: 404, title: 'There is no such job type' },
  'file-not-found': { status: 404, title: 'The job has no such file' },
  'signal-not-found': { status: 404, title: 'The job takes no such signal' },
  'link-not-found': { status: 404, title: 'There is no such link' },
  'schedule-not-found': { status: 404, title: 'There is no such schedule' },
  'group-not-found': { status: 404, title: 'There is no such group' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  'not-acceptable': { status: 406, title: 'The answer has no form that is accepted' },
  'input-not-shown': { status: 409, title: 'The input of the job cannot be shown' },
  'job-not-finished': { status: 409, title: 'The job has not ended yet' },
  'job-failed': { status: 409, title: 'The job failed, so it has no result' },
  'job-cancelled': { status: 409, title: 'The job was cancelled, so it has no result' },
  'job-already-ended': { status: 409, title: 'The job has already ended' },
  'too-many-signals': { status: 409, title: 'The job has had as many signals as one may have' },
  'link-used-otherwise': { status: 409, title: 'The link has sent something else already' },
  'not-retryable': { status: 409, title: 'This job cannot be retried' },
  'no-webhook': { status: 409, title: 'The job has no webhook' },
  'already-retried': { status: 409, title: 'The job was already retried otherwise' },
  'input-lost': { status: 409, title: 'The input of the job is gone' },
  'job-type-removed': { status: 409, title: 'The type of the job is no longer deployed' },
  'job-type-draining': { status: 409, title: 'The job type takes no new jobs' },
  'too-many-schedules': { status: 409, title: 'The owner has as many schedules as one may have' },
  'link-used': { status: 410, title: 'The link was used already' },
  'link-expired': { status: 410, title: 'The link has expired' },
  'group-closed': { status: 409, title: 'The group takes no more jobs' },
  'too-many-batches': { status: 409, title: 'The group has as many batches as one may have' },
  'member-refused': { status: 409, title: 'The job was refused before, and counts as refused in its group' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be JSON, plain or compressed with gzip' },
  'invalid-submission': { status: 422, title: 'The submission is not valid' },
  'invalid-schedule': { status: 422, title: 'The schedule is not valid' },
  'unknown-job-type': { status: 422, title: 'There is no such job type' },
  'upload-not-found': { status: 422, title: 'The input names an upload that is not there' },
  'invalid-predecessor': { status: 422, title: 'The job cannot start after one of these jobs' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key belongs to another submission' },
  'over-quota': { status: 429, title: 'The quota of this owner is used up' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
  unavailable: { status: 503, title: 'The service cannot take this now' },
} as const satisfies Record<string, ProblemDescription>;

export type ProblemName = keyof typeof problems;
