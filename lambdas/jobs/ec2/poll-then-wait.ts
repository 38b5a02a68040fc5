import type { JobContext, WaitReason } from '../../core/contract/context.ts';

export interface PollOptions<T> {
  readonly poll: () => Promise<T | undefined>;
  /** Seconds between two polls, after the first. */
  readonly every: () => number;
  readonly reason: () => WaitReason;
}

/**
 * Waits until `poll` returns something, until the job's deadline. The first poll comes before the wait, so that the wait's pause and reason can
 * report its result; a replay repeats that poll.
 */
export async function pollThenWait<T>(name: string, ctx: JobContext, { poll, every, reason }: PollOptions<T>): Promise<T> {
  let found = { value: await poll(), isFresh: true };
  const check = async () => {
    if (!found.isFresh) found = { value: await poll(), isFresh: true };
    found.isFresh = false;
    return found.value;
  };
  return ctx.waitUntil(name, check, { every: { seconds: every() }, timeout: jobLifetime(ctx), reason: reason() });
}

/** @returns the time from the job's creation to its deadline, so that the deadline always comes first; the same in every invocation */
export function jobLifetime({ job }: Pick<JobContext, 'job'>): { readonly seconds: number } {
  return { seconds: Math.ceil((Date.parse(job.deadline) - Date.parse(job.createdAt)) / 1000) };
}
