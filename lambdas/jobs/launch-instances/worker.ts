import type { JobContext, WorkerDefinition } from '../../core/contract/context.ts';
import type { Duration } from '../../core/contract/duration.ts';
import { truncate } from '../../text/truncate.ts';
import { worker } from '../../worker/handler.ts';
import { jobLifetime } from '../ec2/poll-then-wait.ts';
import { contract, type LaunchInput, type Replacement } from './contract.ts';
import { type Launch, loadCheckpoint, suffixOf } from './launch-checkpoint.ts';
import { terminateJobInstances } from './launch-clean-up.ts';
import { launchWithFallback, pauseSecondsBefore } from './placement.ts';
import { pollInstances } from './readiness.ts';
import { beginReplacement } from './replacement.ts';

export const definition = {
  async run(input, ctx) {
    const first = await launchWithFallback(input, 1, ctx);
    // Before the wait, so that the time-to-live holds even if this job fails.
    const termination = await scheduleTermination(input, { ...first, number: 1 }, ctx);
    const replacements: Replacement[] = [];
    for (let launch = first; ; ) {
      const outcome = await waitUntilReady(input, { ...launch, number: replacements.length + 1 }, ctx);
      if (outcome.kind === 'ready') {
        return { instances: outcome.instances, ...termination, skipped: [...(loadCheckpoint(ctx).skipped ?? [])], replacements };
      }
      const number = replacements.length + 2;
      await beginReplacement(input, { ...outcome, number }, ctx);
      // The first replacement starts at once, in another placement. From the second on, a pause leaves time for capacity to come back.
      if (number > 2)
        await ctx.sleep(`before-launch-${number}`, { seconds: pauseSecondsBefore(number - 1) }, takenBackReason(outcome.replaced));
      launch = await launchWithFallback(input, number, ctx);
      replacements.push({
        instanceIds: [...launch.instanceIds],
        replaced: outcome.replaced,
        ...(await scheduleTermination(input, { ...launch, number }, ctx)),
      });
    }
  },
  cleanUp: terminateJobInstances,
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);

/** A launch of the job, the first of which is 1. */
type NumberedLaunch = Launch & { readonly number: number };

function waitUntilReady(input: LaunchInput, launch: NumberedLaunch, ctx: JobContext) {
  return ctx.waitUntil(`ready${suffixOf(launch.number)}`, () => pollInstances(input, ctx), {
    every: pollInterval(launch),
    timeout: jobLifetime(ctx),
    reason: { detail: truncate(`until ${input.waitFor}: ${launch.instanceIds.join(', ')}`, 200) },
  });
}

/** A second job that will terminate the instances: their time-to-live counts from EC2's launch time, however late this job got here. */
async function scheduleTermination(
  { timeToLiveSeconds }: LaunchInput,
  { launchedAt, instanceIds, number }: NumberedLaunch,
  ctx: JobContext,
) {
  if (timeToLiveSeconds === undefined) return { terminateAt: null, terminateJobId: null };
  const startAt = new Date(Date.parse(launchedAt) + timeToLiveSeconds * 1000).toISOString();
  // By then EC2 may have forgotten instances that ended earlier.
  const input = { instanceIds, unknownIds: 'ignore' };
  const terminateJobId = await ctx.step(`schedule-termination${suffixOf(number)}`, () =>
    ctx.delegate(`terminate${suffixOf(number)}`, { type: 'terminate-instances', input, startAt }),
  );
  return { terminateAt: startAt, terminateJobId };
}

function takenBackReason(replaced: Replacement['replaced']) {
  const [first] = replaced;
  const detail = truncate(`EC2 took back ${first?.instanceId}: ${first?.reason}`, 300);
  return { code: 'waiting_for_capacity', detail } as const;
}

/** @returns half of the time since the launch, 2 to 15 seconds: polls become rarer while instances boot */
function pollInterval({ launchedAt }: Launch): Duration {
  return { seconds: Math.min(15, Math.max(2, Math.round((Date.now() - Date.parse(launchedAt)) / 2_000))) };
}
