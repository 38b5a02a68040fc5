/** Terminates what a job launched and nothing else, also what its worker died too early to remember. */
import type { Instance } from '@aws-sdk/client-ec2';
import type { CleanUpContext } from '../../core/contract/context.ts';
import { RetryableError } from '../../core/contract/errors.ts';
import { describeRefusal } from '../ec2/ec2-advice.ts';
import { isTerminated } from '../ec2/ec2-client.ts';
import { callEc2 } from '../ec2/ec2-errors.ts';
import { type RefusedTermination, terminateEach } from '../ec2/terminate-each.ts';
import type { LaunchInput } from './contract.ts';
import { clientToken, countsOf, doubtMs, launchesOf, loadSearch, type Search } from './launch-checkpoint.ts';
import { findOwn, idsOf } from './own-instances.ts';
import { unknownMeansGoneAfterMs } from './readiness.ts';

/**
 * @returns "terminated i-1, i-2", or undefined if there was nothing; the same when called again
 * @throws RetryableError while a launch may still show up, or EC2 refuses to terminate an instance; the others are ending then
 */
export async function terminateOwn(input: LaunchInput | undefined, ctx: CleanUpContext): Promise<string | undefined> {
  const search = loadSearch(ctx);
  const found = await callEc2(ctx.signal, () => findOwn(search, ctx));
  const alive = idsOf(found.filter((instance) => !isTerminated(instance)));
  const unseen = notYetSeen(search, found);
  throwRefused(await callEc2(ctx.signal, () => terminateEach(alive, ctx.signal)));
  throwRefused(await callEc2(ctx.signal, () => terminateEach(unseen, ctx.signal)));
  if (isInDoubt(search, input, found, ctx)) {
    throw new RetryableError('A launch may be under way whose answer nobody heard; its instances are looked for again.', {
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

/** Launched, remembered, and so new that EC2 does not show them. */
function notYetSeen(search: Search, found: readonly Instance[]): readonly string[] {
  const seen = new Set(idsOf(found));
  return launchesOf(search)
    .filter(({ launchedAt }) => Date.now() - Date.parse(launchedAt) <= unknownMeansGoneAfterMs)
    .flatMap(({ instanceIds }) => instanceIds)
    .filter((id) => !seen.has(id));
}

/** Whether a call is open of which not everything has shown up that it may have launched. */
function isInDoubt(search: Search, input: LaunchInput | undefined, found: readonly Instance[], ctx: CleanUpContext): boolean {
  const { trying } = search;
  if (trying === null || Date.now() - Date.parse(trying.at) >= doubtMs) return false;
  const token = clientToken(search, trying.placement, ctx);
  const launched = found.filter(({ ClientToken }) => ClientToken === token);
  const most = input === undefined ? 1 : countsOf(search, input).maxCount;
  return launched.length < most;
}

/** By an earlier try to clean up, in all likelihood. */
function wasTerminatedByUs(instance: Instance): boolean {
  return isTerminated(instance) && instance.StateReason?.Code === 'Client.UserInitiatedShutdown';
}
