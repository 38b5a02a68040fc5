/**
 * The rule that a failed or cancelled job frees its idempotency key, where the deployer set it. An ended record never changes, so the next job of the
 * key has another id, which is derived from the first one and a number. All numbers are looked up at once: an earlier record may have expired
 * while a later one is still there.
 */
import { deriveJobId } from '../job/ids.ts';
import type { Job } from '../job/job.ts';
import type { JobStore, Runtime } from '../job/ports.ts';
import { isRetryable } from './retry-job.ts';

/** One key has at most this many jobs while the first of their records exists. After that the last one keeps the key. */
export const maxJobsOfKey = 10;

export interface KeyHolder {
  /** The id of the job that the key stands for, or will. */
  readonly id: string;
  /** The job that freed the key last. */
  readonly freedBy: Job | undefined;
}

/**
 * Finds the job that a key stands for now. It reads with one request, eventually consistent: a job that is missing because it was just created
 * has the very id that is returned, so creating it finds it.
 * @param firstId derived from the key
 */
export async function findKeyHolder(
  owner: string,
  firstId: string,
  { store, runtime }: { readonly store: Pick<JobStore, 'getMany'>; readonly runtime: Pick<Runtime, 'nowMs'> },
): Promise<KeyHolder> {
  const ids = Array.from({ length: maxJobsOfKey }, (_, number) => idOf(owner, firstId, number));
  const last = (await store.getMany(ids, runtime.nowMs())).at(-1);
  if (last === undefined) return { id: firstId, freedBy: undefined };
  const next = ids[ids.indexOf(last.id) + 1];
  return isRetryable(last.status) && next !== undefined ? { id: next, freedBy: last } : { id: last.id, freedBy: undefined };
}

function idOf(owner: string, firstId: string, number: number): string {
  return number === 0 ? firstId : deriveJobId(owner, { kind: 'released-key', firstId, number });
}
