/** Accepting jobs, one or many, on behalf of a caller: what submissions, batches and retries share. */
import type { UnavailableError } from '../core/contract/errors.ts';
import { jobFields } from '../core/control/metrics.ts';
import type { Job } from '../core/job/job.ts';
import { maxFollowers } from '../core/job/predecessors.ts';
import { unusedUploadDays } from '../core/job/upload.ts';
import { type AdmitResult, admitJobs } from '../core/submit/admit-job.ts';
import type { RefusedPredecessor } from '../core/submit/named-predecessors.ts';
import type { MissingUpload } from '../core/submit/named-uploads.ts';
import type { BatchAdmission, Refusal } from '../core/submit/quota.ts';
import { findKeyHolder } from '../core/submit/released-keys.ts';
import { findReplay, type IdentifiedSubmission, isSameSubmission, type Submission } from '../core/submit/submit-job.ts';
import type { UniqueSubmission } from '../core/submit/unique-job.ts';
import { canonicalJson } from '../text/exact-json.ts';
import type { ApiDeps } from './api-context.ts';
import { jsonPointer, ProblemError } from './problem.ts';
import { parseSubmission } from './request/submission.ts';
import { collectViolations, describeViolations } from './request/violations.ts';
import { findWebhookFault } from './request/webhook-member.ts';

export interface SubmissionRequest {
  /** The id that the job will have. */
  readonly id: string;
  /** Whether the id is derived from a key, so that an earlier request may have created the job. */
  readonly hasKey: boolean;
  /** Parsed JSON. Two requests with one key are the same if the canonical JSON of this is equal. */
  readonly body: unknown;
}

export type Acceptance =
  | {
      readonly kind: 'accepted';
      readonly job: Job;
      readonly isReplay: boolean;
      /** The job that freed the key before. */
      readonly freedBy?: Job | undefined;
      /** Whether another submission made the job, which has the unique key. @default false */
      readonly isJoined?: boolean;
      /** The job with the unique key in whose place this one was submitted. */
      readonly replaced?: Job | undefined;
    }
  | { readonly kind: 'refused'; readonly problem: ProblemError };

export interface Acceptances {
  /** One for each, in order. */
  readonly outcomes: readonly Acceptance[];
  /** Headers that say what is left of the quota. */
  readonly headers: Headers;
}

type Headers = Readonly<Record<string, string>>;

export interface Sender {
  readonly owner: string;
  readonly traceparent?: string;
}

/** A request with what can be said about it alone. */
export interface Candidate extends SubmissionRequest {
  /** What it asks for, or why it is refused. */
  readonly verdict: Submission | ProblemError;
  /** The job that freed the key before. */
  readonly freedBy?: Job | undefined;
}

/** Decides each request independently of the others. */
export async function acceptRequests(given: readonly SubmissionRequest[], sender: Sender, deps: ApiDeps): Promise<Acceptances> {
  const candidates = await Promise.all(given.map((request) => toCandidate(request, sender, deps)));
  return acceptCandidates(candidates, { owner: sender.owner, taken: keyReused() }, deps);
}

/** @returns the submission as a candidate: under the id of the key's current job, where failed and cancelled jobs free their keys */
export async function toCandidate(given: SubmissionRequest, { owner, ...trace }: Sender, deps: ApiDeps): Promise<Candidate> {
  const request = await withKeyHolder(given, owner, deps);
  const webhookFault = await findWebhookFault(request.body, deps.settings);
  const verdict = parseSubmission(request.body, owner, { ...deps, webhookFault }, deps.runtime.nowMs());
  return { ...request, verdict: verdict instanceof ProblemError ? verdict : { ...verdict, ...trace } };
}

/** Replaces the id by that of the key's current job, where failed and cancelled jobs free their keys. */
export async function withKeyHolder<Request extends Pick<SubmissionRequest, 'id' | 'hasKey'>>(
  request: Request,
  owner: string,
  deps: ApiDeps,
): Promise<Request & Pick<Candidate, 'freedBy'>> {
  if (!request.hasKey || deps.settings.idempotencyRelease !== 'failed') return request;
  return { ...request, ...(await findKeyHolder(owner, request.id, deps)) };
}

/** Accepts the candidates that are valid. One that was accepted before stays accepted, although it might be refused now. */
export async function acceptCandidates(candidates: readonly Candidate[], options: AcceptOptions, deps: ApiDeps): Promise<Acceptances> {
  const valid = candidates.flatMap((one) => (one.verdict instanceof ProblemError ? [] : [{ ...one, submission: one.verdict }]));
  const { outcomes, headers } = await acceptValid(valid, options, deps);
  const next = outcomes.values();
  const decided = candidates.map(async (candidate): Promise<Acceptance> => {
    const { verdict, freedBy } = candidate;
    const outcome = verdict instanceof ProblemError ? { kind: 'refused' as const, problem: verdict } : next.next().value;
    if (outcome?.kind === 'accepted') return { ...outcome, freedBy };
    return replayOr(outcome?.problem ?? unavailableProblem(), { ...candidate, owner: options.owner }, deps);
  });
  return { outcomes: await Promise.all(decided), headers };
}

/** Accepts plain ones at once, and then those that are unique under a key one after the other, since one may have the key of one before it. */
async function acceptValid(
  valid: readonly (Candidate & IdentifiedSubmission)[],
  options: AcceptOptions,
  deps: ApiDeps,
): Promise<Acceptances> {
  const plain = await acceptItems(
    valid.filter(({ submission }) => submission.unique === undefined),
    options,
    deps,
  );
  const next = plain.outcomes.values();
  let { headers } = plain;
  const outcomes: Acceptance[] = [];
  for (const { id, hasKey, submission } of valid) {
    const accept = async (jobId: string, as: Submission) => {
      const accepted = await acceptItems([{ id: jobId, submission: as }], options, deps);
      ({ headers } = accepted);
      return accepted.outcomes[0] ?? { kind: 'refused' as const, problem: unavailableProblem() };
    };
    const { unique } = submission;
    const request = unique && { submission: { ...submission, unique }, requestId: hasKey ? id : undefined };
    const outcome = request === undefined ? next.next().value : await acceptUnique(request, { accept, taken: options.taken }, deps);
    outcomes.push(outcome ?? { kind: 'refused', problem: unavailableProblem() });
  }
  return { outcomes, headers };
}

async function acceptUnique(
  request: UniqueSubmission,
  { accept, taken }: { readonly accept: (id: string, submission: Submission) => Promise<Acceptance>; readonly taken: ProblemError },
  deps: ApiDeps,
): Promise<Acceptance> {
  const { submitUnique } = await import('#unique-part');
  const admit = async (id: string, submission: Submission) => {
    const acceptance = await accept(id, submission);
    if (acceptance.kind === 'accepted') return acceptance.isReplay ? ({ kind: 'exists' } as const) : acceptance;
    const { problem } = acceptance;
    return problem === taken ? ({ kind: 'exists' } as const) : { kind: 'refused' as const, refused: problem };
  };
  const result = await submitUnique(request, admit, deps).catch((error: unknown) => {
    if (!isUnavailable(error)) throw error;
    deps.log.warn('A job with a unique key could not be decided for now.', { error: String(error) });
    return { kind: 'busy' as const };
  });
  switch (result.kind) {
    case 'accepted':
      return { kind: 'accepted', job: result.job, isReplay: false, replaced: result.replaced };
    case 'replayed':
      return isSameSubmission(result.job, request.submission.canonicalBody)
        ? { kind: 'accepted', job: result.job, isReplay: true }
        : { kind: 'refused', problem: taken };
    case 'joined':
      return { kind: 'accepted', job: result.job, isReplay: false, isJoined: true };
    case 'refused':
      return { kind: 'refused', problem: result.refused };
    case 'busy': {
      const detail = 'Too many submissions with this uniqueKey came at the same moment, or the store does not answer. Send it again.';
      return { kind: 'refused', problem: new ProblemError('unavailable', { detail, headers: { 'retry-after': '1' } }) };
    }
  }
}

export interface AcceptOptions {
  readonly owner: string;
  /** The problem where an id belongs to another submission. */
  readonly taken: ProblemError;
}

// By its name: a part that is loaded later has classes of its own.
const unavailable: UnavailableError['name'] = 'UnavailableError';
const isUnavailable = (reason: unknown) => reason instanceof Error && reason.name === unavailable;

export async function acceptItems(
  items: readonly IdentifiedSubmission[],
  { owner, taken }: AcceptOptions,
  deps: ApiDeps,
): Promise<Acceptances> {
  const { results, quota } = await admitJobs(items, owner, deps);
  const outcomes = results.map((result, i): Acceptance => {
    if (result.status === 'fulfilled') return toAcceptance(result.value, items[i]?.submission.contract.name ?? '', taken, deps);
    if (!isUnavailable(result.reason)) throw result.reason;
    deps.log.warn('A job could not be written for now.', { error: String(result.reason) });
    return { kind: 'refused', problem: unavailableProblem() };
  });
  for (const one of outcomes)
    if (one.kind === 'accepted' && !one.isReplay) deps.metrics.put('accepted', { Accepted: 1 }, jobFields(one.job));
  return { outcomes, headers: rateLimitHeaders(quota, deps) };
}

function toAcceptance(result: AdmitResult, type: string, taken: ProblemError, deps: ApiDeps): Acceptance {
  switch (result.kind) {
    case 'accepted':
      return result;
    case 'draining':
      return { kind: 'refused', problem: draining(type) };
    case 'upload-missing':
      return { kind: 'refused', problem: uploadNotFound(result.missing) };
    case 'predecessors-refused':
      return { kind: 'refused', problem: invalidPredecessor(result.refused) };
    case 'over-quota':
      return { kind: 'refused', problem: overQuota(result.refusal, deps) };
    case 'id-taken':
      return { kind: 'refused', problem: taken };
  }
}

export function keyReused(): ProblemError {
  const detail = 'This Idempotency-Key was sent with another submission before. Use a new key for a new job.';
  return new ProblemError('idempotency-key-reused', { detail });
}

export function draining(type: string): ProblemError {
  const detail = `The job type ${type} is draining: it finishes the jobs it has and accepts no new ones for now.`;
  return new ProblemError('job-type-draining', { detail });
}

export function uploadNotFound(missing: readonly MissingUpload[]): ProblemError {
  const detail = `names no upload of yours: it was not sent yet, or no job used it within ${unusedUploadDays} days and it was deleted`;
  const violations = missing.map(({ path }) => () => ({ pointer: jsonPointer(['input', ...path]), detail }));
  return new ProblemError('upload-not-found', describeViolations('The input', collectViolations(violations)));
}

export function invalidPredecessor(refused: readonly RefusedPredecessor[]): ProblemError {
  const violations = refused.map(({ position, why }) => () => ({
    pointer: jsonPointer(['after', String(position)]),
    detail: {
      unknown: 'is not a job of yours, or its record has expired',
      full: `has ${maxFollowers} jobs that start after it, and no more may`,
      later: 'is later than the group: a member may start after earlier members, and after jobs that were made before their group',
    }[why],
  }));
  return new ProblemError('invalid-predecessor', describeViolations('The submission', collectViolations(violations)));
}

export function overQuota({ why, retryAfterSeconds }: Refusal, { settings }: ApiDeps): ProblemError {
  const { submissionsPerMinute, jobsInFlight } = settings.quota ?? {};
  const detail = {
    rate: `At most ${submissionsPerMinute} submissions a minute are accepted from one owner.`,
    'in-flight': `At most ${jobsInFlight} jobs of one owner may be in flight.`,
    busy: 'Too many submissions of this owner came at the same moment.',
  }[why];
  return new ProblemError('over-quota', { detail, headers: { 'retry-after': String(retryAfterSeconds) } });
}

/** @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function rateLimitHeaders(quota: BatchAdmission | undefined, { settings }: ApiDeps): Headers {
  const { submissionsPerMinute } = settings.quota ?? {};
  if (quota === undefined || submissionsPerMinute === undefined) return {};
  return {
    'ratelimit-policy': `"submit";q=${submissionsPerMinute};w=60`,
    ratelimit: `"submit";r=${quota.remaining};t=${quota.resetSeconds}`,
  };
}

export function unavailableProblem(): ProblemError {
  const detail = 'A part of the service is not available. Try again; with an Idempotency-Key nothing is done twice.';
  return new ProblemError('unavailable', { detail, headers: { 'retry-after': '2' } });
}

async function replayOr(
  problem: ProblemError,
  { id, hasKey, body, owner }: SubmissionRequest & { readonly owner: string },
  deps: ApiDeps,
): Promise<Acceptance> {
  const isDecided = hasKey && problem.problem !== 'unavailable';
  const job = isDecided
    ? ((await findReplay(id, canonicalJson(body), deps)) ?? (await findUniqueReplay({ id, body, owner }, deps)))
    : undefined;
  return job === undefined ? { kind: 'refused', problem } : { kind: 'accepted', job, isReplay: true };
}

/** Finds the job that an earlier copy of the request made under its unique key, whose id is another one. */
export async function findUniqueReplay(
  { id, body, owner }: Pick<SubmissionRequest, 'id' | 'body'> & { readonly owner: string },
  deps: ApiDeps,
): Promise<Job | undefined> {
  const { type, uniqueKey: key } = Object(body) as { readonly type?: unknown; readonly uniqueKey?: unknown };
  if (typeof type !== 'string' || typeof key !== 'string') return undefined;
  const { findRepeated } = await import('#unique-part');
  const job = await findRepeated({ owner, type, key }, id, deps);
  return job !== undefined && isSameSubmission(job, canonicalJson(body)) ? job : undefined;
}
