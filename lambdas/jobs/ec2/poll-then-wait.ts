import type { JobContext, WaitReason } from '../../core/contract/context.ts';

/**
 * Waits until `look` finds something, however long the job lives. The first look is made before the wait, so that the wait's pause and reason
 * can say how it went; a replay makes that look once more.
 */
export async function pollThenWait<T>(
  name: string,
  ctx: JobContext,
  look: () => Promise<T | undefined>,
  after: { readonly every: () => number; readonly reason: () => WaitReason },
): Promise<T> {
  let found = { value: await look(), isNews: true };
  const check = async () => {
    if (!found.isNews) found = { value: await look(), isNews: true };
    found.isNews = false;
    return found.value;
  };
  return ctx.waitUntil(name, check, { every: { seconds: after.every() }, timeout: jobLifetime(ctx), reason: after.reason() });
}

/** @returns a time so long that the job's deadline always comes first; the same in every invocation */
export function jobLifetime({ job }: Pick<JobContext, 'job'>): { readonly seconds: number } {
  return { seconds: Math.ceil((Date.parse(job.deadline) - Date.parse(job.createdAt)) / 1000) };
}
