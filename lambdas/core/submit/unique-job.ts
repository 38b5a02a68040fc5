/**
 * Uniqueness: at most one job of an owner and type with one key that has not ended. The ids of the jobs of a key are derived from the key and a number,
 * so two submissions at one moment aim at the same record, and the conditional write of it decides. The number moves on once its job has ended.
 */

import type { Settings } from '../contract/runtime-settings.ts';
import { type CancelDeps, cancelUnstarted } from '../control/cancel.ts';
import { deriveJobId, sha256Hex } from '../job/ids.ts';
import type { Job } from '../job/job.ts';
import { maxPredecessors } from '../job/predecessors.ts';
import { isTerminal } from '../job/states.ts';
import { Stop } from '../job/stop.ts';
import { isRetryable } from './retry-job.ts';
import type { Submission, UniqueRequest } from './submit-job.ts';

/** The number of the current job of each key. */
export interface UniqueStore {
  /** Strongly consistent. @returns 0 for a key that was never moved on */
  read(key: string): Promise<number>;
  /** Moves a key on to the next number. @returns false when it was moved meanwhile */
  moveOn(key: string, number: number, nowMs: number): Promise<boolean>;
}

export interface UniqueDeps extends CancelDeps {
  readonly uniques: UniqueStore;
  readonly settings: Pick<Settings, 'idempotencyRelease'>;
}

/** What finding the jobs of a key needs. */
type FindDeps = Pick<UniqueDeps, 'uniques' | 'settings' | 'store' | 'runtime'>;

/** Names the key of an owner and a type. */
export interface UniqueName {
  readonly owner: string;
  readonly type: string;
  readonly key: string;
}

/** A submission whose type and owner may have one unfinished job with its key. */
export interface UniqueSubmission {
  readonly submission: Submission & { readonly unique: UniqueRequest };
  /** The id that its idempotency key would give, by which a repeated request is recognised; undefined without a key. */
  readonly requestId: string | undefined;
}

export type UniqueResult<Refused> =
  /** @property replaced the job that this one was submitted in place of */
  | { readonly kind: 'accepted'; readonly job: Job; readonly replaced?: Job | undefined }
  /** The request was sent before, and made this job. */
  | { readonly kind: 'replayed'; readonly job: Job }
  /** This job has the key. */
  | { readonly kind: 'joined'; readonly job: Job }
  | { readonly kind: 'refused'; readonly refused: Refused }
  | { readonly kind: 'busy' };

export type Admitted<Refused> =
  | { readonly kind: 'accepted'; readonly job: Job }
  /** There is a record with the id. */
  | { readonly kind: 'exists' }
  | { readonly kind: 'refused'; readonly refused: Refused };

/** An attempt is lost only to another submission with the same key. */
const maxAttempts = 30;
/** Attempts without a pause. */
const attemptsAtOnce = 8;
/** The former jobs of a key among which a repeated request looks for its own. */
const remembered = 10;

/**
 * @param admit creates the job with an id, unless a record has it
 * @throws UnavailableError when the store cannot be reached; repeating it is safe
 */
export async function submitUnique<Refused>(
  unique: UniqueSubmission,
  admit: (id: string, submission: Submission) => Promise<Admitted<Refused>>,
  deps: UniqueDeps,
): Promise<UniqueResult<Refused>> {
  const { submission, requestId } = unique;
  const name = nameOf(submission);
  const itemKey = itemKeyOf(name);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const latestOfKey = await readLatest(name, deps);
    const { number, current } = latestOfKey;
    const own = requestId === undefined ? undefined : await findOwn({ name, requestId, ...latestOfKey }, deps);
    if (own !== undefined) return { kind: 'replayed', job: own };
    const unfinished = current === undefined ? [] : await unfinishedOf(current, deps);
    const [latest] = unfinished;
    if (current !== undefined && latest === undefined) {
      await deps.uniques.moveOn(itemKey, number, deps.runtime.nowMs());
      continue;
    }
    if (latest !== undefined && submission.unique.onDuplicate === 'join') return { kind: 'joined', job: latest };
    const admitted = await admit(idOf(name, latest === undefined ? number : number + 1), inPlaceOf(unique, unfinished));
    if (admitted.kind === 'refused') {
      // Another one of the same moment may have made the job, which is joined however little room the quota has.
      const joined = await findJoined(submission, deps);
      return joined === undefined ? admitted : { kind: 'joined', job: joined };
    }
    if (latest !== undefined) await deps.uniques.moveOn(itemKey, number, deps.runtime.nowMs());
    if (admitted.kind === 'exists') {
      await pauseBetween(attempt, deps);
      continue;
    }
    if (latest === undefined) return { kind: 'accepted', job: admitted.job };
    // One that has started goes on, and the new one waits for its end.
    const canceller = { by: submission.owner, actedBy: admitted.job.id, reason: 'replaced by a later submission with the same uniqueKey' };
    const isDecided = await cancelUnstarted(latest, canceller, deps);
    return isDecided ? { kind: 'accepted', job: admitted.job, replaced: latest } : { kind: 'busy' };
  }
  return { kind: 'busy' };
}

/** Submissions that lose to each other again and again come apart. */
async function pauseBetween(attempt: number, { runtime }: Pick<UniqueDeps, 'runtime'>): Promise<void> {
  if (attempt < attemptsAtOnce) return;
  await runtime.sleep(runtime.random() * Math.min(200, 10 * attempt), new Stop());
}

/** @returns the unfinished job that a submission would join */
export async function findJoined(submission: UniqueSubmission['submission'], deps: FindDeps): Promise<Job | undefined> {
  if (submission.unique.onDuplicate === 'replace') return undefined;
  const { current } = await readLatest(nameOf(submission), deps);
  return current === undefined ? undefined : (await unfinishedOf(current, deps))[0];
}

/** @returns the job that an earlier copy of a request made, among the last ones of its key */
export async function findRepeated(name: UniqueName, requestId: string, deps: FindDeps): Promise<Job | undefined> {
  return findOwn({ name, requestId, ...(await readLatest(name, deps)) }, deps);
}

function nameOf({ owner, contract, unique }: UniqueSubmission['submission']): UniqueName {
  return { owner, type: contract.name, key: unique.key };
}

function itemKeyOf({ owner, type, key }: UniqueName): string {
  return sha256Hex(JSON.stringify([owner, type, key]));
}

function idOf({ owner, type, key }: UniqueName, number: number): string {
  return deriveJobId(owner, { kind: 'unique', type, key, number });
}

interface LatestOfKey {
  readonly number: number;
  /** The job with that number; undefined if it is still to be made, or has expired. */
  readonly current: Job | undefined;
}

async function readLatest(name: UniqueName, { uniques, store, runtime }: FindDeps): Promise<LatestOfKey> {
  const number = await uniques.read(itemKeyOf(name));
  return { number, current: await store.get(idOf(name, number), runtime.nowMs()) };
}

/** Finds the job that an earlier copy of the request made. Where failed and cancelled jobs free their keys, those made none that counts. */
async function findOwn(
  { name, requestId, number, current }: { readonly name: UniqueName; readonly requestId: string } & LatestOfKey,
  { store, runtime, settings }: FindDeps,
): Promise<Job | undefined> {
  const former = await Promise.all(
    Array.from({ length: Math.min(number, remembered) }, (_, back) => store.get(idOf(name, number - 1 - back), runtime.nowMs())),
  );
  return [current, ...former].find(
    (job) => job?.unique?.requestId === requestId && !(settings.idempotencyRelease === 'failed' && isRetryable(job.status)),
  );
}

/** @param unfinished the jobs that have the key: the one that is replaced comes first, and the new one starts once all have ended */
function inPlaceOf({ submission, requestId }: UniqueSubmission, unfinished: readonly Job[]): Submission {
  const { key, maxDelaySeconds } = submission.unique;
  const [latest] = unfinished;
  const sinceMs = latest === undefined || latest.attemptsStarted > 0 ? undefined : (latest.unique?.sinceMs ?? latest.createdAtMs);
  const latestMs = sinceMs === undefined || maxDelaySeconds === undefined ? undefined : sinceMs + maxDelaySeconds * 1000;
  const { startAtMs } = submission;
  return {
    ...submission,
    ...(startAtMs === undefined || latestMs === undefined ? {} : { startAtMs: Math.min(startAtMs, latestMs) }),
    recordedUnique: { key, ...(requestId === undefined ? {} : { requestId }), ...(sinceMs === undefined ? {} : { sinceMs }) },
    ...(latest === undefined ? {} : { after: { ids: unfinished.map(({ id }) => id), onFailure: 'run' as const } }),
  };
}

/**
 * @param current the job with the last number of a key
 * @returns the jobs with the key that have not ended: that one, and the one that it was to start after where it never did, also if it was cancelled itself
 */
async function unfinishedOf(current: Job, { store, runtime }: Pick<UniqueDeps, 'store' | 'runtime'>): Promise<readonly Job[]> {
  const before = current.attemptsStarted > 0 ? [] : (current.after?.ids ?? []);
  const found = await Promise.all(before.map((id) => store.get(id, runtime.nowMs())));
  // What its caller named with `after` has another key, or none.
  const rivals = found.flatMap((job) =>
    job !== undefined && job.type === current.type && job.unique?.key === current.unique?.key ? [job] : [],
  );
  return [current, ...rivals].filter(({ status }) => !isTerminal(status)).slice(0, maxPredecessors);
}
