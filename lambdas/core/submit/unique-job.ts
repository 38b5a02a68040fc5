/**
 * Uniqueness: at most one job of an owner and type with one key that has not ended. The ids of the jobs of a key are derived from the key and a number,
 * so two submissions at one moment aim at the same record, and the conditional write of it decides. The number moves on once its job has ended.
 */
import { type CancelDeps, cancelUnstarted } from '../control/cancel.ts';
import { deriveJobId, sha256Hex } from '../job/ids.ts';
import type { Job } from '../job/job.ts';
import { maxPredecessors } from '../job/predecessors.ts';
import { isTerminal } from '../job/states.ts';
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
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const number = await deps.uniques.read(name);
    const current = await deps.store.get(idOf(submission, number), deps.runtime.nowMs());
    const own = requestId === undefined ? undefined : await findOwn(unique, number, current, deps);
    if (own !== undefined) return { kind: 'replayed', job: own };
    if (current !== undefined && isTerminal(current.status)) {
      await deps.uniques.moveOn(name, number, deps.runtime.nowMs());
      continue;
    }
    const mayReplace = submission.unique.onDuplicate === 'replace' && current !== undefined;
    if (current !== undefined && !mayReplace) return { kind: 'joined', job: current };
    const next = current === undefined ? number : number + 1;
    const admitted = await admit(idOf(submission, next), await inPlaceOf(unique, current, deps));
    if (admitted.kind === 'refused') return admitted;
    if (current !== undefined) await deps.uniques.moveOn(name, number, deps.runtime.nowMs());
    if (admitted.kind === 'exists') continue;
    if (current === undefined) return { kind: 'accepted', job: admitted.job };
    // One that has started goes on, and the new one waits for its end.
    const canceller = { by: submission.owner, actedBy: admitted.job.id, reason: 'replaced by a later submission with the same uniqueKey' };
    const isDecided = await cancelUnstarted(current, canceller, deps);
    return isDecided ? { kind: 'accepted', job: admitted.job, replaced: current } : { kind: 'busy' };
  }
  return { kind: 'busy' };
}

/** @returns the unfinished job that a submission would join */
export async function findJoined(
  submission: UniqueSubmission['submission'],
  deps: Omit<UniqueDeps, keyof CancelDeps> & Pick<UniqueDeps, 'store' | 'runtime'>,
) {
  if (submission.unique.onDuplicate === 'replace') return undefined;
  const number = await deps.uniques.read(nameOf(submission));
  const current = await deps.store.get(idOf(submission, number), deps.runtime.nowMs());
  return current === undefined || isTerminal(current.status) ? undefined : current;
}

function nameOf({ owner, contract, unique }: UniqueSubmission['submission']): string {
  return sha256Hex(JSON.stringify([owner, contract.name, unique.key]));
}

function idOf({ owner, contract, unique }: UniqueSubmission['submission'], number: number): string {
  return deriveJobId(owner, { kind: 'unique', type: contract.name, key: unique.key, number });
}

/** Finds the job that an earlier copy of the request made, among the last ones of the key. */
async function findOwn(
  { submission, requestId }: UniqueSubmission,
  number: number,
  current: Job | undefined,
  { store, runtime }: UniqueDeps,
) {
  if (current?.unique?.requestId === requestId) return current;
  const numbers = Array.from({ length: Math.min(number, remembered) }, (_, back) => number - 1 - back);
  if (numbers.length === 0) return undefined;
  const former = await store.getMany(
    numbers.map((one) => idOf(submission, one)),
    runtime.nowMs(),
  );
  return former.find(({ unique }) => unique?.requestId === requestId);
}

/** @returns the submission with what its record must say; one that replaces another starts once that has ended, or has been cancelled */
async function inPlaceOf({ submission, requestId }: UniqueSubmission, current: Job | undefined, deps: UniqueDeps): Promise<Submission> {
  const { key, maxDelaySeconds } = submission.unique;
  const uniqueOf = (sinceMs?: number) => ({
    key,
    ...(requestId === undefined ? {} : { requestId }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  });
  if (current === undefined) return { ...submission, recordedUnique: uniqueOf() };
  const hasStarted = current.attemptsStarted > 0;
  const sinceMs = hasStarted ? undefined : (current.unique?.sinceMs ?? current.createdAtMs);
  const latestMs = sinceMs === undefined || maxDelaySeconds === undefined ? undefined : sinceMs + maxDelaySeconds * 1000;
  const { startAtMs } = submission;
  return {
    ...submission,
    ...(startAtMs === undefined || latestMs === undefined ? {} : { startAtMs: Math.min(startAtMs, latestMs) }),
    recordedUnique: uniqueOf(sinceMs),
    after: { ids: await unfinishedBefore(current, deps), onFailure: 'run' },
  };
}

/** @returns the job itself and, where it replaced others that still run, those */
async function unfinishedBefore({ id, unique, after }: Job, { store, runtime }: UniqueDeps): Promise<readonly string[]> {
  if (unique === undefined || after === undefined) return [id];
  const before = await Promise.all(after.ids.map((one) => store.get(one, runtime.nowMs())));
  return [id, ...before.flatMap((job) => (job !== undefined && !isTerminal(job.status) ? [job.id] : []))].slice(0, maxPredecessors);
}
