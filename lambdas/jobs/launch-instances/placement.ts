/** Finds a type and subnet with capacity, and launches there exactly once in spite of crashes. */
import type { Instance } from '@aws-sdk/client-ec2';
import type { JobContext } from '../../core/contract/context.ts';
import { PermanentError } from '../../core/contract/errors.ts';
import { truncate } from '../../text/truncate.ts';
import { findInstances, runInstances } from '../ec2/ec2-client.ts';
import type { Ec2Failure } from '../ec2/ec2-codes.ts';
import { callEc2, classify, isAboutPlacement, toJobError } from '../ec2/ec2-errors.ts';
import { pollThenWait } from '../ec2/poll-then-wait.ts';
import { tagsOf } from '../ec2/tags.ts';
import type { LaunchInput, Refusal } from './contract.ts';
import { idsOf } from './job-instances.ts';
import {
  clientToken,
  countsOf,
  inDoubtMs,
  type Launch,
  type LaunchCheckpoint,
  launchNumber,
  loadCheckpoint,
  suffixOf,
} from './launch-checkpoint.ts';
import { describePlacement, launchRequest, type Placement, placementsOf } from './launch-request.ts';

const pauseSeconds = { first: 15, max: 300 };

/**
 * Waits for capacity until the job's deadline, without spending attempts.
 * @param number which launch of the job it is, from 1
 * @throws PermanentError when EC2 says that the request itself is wrong
 */
export async function launchWithFallback(input: LaunchInput, number: number, ctx: JobContext): Promise<Launch> {
  return pollThenWait(`capacity${suffixOf(number)}`, ctx, {
    poll: () => tryRound(input, number, ctx),
    every: () => pauseSecondsBefore(loadCheckpoint(ctx).round),
    reason: () => ({ code: 'waiting_for_capacity', detail: loadCheckpoint(ctx).lastRefusal ?? 'EC2 has no capacity' }),
  });
}

/** @param round that follows the pause, from 2 */
export function pauseSecondsBefore(round: number): number {
  return Math.min(pauseSeconds.max, pauseSeconds.first * 2 ** Math.min(10, Math.max(0, round - 2)));
}

/** @returns undefined when no placement has room now */
async function tryRound(input: LaunchInput, number: number, ctx: JobContext): Promise<Launch | undefined> {
  let checkpoint = loadCheckpoint(ctx);
  if (launchNumber(checkpoint) > number) return undefined; // replayed: the wait has its launch
  if (checkpoint.launch !== undefined) return checkpoint.launch;
  const save = async (changes: Partial<LaunchCheckpoint>) => {
    checkpoint = { ...checkpoint, ...changes };
    await ctx.checkpoint.save(checkpoint);
  };
  const placements = placementsOf(input);
  const pending = checkpoint.pendingAttempt;
  for (const index of placementOrder(placements.length, checkpoint)) {
    const placement = placements[index] as Placement;
    ctx.signal.throwIfAborted();
    await save({ pendingAttempt: { placement: index, at: new Date().toISOString() } });
    const isRepeated = pending?.placement === index;
    // A received refusal leaves no doubt, unless the same call was sent before and its response was lost: it may have launched.
    const stillPending = isRepeated ? pending : null;
    // The response to the save may have brought a cancel, and the call is not sent yet.
    if (ctx.signal.aborted) {
      await save({ pendingAttempt: stillPending });
      ctx.signal.throwIfAborted();
    }
    const attempt = { input, index, placement, checkpoint: isRepeated ? { ...checkpoint, pendingAttempt: pending } : checkpoint };
    const tried = await tryPlacement(attempt, ctx);
    if (tried.kind === 'launched') {
      await save({ pendingAttempt: null, launch: tried.launch });
      return tried.launch;
    }
    if (!isAboutPlacement(tried.kind)) {
      if (tried.kind === 'refused') await save({ pendingAttempt: stillPending });
      else ctx.signal.throwIfAborted();
      throw toJobError(tried.error);
    }
    ctx.log.info('A placement was refused.', {
      placement: tried.refusal.placement,
      refusal: `${tried.refusal.code}: ${tried.refusal.message}`,
    });
    checkpoint = { ...checkpoint, lastRefusal: refusalText(tried.refusal) };
    // A throttled repetition says nothing about the first call: repeat it later, before another placement is tried.
    if (tried.kind === 'throttled' && isRepeated) {
      await save({ pendingAttempt: stillPending });
      return undefined;
    }
    if (tried.kind === 'bad-placement') {
      ctx.log.warn('A placement can never work and is skipped.', { ...tried.refusal });
      const skipped = [...(checkpoint.skipped ?? []), { ...tried.refusal, message: truncate(tried.refusal.message, 300) }];
      checkpoint = { ...checkpoint, unsupported: [...checkpoint.unsupported, index], skipped: skipped.slice(0, maxSkipped) };
      if (checkpoint.unsupported.length === placements.length) {
        await save({ pendingAttempt: stillPending });
        throw toJobError(tried.error, { placements: checkpoint.skipped });
      }
    }
  }
  ctx.progress(null, `no capacity in round ${checkpoint.round}`);
  await save({ round: checkpoint.round + 1, pendingAttempt: null });
  return undefined;
}

/** A job has at most 200 placements; this many of those skipped fit into the checkpoint. */
const maxSkipped = 40;

function refusalText({ placement, code, message }: Refusal): string {
  return `${placement}: ${code}: ${message}`;
}

/** @returns indexes of placements in the order of this round, from the one whose call is pending, without those that can never work */
function placementOrder(length: number, { pendingAttempt, unsupported, replacing }: LaunchCheckpoint): readonly number[] {
  const from = replacing?.from ?? 0;
  const order = Array.from({ length }, (_, position) => (from + position) % length);
  return order
    .slice(pendingAttempt === null ? 0 : Math.max(0, order.indexOf(pendingAttempt.placement)))
    .filter((index) => !unsupported.includes(index));
}

type AttemptResult =
  | { readonly kind: 'launched'; readonly launch: Launch }
  | { readonly kind: Ec2Failure; readonly refusal: Refusal; readonly error: unknown };

interface Attempt {
  readonly input: LaunchInput;
  readonly placement: Placement;
  /** The placement's index. */
  readonly index: number;
  readonly checkpoint: LaunchCheckpoint;
}

async function tryPlacement({ input, index, placement, checkpoint }: Attempt, ctx: JobContext): Promise<AttemptResult> {
  ctx.progress(null, `launching ${describePlacement(placement)}`);
  const token = clientToken(checkpoint, index, ctx);
  try {
    const ownTags = tagsOf(ctx.job, ctx.settings);
    const request = launchRequest(input, { placement, counts: countsOf(checkpoint, input), ownTags, clientToken: token });
    const instances = await runInstances(request, ctx.signal);
    if (idsOf(instances).length === 0) {
      throw new PermanentError('EC2 accepted the launch and named no instance.', { code: 'nothing_launched' });
    }
    return { kind: 'launched', launch: launchOf(instances, index) };
  } catch (error) {
    const { name, message } = error as Error;
    const refusal = { placement: describePlacement(placement), code: name, message };
    if (name === 'IdempotentInstanceTerminated') return findEndedLaunch({ input, index, placement, checkpoint }, { refusal, error }, ctx);
    return { kind: classify(error), refusal, error };
  }
}

/**
 * Finds the instances of a call whose response was lost and of which an instance has ended since: EC2 does not name the others.
 * @see https://github.com/boto/boto3/issues/4406
 */
async function findEndedLaunch(
  { input, index, checkpoint }: Attempt,
  refused: Pick<Extract<AttemptResult, { refusal: Refusal }>, 'refusal' | 'error'>,
  ctx: JobContext,
): Promise<AttemptResult> {
  const filter = { name: 'client-token', values: [clientToken(checkpoint, index, ctx)] };
  const found = await callEc2(ctx.signal, () => findInstances([filter], ctx.signal));
  const mayShowUp = checkpoint.pendingAttempt !== null && Date.now() - Date.parse(checkpoint.pendingAttempt.at) < inDoubtMs;
  if (found.length < countsOf(checkpoint, input).minCount && mayShowUp) return { kind: 'throttled', ...refused };
  if (found.length === 0) return { kind: 'no-room', ...refused }; // they ended long ago, and the next round's call has another token
  return { kind: 'launched', launch: launchOf(found, index) };
}

function launchOf(instances: readonly Instance[], placement: number): Launch {
  const launchedMs = Math.min(...instances.map(({ LaunchTime }) => LaunchTime?.getTime() ?? Date.now()));
  return { instanceIds: [...idsOf(instances)], launchedAt: new Date(launchedMs).toISOString(), placement };
}
