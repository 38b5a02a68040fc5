/** Terminates what a job launched and nothing else, also what its worker died too early to remember. */
import type { Instance } from '@aws-sdk/client-ec2';
import type { CleanUpContext } from '../../core/context.ts';
import { RetryableError } from '../../core/errors.ts';
import { findInstances, isTerminated, terminateInstances } from './ec2.ts';
import { callEc2, toJobError } from './ec2-errors.ts';
import { loadSearch, type Search } from './placement.ts';
import { unknownMeansGoneAfterMs } from './readiness.ts';
import { jobTag } from './tags.ts';

/** A launch whose answer nobody heard shows up within this time, or it did not happen. */
const doubtMs = 60_000;

/**
 * @returns "terminated i-1, i-2", or undefined if there was nothing; the same when called again
 * @throws RetryableError while a launch may still show up
 */
export async function terminateOwn(ctx: CleanUpContext): Promise<string | undefined> {
  const search = loadSearch(ctx);
  const found = await callEc2(ctx.signal, () => findInstances({ name: `tag:${jobTag}`, values: [ctx.job.id] }, ctx.signal));
  const alive = idsOf(found.filter((instance) => !isTerminated(instance)));
  const unseen = notYetSeen(search, found);
  await callEc2(ctx.signal, () => terminateInstances(alive, ctx.signal));
  await terminateUnseen(unseen, ctx);
  if (found.length === 0 && isInDoubt(search)) {
    throw new RetryableError('A launch may be under way whose answer nobody heard; its instances are looked for again.', {
      code: 'launch_in_doubt',
    });
  }
  const terminated = [...new Set([...alive, ...unseen, ...idsOf(found.filter(wasTerminatedByUs))])].sort();
  return terminated.length === 0 ? undefined : `terminated ${terminated.join(', ')}`;
}

async function terminateUnseen(ids: readonly string[], ctx: CleanUpContext): Promise<void> {
  try {
    await terminateInstances(ids, ctx.signal);
  } catch (error) {
    ctx.signal.throwIfAborted();
    if ((error as Error).name !== 'InvalidInstanceID.NotFound') throw toJobError(error);
    throw new RetryableError(`EC2 does not know ${ids.join(', ')} yet, so they could not be terminated.`, {
      code: 'launch_in_doubt',
      cause: error,
    });
  }
}

/** Launched, remembered, and so new that EC2 does not tell of them. */
function notYetSeen({ launch }: Search, found: readonly Instance[]): readonly string[] {
  if (launch === undefined || Date.now() - Date.parse(launch.launchedAt) > unknownMeansGoneAfterMs) return [];
  const seen = new Set(idsOf(found));
  return launch.instanceIds.filter((id) => !seen.has(id));
}

function isInDoubt({ launch, trying }: Search): boolean {
  return launch === undefined && trying !== null && Date.now() - Date.parse(trying.at) < doubtMs;
}

/** By an earlier try to clean up, in all likelihood. */
function wasTerminatedByUs(instance: Instance): boolean {
  return isTerminated(instance) && instance.StateReason?.Code === 'Client.UserInitiatedShutdown';
}

function idsOf(instances: readonly Instance[]): readonly string[] {
  return instances.flatMap(({ InstanceId }) => InstanceId ?? []);
}
