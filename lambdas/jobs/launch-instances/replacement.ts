/** Another launch in the place of instances that EC2 took back before they were ready. */
import type { JobContext } from '../../core/contract/context.ts';
import { PermanentError } from '../../core/contract/errors.ts';
import { type LaunchInput, maxReplacements } from './contract.ts';
import { type LaunchCheckpoint, launchesOf, launchNumber, loadCheckpoint } from './launch-checkpoint.ts';
import { placementsOf } from './launch-request.ts';
import type { Outcome } from './readiness.ts';

/**
 * Makes the checkpoint seek another launch; does nothing when it was made to before.
 * @param takenBack the instances, and `number`: which launch it is to be, from 2
 */
export async function beginReplacement(
  input: LaunchInput,
  { replaced, alive, number }: Extract<Outcome, { kind: 'taken-back' }> & { readonly number: number },
  ctx: JobContext,
): Promise<void> {
  const checkpoint = loadCheckpoint(ctx);
  if (launchNumber(checkpoint) >= number) return;
  const last = replaced.at(-1);
  if (number - 1 > maxReplacements) {
    const message = `EC2 took instances back ${maxReplacements + 1} times before they were ready. ${last?.instanceId}: ${last?.reason}`;
    throw new PermanentError(message, {
      code: 'instances_terminated',
      details: { instanceIds: replaced.map(({ instanceId }) => instanceId) },
    });
  }
  ctx.log.warn('EC2 took instances back before they were ready; they are replaced.', { replaced });
  const { count, minCount = count } = input;
  await ctx.checkpoint.save({
    ...checkpoint,
    round: 1,
    pendingAttempt: null,
    launch: undefined,
    earlier: launchesOf(checkpoint)
      .map((launch) => ({ ...launch, instanceIds: launch.instanceIds.filter((id) => alive.includes(id)) }))
      .filter(({ instanceIds }) => instanceIds.length > 0),
    replacing: {
      number,
      minCount: minCount - alive.length,
      maxCount: count - alive.length,
      from: ((checkpoint.launch?.placement ?? -1) + 1) % placementsOf(input).length,
    },
  } satisfies LaunchCheckpoint);
}
