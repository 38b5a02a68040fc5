/** Finds a type and subnet with capacity, and launches there: once, whatever crashes in between. */
import type { JobContext } from '../../core/context.ts';
import { PermanentError } from '../../core/errors.ts';
import type { LaunchInput } from './contract.ts';
import { runInstances } from './ec2.ts';
import { classify, toJobError } from './ec2-errors.ts';
import { describePlacement, launchRequest, type Placement, placementsOf } from './launch-request.ts';

export interface Launch {
  readonly instanceIds: readonly string[];
  /** ISO-8601, EC2's own. */
  readonly launchedAt: string;
}

/** The job's checkpoint: one value, however many rounds it takes. */
export interface Search {
  /** From 1: all placements, once through. */
  readonly round: number;
  /**
   * Index of the placement that is being tried, written before the call: if the worker dies, the same call with the same token comes
   * first in its next life, before any other placement. null between rounds.
   */
  readonly trying: { readonly placement: number; readonly at: string } | null;
  /** Indexes of placements that can never work. */
  readonly unsupported: readonly number[];
  /** What the last placement was refused with, for people. */
  readonly lastRefusal?: string;
  readonly launch?: Launch;
}

const pauseSeconds = { first: 15, longest: 300 };

/** Waits for capacity until the job's deadline: that is no failed attempt. @throws PermanentError when EC2 says that the request itself is wrong */
export async function launchSomewhere(input: LaunchInput, ctx: JobContext): Promise<Launch> {
  // Before the wait, so that the wait's reason tells how this round went.
  let roundJustDone = { launch: await tryRound(input, ctx), isNews: true };
  const search = loadSearch(ctx);
  return ctx.waitUntil(
    'capacity',
    async () => {
      if (!roundJustDone.isNews) roundJustDone = { launch: await tryRound(input, ctx), isNews: true };
      roundJustDone.isNews = false;
      return roundJustDone.launch;
    },
    {
      every: { seconds: Math.min(pauseSeconds.longest, pauseSeconds.first * 2 ** Math.min(10, Math.max(0, search.round - 2))) },
      timeout: wholeLife(ctx),
      reason: { code: 'waiting_for_capacity', detail: search.lastRefusal ?? 'EC2 has no capacity' },
    },
  );
}

/** So long that the job's deadline always comes first; the same in every invocation. */
export function wholeLife({ job }: JobContext): { readonly seconds: number } {
  return { seconds: Math.ceil((Date.parse(job.deadline) - Date.parse(job.createdAt)) / 1000) };
}

/** @returns undefined when no placement has capacity now */
async function tryRound(input: LaunchInput, ctx: JobContext): Promise<Launch | undefined> {
  let search = loadSearch(ctx);
  if (search.launch !== undefined) return search.launch;
  const save = async (changes: Partial<Search>) => {
    search = { ...search, ...changes };
    await ctx.checkpoint.save(search);
  };
  const placements = placementsOf(input);
  const repeated = search.trying?.placement;
  for (const [index, placement] of placements.entries()) {
    if (index < (repeated ?? 0) || search.unsupported.includes(index)) continue;
    ctx.signal.throwIfAborted();
    await save({ trying: { placement: index, at: new Date().toISOString() } });
    const tried = await tryPlacement(input, placement, `launch-${search.round}-${index}`, ctx);
    if (tried.kind === 'launched') {
      await save({ trying: null, launch: tried.launch });
      return tried.launch;
    }
    ctx.log.info('A placement was refused.', { placement: describePlacement(placement), refusal: tried.refusal });
    search = { ...search, lastRefusal: `${describePlacement(placement)}: ${tried.refusal}` };
    // Says nothing about the call that is repeated here: it may have launched, so no other placement before EC2 has told.
    if (tried.kind === 'throttled' && index === repeated) {
      await save({});
      return undefined;
    }
    if (tried.kind === 'unsupported') search = { ...search, unsupported: [...search.unsupported, index] };
    if (search.unsupported.length === placements.length) throw toJobError(tried.error);
  }
  ctx.progress(null, `no capacity in round ${search.round}`);
  await save({ round: search.round + 1, trying: null });
  return undefined;
}

type Tried =
  | { readonly kind: 'launched'; readonly launch: Launch }
  | { readonly kind: 'no-capacity' | 'throttled' | 'unsupported'; readonly refusal: string; readonly error: unknown };

async function tryPlacement(input: LaunchInput, placement: Placement, tokenName: string, ctx: JobContext): Promise<Tried> {
  ctx.progress(null, `launching ${describePlacement(placement)}`);
  try {
    const instances = await runInstances(launchRequest(input, placement, ctx.job, ctx.idempotencyToken(tokenName)), ctx.signal);
    const instanceIds = instances.flatMap(({ InstanceId }) => InstanceId ?? []);
    if (instanceIds.length === 0) throw new PermanentError('EC2 accepted the launch and named no instance.', { code: 'nothing_launched' });
    const launchedMs = Math.min(...instances.map(({ LaunchTime }) => LaunchTime?.getTime() ?? Date.now()));
    return { kind: 'launched', launch: { instanceIds, launchedAt: new Date(launchedMs).toISOString() } };
  } catch (error) {
    const kind = classify(error);
    const { name, message } = error as Error;
    if (kind === 'refused' || kind === 'unknown') throw toJobError(error);
    return { kind, refusal: `${name}: ${message}`, error };
  }
}

export function loadSearch(ctx: Pick<JobContext, 'checkpoint'>): Search {
  return ctx.checkpoint.load<Search>() ?? { round: 1, trying: null, unsupported: [] };
}
