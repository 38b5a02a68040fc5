/** Whether what was launched runs, and what became of it otherwise. */
import { DescribeInstanceStatusCommand, type Instance } from '@aws-sdk/client-ec2';
import type { JobContext } from '../../core/context.ts';
import { PermanentError } from '../../core/errors.ts';
import type { LaunchedInstance, LaunchInput } from './contract.ts';
import { ec2, findInstances, isTerminated, terminateInstances } from './ec2.ts';
import { classify, toJobError } from './ec2-errors.ts';
import type { Launch } from './placement.ts';
import { jobTag } from './tags.ts';

/** A new instance may be unknown for seconds, so not found is not gone; after this time it is. @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html */
export const unknownMeansGoneAfterMs = 600_000;

type Condition = 'ready' | 'coming' | 'ended';

/**
 * @returns the instances that are ready, once no more are to come; undefined until then
 * @throws PermanentError `instances_terminated` when too many ended by themselves
 */
export async function lookAtInstances(input: LaunchInput, launch: Launch, ctx: JobContext): Promise<LaunchedInstance[] | undefined> {
  try {
    const found = await findInstances({ name: `tag:${jobTag}`, values: [ctx.job.id] }, ctx.signal);
    const instances = new Map(found.map((instance) => [instance.InstanceId ?? '', instance]));
    const healthy = input.waitFor === 'status-ok' ? await passedChecks(found, ctx.signal) : undefined;
    const conditions = launch.instanceIds.map((id) => ({ id, condition: conditionOf(instances.get(id), launch, healthy) }));
    const idsThat = (wanted: Condition) => conditions.filter(({ condition }) => condition === wanted).map(({ id }) => id);
    const [ready, coming, ended] = [idsThat('ready'), idsThat('coming'), idsThat('ended')];
    if (ready.length + coming.length < (input.minCount ?? input.count))
      throw endedError(ended.map((id) => instances.get(id) ?? { InstanceId: id }));
    const goal = input.waitFor === 'running' ? 'run' : 'passed their status checks';
    ctx.progress(ready.length / launch.instanceIds.length, `${ready.length} of ${launch.instanceIds.length} instances ${goal}`);
    if (coming.length > 0) return undefined;
    await terminateLeftovers(found, ready, ctx);
    return ready.flatMap((id) => describeInstance(instances.get(id), launch));
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (classify(error) === 'throttled') return undefined;
    throw toJobError(error);
  }
}

function conditionOf(instance: Instance | undefined, launch: Launch, healthy: ReadonlySet<string> | undefined): Condition {
  if (instance === undefined) return Date.now() - Date.parse(launch.launchedAt) > unknownMeansGoneAfterMs ? 'ended' : 'coming';
  switch (instance.State?.Name) {
    case 'pending':
      return 'coming';
    case 'running':
      return healthy === undefined || healthy.has(instance.InstanceId ?? '') ? 'ready' : 'coming';
    default:
      return 'ended';
  }
}

async function passedChecks(found: readonly Instance[], abortSignal: AbortSignal): Promise<ReadonlySet<string>> {
  const running = found.filter(({ State }) => State?.Name === 'running').flatMap(({ InstanceId }) => InstanceId ?? []);
  if (running.length === 0) return new Set();
  try {
    const { InstanceStatuses = [] } = await ec2().send(new DescribeInstanceStatusCommand({ InstanceIds: running }), { abortSignal });
    const passed = InstanceStatuses.filter((one) => one.InstanceStatus?.Status === 'ok' && one.SystemStatus?.Status === 'ok');
    return new Set(passed.flatMap(({ InstanceId }) => InstanceId ?? []));
  } catch (error) {
    if ((error as Error).name === 'InvalidInstanceID.NotFound') return new Set(); // EC2's parts learn of an instance one after the other
    throw error;
  }
}

/** Stopped by itself, it would be left behind; and nothing may carry this job's tag but what the job reports. */
async function terminateLeftovers(found: readonly Instance[], ready: readonly string[], ctx: JobContext): Promise<void> {
  const leftovers = found.filter((instance) => !isTerminated(instance)).flatMap(({ InstanceId }) => InstanceId ?? []);
  const ids = leftovers.filter((id) => !ready.includes(id));
  if (ids.length === 0) return;
  ctx.log.warn('Instances that did not come to run are terminated.', { instanceIds: ids });
  await terminateInstances(ids, ctx.signal);
}

function endedError(ended: readonly Instance[]): PermanentError {
  const reasons = ended.map(({ InstanceId, State, StateReason }) => {
    return `${InstanceId} is ${State?.Name ?? 'unknown to EC2'}${StateReason?.Message ? `: ${StateReason.Message}` : ''}`;
  });
  const instanceIds = ended.map(({ InstanceId }) => InstanceId);
  return new PermanentError(`Instances ended before they were ready. ${reasons.join('; ')}`, {
    code: 'instances_terminated',
    details: { instanceIds },
  });
}

function describeInstance(instance: Instance | undefined, launch: Launch): LaunchedInstance[] {
  if (instance === undefined) return [];
  return [
    {
      instanceId: instance.InstanceId ?? '',
      instanceType: instance.InstanceType ?? '',
      availabilityZone: instance.Placement?.AvailabilityZone ?? '',
      privateIpAddress: instance.PrivateIpAddress || null,
      publicIpAddress: instance.PublicIpAddress || null,
      launchedAt: instance.LaunchTime?.toISOString() ?? launch.launchedAt,
    },
  ];
}
