/** Terminates what a job launched and nothing else, including what its worker died too early to record. */
import type { Instance } from '@aws-sdk/client-ec2';
import type { CleanUpContext } from '../../core/contract/context.ts';
import { RetryableError } from '../../core/contract/errors.ts';
import { describeRefusal } from '../ec2/ec2-advice.ts';
import { isTerminated } from '../ec2/ec2-client.ts';
import { callEc2 } from '../ec2/ec2-errors.ts';
import { type RefusedTermination, terminateEach } from '../ec2/terminate-each.ts';
import type { LaunchInput } from './contract.ts';
import { findJobInstances, idsOf } from './job-instances.ts';
import { clientToken, countsOf, inDoubtMs, type LaunchCheckpoint, launchesOf, loadCheckpoint } from './launch-checkpoint.ts';
import { unknownIsGoneAfterMs } from './readiness.ts';

/**
 * @returns "terminated i-1, i-2", or undefined if there was nothing; the same when called again
 * @throws RetryableError while a launch may still show up, or when EC2 refuses to terminate an instance; the others are terminated
 */
export async function terminateJobInstances(input: LaunchInput | undefined, ctx: CleanUpContext): Promise<string | undefined> {
  const checkpoint = loadCheckpoint(ctx);
  const found = await callEc2(ctx.signal, () => findJobInstances(checkpoint, ctx));
  const alive = idsOf(found.filter((instance) => !isTerminated(instance)));
  const unseen = notYetSeen(checkpoint, found);
  throwRefused(await callEc2(ctx.signal, () => terminateEach(alive, ctx.signal)));
  throwRefused(await callEc2(ctx.signal, () => terminateEach(unseen, ctx.signal)));
  if (isInDoubt(checkpoint, { input, found }, ctx)) {
    throw new RetryableError('The response of a launch was lost, so it may still be under way; its instances are looked for again.', {
      code: 'launch_in_doubt',
    });
  }
  const terminated = [...new Set([...alive, ...unseen, ...idsOf(found.filter(wasTerminatedByUs))])].sort();
  return terminated.length === 0 ? undefined : `terminated ${terminated.join(', ')}`;
}

function throwRefused(refused: readonly RefusedTermination[]): void {
  const [first] = refused;
  if (first === undefined) return;
  const ids = refused.flatMap(({ instanceIds }) => instanceIds).join(', ');
  const isUnknown = first.error.name === 'InvalidInstanceID.NotFound';
  const message = isUnknown
    ? `EC2 does not know ${ids} yet, so they could not be terminated.`
    : `EC2 refused to terminate ${ids}: ${describeRefusal(first.error).message}`;
  throw new RetryableError(message, { code: isUnknown ? 'launch_in_doubt' : first.error.name, cause: first.error });
}

/** @returns ids that are recorded as launched and so new that EC2 does not show them */
function notYetSeen(checkpoint: LaunchCheckpoint, found: readonly Instance[]): readonly string[] {
  const seen = new Set(idsOf(found));
  return launchesOf(checkpoint)
    .filter(({ launchedAt }) => Date.now() - Date.parse(launchedAt) <= unknownIsGoneAfterMs)
    .flatMap(({ instanceIds }) => instanceIds)
    .filter((id) => !seen.has(id));
}

/** @returns whether a launch call is pending and not all instances that it may have launched have shown up */
function isInDoubt(
  checkpoint: LaunchCheckpoint,
  { input, found }: { readonly input: LaunchInput | undefined; readonly found: readonly Instance[] },
  ctx: CleanUpContext,
): boolean {
  const { pendingAttempt } = checkpoint;
  if (pendingAttempt === null || Date.now() - Date.parse(pendingAttempt.at) >= inDoubtMs) return false;
  const token = clientToken(checkpoint, pendingAttempt.placement, ctx);
  const launched = found.filter(({ ClientToken }) => ClientToken === token);
  const maxCount = input === undefined ? 1 : countsOf(checkpoint, input).maxCount;
  return launched.length < maxCount;
}

/** @returns whether it was terminated by a user's call: most likely an earlier attempt to clean up */
function wasTerminatedByUs(instance: Instance): boolean {
  return isTerminated(instance) && instance.StateReason?.Code === 'Client.UserInitiatedShutdown';
}
