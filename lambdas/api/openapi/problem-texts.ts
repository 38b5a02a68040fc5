/** What the problems mean. The page at the address of a problem's `type` and docs/problems.md are written from it. */
import type { ProblemName } from '../problems.ts';

export interface ProblemText {
  /** What happened, as Markdown for people. */
  readonly cause: string;
  /** What the caller can do about it, as Markdown. */
  readonly remedy: string;
}

export const problemTexts: Readonly<Record<ProblemName, ProblemText>> = {
  'malformed-json': { cause: 'the body is not JSON in UTF-8, or nested deeper than 100 levels', remedy: 'correct it' },
  'malformed-encoding': {
    cause: 'the body is not the gzip stream that `Content-Encoding` says it is: not compressed, truncated, damaged',
    remedy: '`detail` says what is wrong',
  },
  'duplicate-member': {
    cause: 'an object in the body has a member twice; which of them counts would be a guess',
    remedy: 'remove one; `errors` points at each',
  },
  'malformed-idempotency-key': { cause: 'the header is not a single string of 1 to 255 printable characters', remedy: 'quote it' },
  'invalid-parameter': { cause: 'a query parameter is unknown, given twice, or has no valid value', remedy: '`detail` names it' },
  'invalid-cursor': {
    cause: 'the cursor is damaged, or of a list with another owner, filter or order',
    remedy: 'send it with the parameters that it came from, or start again without it',
  },
  unauthenticated: { cause: 'the caller is not authenticated', remedy: 'sign the request' },
  forbidden: { cause: 'the caller is not one of the admins', remedy: 'ask one of them' },
  'not-found': { cause: 'there is no such address', remedy: 'if it differs from an existing one only in slashes, `detail` names that one' },
  'job-not-found': { cause: "there is no such job, or it is another owner's, or it expired", remedy: '' },
  'job-type-not-found': { cause: 'there is no such job type', remedy: '`GET /v1/job-types`' },
  'file-not-found': { cause: 'the job has no such file', remedy: '' },
  'signal-not-found': {
    cause: "the job's type has no signal of this name",
    remedy: '`detail` names those that it has; `GET /v1/job-types/{type}` shows their schemas',
  },
  'link-not-found': {
    cause: 'no link for a signal has this address; its job may have expired',
    remedy: 'copy the whole address; ask whoever sent it for a new one',
  },
  'schedule-not-found': { cause: 'the owner has no schedule of this name', remedy: '`GET /v1/schedules`' },
  'group-not-found': { cause: "there is no such group, or it is another owner's, or it expired", remedy: '' },
  'method-not-allowed': { cause: 'the address does not allow that method', remedy: '`Allow` lists those that it allows' },
  'not-acceptable': { cause: '`Accept` leaves out what the address answers with', remedy: '`detail` names the media type' },
  'input-not-shown': {
    cause: 'the type is no longer deployed, or the input has too many secrets, is too large for an answer, or is gone',
    remedy: '`detail` says which',
  },
  'job-not-finished': { cause: 'there is no result yet, and nothing to retry', remedy: 'ask again after `Retry-After`' },
  'job-failed': { cause: 'there is no result, and there will be none', remedy: '' },
  'job-cancelled': { cause: 'there is no result, and there will be none', remedy: '' },
  'job-already-ended': { cause: 'there is nothing left to cancel, and nothing that would receive a signal', remedy: '' },
  'too-many-signals': { cause: 'a job may be sent 100 signals', remedy: 'put what belongs together into one' },
  'link-used-otherwise': { cause: 'the link has sent a signal with other content before, and works once', remedy: '' },
  'not-retryable': {
    cause: 'the job succeeded, so a retry would have its effects a second time; or it is work of the service itself, such as a redrive',
    remedy: 'submit a new job; send the redrive again',
  },
  'no-webhook': {
    cause: 'the submission named no `webhookUrl`, or the deployment sends no webhooks',
    remedy: 'name one in the next submission; `detail` says which of the two it is',
  },
  'already-retried': {
    cause: 'the job was retried with other content before, and a job is retried once',
    remedy: '`detail` names the job that retried it; retry that one once it has ended',
  },
  'input-lost': { cause: 'the large input of the job is gone from the bucket, or changed there', remedy: 'send the retry with an `input`' },
  'job-type-removed': { cause: 'the type of the job is no longer deployed, so nothing could run a retry', remedy: 'ask the deployer' },
  'job-type-draining': { cause: 'the type finishes its jobs and accepts no new ones', remedy: 'try later, or ask an admin' },
  'too-many-schedules': { cause: 'an owner may have 1,000 schedules', remedy: 'delete one to make another' },
  'link-used': { cause: 'the link, or another one in its place, has sent its signal already', remedy: '' },
  'link-expired': { cause: 'the link was not used in time', remedy: 'ask whoever sent it for a new one' },
  'group-closed': {
    cause: 'the group is sealed, is being cancelled, or has ended',
    remedy: 'make another group; `detail` says which',
  },
  'too-many-batches': { cause: 'a group may have 100 batches, which are 10,000 jobs', remedy: 'make another group' },
  'member-refused': {
    cause: 'the job was refused when its batch was sent first, or did not come in time, and the group has counted it',
    remedy: 'send it in another batch',
  },
  'body-too-large': {
    cause: 'a submission is over 1 MiB, decompressed',
    remedy: 'put large data in S3, or upload it (`POST /v1/uploads`), and name it in the input',
  },
  'unsupported-media-type': {
    cause: 'the body is not sent as JSON, or with a `Content-Encoding` other than gzip',
    remedy: '`Content-Type: application/json`; `Accept` or `Accept-Encoding` of the answer says what is accepted',
  },
  'invalid-submission': {
    cause:
      'the submission, or the body of a retry, a signal, a cancel or a change of state, breaks its schema, or asks for what the deployer did not allow',
    remedy: 'see `errors`',
  },
  'invalid-schedule': {
    cause: 'the schedule breaks its schema, would never fire, or its job asks for what the deployer did not allow',
    remedy: 'see `errors`',
  },
  'unknown-job-type': { cause: '`type` names no job type', remedy: '`GET /v1/job-types`' },
  'upload-not-found': {
    cause: "the input names an upload that was not sent yet, is another owner's, or was deleted because no job used it within 7 days",
    remedy: 'send the bytes to the `url` that `POST /v1/uploads` answered, or ask for a new place if it expired; `errors` points at each',
  },
  'invalid-predecessor': {
    cause: 'a job in `after` does not exist, is not yours, has expired, or has 100 jobs that start after it',
    remedy: '`errors` points at each; leave out what has expired, and let a group stand for many jobs',
  },
  'idempotency-key-reused': { cause: 'the key was sent with another submission before', remedy: 'use a new key for a new job' },
  'over-quota': {
    cause: "the owner's submissions of this minute, or jobs in flight, are used up",
    remedy: 'try again after `Retry-After`',
  },
  'internal-error': { cause: 'a bug', remedy: "the service's log has the details" },
  unavailable: {
    cause: 'a backend does not answer',
    remedy: 'try again after `Retry-After`, with the same `Idempotency-Key`, so that nothing is done twice',
  },
};
