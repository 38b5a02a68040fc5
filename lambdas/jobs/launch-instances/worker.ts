import type { JobContext, WorkerDefinition } from '../../core/context.ts';
import type { Duration } from '../../core/duration.ts';
import { shorten } from '../../core/shorten.ts';
import { worker } from '../../worker.ts';
import { terminateOwn } from './clean-up.ts';
import { contract, type LaunchInput } from './contract.ts';
import { type Launch, launchSomewhere, wholeLife } from './placement.ts';
import { lookAtInstances } from './readiness.ts';

export const definition = {
  async run(input, ctx) {
    const launch = await launchSomewhere(input, ctx);
    // Before the wait, so that the time-to-live holds whatever becomes of this job.
    const termination = await scheduleTermination(input, launch, ctx);
    const instances = await ctx.waitUntil('ready', () => lookAtInstances(input, launch, ctx), {
      every: pauseSince(launch),
      timeout: wholeLife(ctx),
      reason: { detail: shorten(`until ${input.waitFor}: ${launch.instanceIds.join(', ')}`, 200) },
    });
    return { instances, ...termination };
  },
  cleanUp: (_input, ctx) => terminateOwn(ctx),
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);

/** A second job that will terminate the instances: their time-to-live counts from EC2's launch time, however late this job got here. */
async function scheduleTermination({ timeToLiveSeconds }: LaunchInput, launch: Launch, ctx: JobContext) {
  if (timeToLiveSeconds === undefined) return { terminateAt: null, terminateJobId: null };
  const startAt = new Date(Date.parse(launch.launchedAt) + timeToLiveSeconds * 1000).toISOString();
  // By then EC2 may have forgotten instances that ended earlier.
  const input = { instanceIds: launch.instanceIds, unknownIds: 'ignore' };
  const terminateJobId = await ctx.step('schedule-termination', () =>
    ctx.delegate('terminate', { type: 'terminate-instances', input, startAt }),
  );
  return { terminateAt: startAt, terminateJobId };
}

/** Half as long as it has taken so far, 2 to 15 seconds: a few looks while instances boot, few later. */
function pauseSince({ launchedAt }: Launch): Duration {
  return { seconds: Math.min(15, Math.max(2, Math.round((Date.now() - Date.parse(launchedAt)) / 2_000))) };
}
