/** Finds a type and subnet with room, and launches there: once, whatever crashes in between. */
import type { Instance } from '@aws-sdk/client-ec2';
import type { JobContext } from '../../core/contract/context.ts';
import { PermanentError } from '../../core/contract/errors.ts';
import { truncate } from '../../text/truncate.ts';
import { findInstances, runInstances } from '../ec2/ec2-client.ts';
import { callEc2, classify, type Ec2Failure, isAboutPlacement, toJobError } from '../ec2/ec2-errors.ts';
import { lookThenWait } from '../ec2/look-then-wait.ts';
import { tagsOf } from '../ec2/tags.ts';
import type { LaunchInput, Refusal } from './contract.ts';
import { clientToken, countsOf, doubtMs, type Launch, launchNumber, loadSearch, type Search, suffixOf } from './launch-checkpoint.ts';
import { describePlacement, launchRequest, type Placement, placementsOf } from './launch-request.ts';
import { idsOf } from './own-instances.ts';

const pauseSeconds = { first: 15, longest: 300 };

/**
 * Waits for room until the job's deadline: that is no failed attempt.
 * @param number which launch of the job it is, from 1
 * @throws PermanentError when EC2 says that the request itself is wrong
 */
export async function launchSomewhere(input: LaunchInput, number: number, ctx: JobContext): Promise<Launch> {
  return lookThenWait(`capacity${suffixOf(number)}`, ctx, () => tryRound(input, number, ctx), {
    every: () => pauseBefore(loadSearch(ctx).round),
    reason: () => ({ code: 'waiting_for_capacity', detail: loadSearch(ctx).lastRefusal ?? 'EC2 has no capacity' }),
  });
}

/** @param round which comes after the pause, from 2 */
export function pauseBefore(round: number): number {
  return Math.min(pauseSeconds.longest, pauseSeconds.first * 2 ** Math.min(10, Math.max(0, round - 2)));
}

/** @returns undefined when no placement has room now */
async function tryRound(input: LaunchInput, number: number, ctx: JobContext): Promise<Launch | undefined> {
  let search = loadSearch(ctx);
  if (launchNumber(search) > number) return undefined; // replayed: the wait remembers its launch
  if (search.launch !== undefined) return search.launch;
  const save = async (changes: Partial<Search>) => {
    search = { ...search, ...changes };
    await ctx.checkpoint.save(search);
  };
  const placements = placementsOf(input);
  const open = search.trying;
  for (const index of orderOf(placements.length, search)) {
    const placement = placements[index] as Placement;
    ctx.signal.throwIfAborted();
    await save({ trying: { placement: index, at: new Date().toISOString() } });
    const isRepeated = open?.placement === index;
    const tried = await tryPlacement(input, index, placement, isRepeated ? { ...search, trying: open } : search, ctx);
    if (tried.kind === 'launched') {
      await save({ trying: null, launch: tried.launch });
      return tried.launch;
    }
    // A refusal that was heard leaves no doubt, unless the same call was sent before and not heard: it may have launched.
    const heard = isRepeated ? open : null;
    if (!isAboutPlacement(tried.kind)) {
      if (tried.kind === 'refused') await save({ trying: heard });
      else ctx.signal.throwIfAborted();
      throw toJobError(tried.error);
    }
    ctx.log.info('A placement was refused.', {
      placement: tried.refusal.placement,
      refusal: `${tried.refusal.code}: ${tried.refusal.message}`,
    });
    search = { ...search, lastRefusal: sentenceOf(tried.refusal) };
    // A throttled repetition says nothing about the first call: ask EC2 again what became of that one before another placement is tried.
    if (tried.kind === 'throttled' && isRepeated) {
      await save({ trying: heard });
      return undefined;
    }
    if (tried.kind === 'bad-placement') {
      ctx.log.warn('A placement can never work and is skipped.', { ...tried.refusal });
      const skipped = [...(search.skipped ?? []), { ...tried.refusal, message: truncate(tried.refusal.message, 300) }];
      search = { ...search, unsupported: [...search.unsupported, index], skipped: skipped.slice(0, maxSkipped) };
      if (search.unsupported.length === placements.length) {
        await save({ trying: heard });
        throw toJobError(tried.error, { placements: search.skipped });
      }
    }
  }
  ctx.progress(null, `no capacity in round ${search.round}`);
  await save({ round: search.round + 1, trying: null });
  return undefined;
}

/** Of 200 placements at most; the checkpoint is bounded. */
const maxSkipped = 40;

function sentenceOf({ placement, code, message }: Refusal): string {
  return `${placement}: ${code}: ${message}`;
}

/** @returns indexes of placements in the order in which this round tries them, from the one whose call is open, without those that can never work */
function orderOf(length: number, { trying, unsupported, replacing }: Search): readonly number[] {
  const from = replacing?.from ?? 0;
  const order = Array.from({ length }, (_, position) => (from + position) % length);
  return order.slice(trying === null ? 0 : Math.max(0, order.indexOf(trying.placement))).filter((index) => !unsupported.includes(index));
}

type Tried =
  | { readonly kind: 'launched'; readonly launch: Launch }
  | { readonly kind: Ec2Failure; readonly refusal: Refusal; readonly error: unknown };

async function tryPlacement(input: LaunchInput, index: number, placement: Placement, search: Search, ctx: JobContext): Promise<Tried> {
  ctx.progress(null, `launching ${describePlacement(placement)}`);
  const token = clientToken(search, index, ctx);
  try {
    const request = launchRequest(input, placement, countsOf(search, input), tagsOf(ctx.job, ctx.settings), token);
    const instances = await runInstances(request, ctx.signal);
    if (idsOf(instances).length === 0) {
      throw new PermanentError('EC2 accepted the launch and named no instance.', { code: 'nothing_launched' });
    }
    return { kind: 'launched', launch: launchOf(instances, index) };
  } catch (error) {
    const { name, message } = error as Error;
    const refusal = { placement: describePlacement(placement), code: name, message };
    if (name === 'IdempotentInstanceTerminated') return endedMeanwhile(input, index, search, { refusal, error }, ctx);
    return { kind: classify(error), refusal, error };
  }
}

/**
 * The call was made before and not heard, and an instance of it has ended since: EC2 does not name the others, so they are looked for.
 * @see https://github.com/boto/boto3/issues/4406
 */
async function endedMeanwhile(
  input: LaunchInput,
  index: number,
  search: Search,
  refused: Pick<Extract<Tried, { refusal: Refusal }>, 'refusal' | 'error'>,
  ctx: JobContext,
): Promise<Tried> {
  const filter = { name: 'client-token', values: [clientToken(search, index, ctx)] };
  const found = await callEc2(ctx.signal, () => findInstances([filter], ctx.signal));
  const mayShowUp = search.trying !== null && Date.now() - Date.parse(search.trying.at) < doubtMs;
  if (found.length < countsOf(search, input).minCount && mayShowUp) return { kind: 'throttled', ...refused };
  if (found.length === 0) return { kind: 'no-room', ...refused }; // they ended long ago, and the next round's call has another token
  return { kind: 'launched', launch: launchOf(found, index) };
}

function launchOf(instances: readonly Instance[], placement: number): Launch {
  const launchedMs = Math.min(...instances.map(({ LaunchTime }) => LaunchTime?.getTime() ?? Date.now()));
  return { instanceIds: [...idsOf(instances)], launchedAt: new Date(launchedMs).toISOString(), placement };
}
