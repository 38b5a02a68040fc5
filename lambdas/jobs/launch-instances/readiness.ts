/** Finds out whether launched instances run, and why not otherwise. */
import type { Instance } from '@aws-sdk/client-ec2';
import { DescribeInstanceStatusCommand } from '../../adapters/ec2/ec2-operations.ts';
import type { JobContext } from '../../core/contract/context.ts';
import { PermanentError } from '../../core/contract/errors.ts';
import { truncate } from '../../text/truncate.ts';
import { volumeKeyAdvice } from '../ec2/ec2-advice.ts';
import { ec2, isTerminated } from '../ec2/ec2-client.ts';
import { classify, toJobError } from '../ec2/ec2-errors.ts';
import { terminateEach } from '../ec2/terminate-each.ts';
import type { LaunchedInstance, LaunchInput, Replacement } from './contract.ts';
import { findJobInstances, idsOf } from './job-instances.ts';
import { type Launch, type LaunchCheckpoint, launchesOf, loadCheckpoint } from './launch-checkpoint.ts';

/** A new instance may be unknown for seconds, so not found is not gone; after this time it is. @see https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html */
export const unknownIsGoneAfterMs = 600_000;

export type Outcome =
  /** No instance is still starting. */
  | { readonly kind: 'ready'; readonly instances: LaunchedInstance[] }
  /** EC2 took instances back, and too few are left. */
  | { readonly kind: 'taken-back'; readonly replaced: Replacement['replaced']; readonly alive: readonly string[] };

/**
 * @returns undefined while some are still starting
 * @throws PermanentError `instances_terminated` when too many ended and EC2 did not take them back
 */
export async function pollInstances(input: LaunchInput, ctx: JobContext): Promise<Outcome | undefined> {
  try {
    const checkpoint = loadCheckpoint(ctx);
    const found = await findJobInstances(checkpoint, ctx);
    const healthy = input.waitFor === 'status-ok' ? await passedChecks(found, ctx.signal) : undefined;
    const launched = conditionsOf(checkpoint, found, healthy);
    const having = (condition: Condition) => launched.filter((one) => one.condition === condition);
    const [ready, coming, ended] = [having('ready'), having('coming'), having('ended')];
    const wanted = input.minCount ?? input.count;
    if (ready.length + coming.length < wanted) {
      const alive = [...ready, ...coming].map(({ id }) => id);
      if (ended.every(({ instance }) => wasTakenBack(instance))) return { kind: 'taken-back', replaced: ended.map(describeEnd), alive };
      throw endedError(ended);
    }
    const goal = input.waitFor === 'running' ? 'run' : 'passed their status checks';
    const count = ready.length + coming.length + ended.length;
    ctx.progress(ready.length / count, `${ready.length} of ${count} instances ${goal}`);
    if (coming.length > 0) return undefined;
    const readyIds = ready.map(({ id }) => id);
    await terminateLeftovers(found, readyIds, ctx);
    return { kind: 'ready', instances: ready.flatMap(({ instance, launch }) => describeInstance(instance, launch)) };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (classify(error) === 'throttled') return undefined;
    throw toJobError(error);
  }
}

type Condition = 'ready' | 'coming' | 'ended';

interface Launched {
  readonly id: string;
  readonly launch: Launch;
  readonly instance: Instance | undefined;
  readonly condition: Condition;
}

function conditionsOf(
  checkpoint: LaunchCheckpoint,
  found: readonly Instance[],
  healthy: ReadonlySet<string> | undefined,
): readonly Launched[] {
  const instances = new Map(found.map((instance) => [instance.InstanceId, instance]));
  return launchesOf(checkpoint).flatMap((launch) =>
    launch.instanceIds.map((id) => {
      const instance = instances.get(id);
      return { id, launch, instance, condition: conditionOf(instance, launch, healthy) };
    }),
  );
}

function conditionOf(instance: Instance | undefined, launch: Launch, healthy: ReadonlySet<string> | undefined): Condition {
  if (instance === undefined) return Date.now() - Date.parse(launch.launchedAt) > unknownIsGoneAfterMs ? 'ended' : 'coming';
  switch (instance.State?.Name) {
    case 'pending':
      return 'coming';
    case 'running':
      return healthy === undefined || healthy.has(instance.InstanceId ?? '') ? 'ready' : 'coming';
    default:
      return 'ended';
  }
}

/**
 * @returns whether EC2 had no capacity for it after all, or took it back: nothing is wrong with the request
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html
 */
export function wasTakenBack(instance: Instance | undefined): boolean {
  const { StateReason, InstanceLifecycle } = instance ?? {};
  const code = StateReason?.Code ?? '';
  if (isClientError(instance)) return false;
  if (code === 'Server.InsufficientInstanceCapacity' || code === 'Client.VolumeLimitExceeded') return true;
  return InstanceLifecycle === 'spot' && code.startsWith('Server.');
}

/** @returns whether every launch of the same request would end the same way. EC2 also says it in the message of `Server.InternalError`: https://github.com/aws/karpenter-provider-aws/issues/1407 */
function isClientError(instance: Instance | undefined): boolean {
  const { Code = '', Message = '' } = instance?.StateReason ?? {};
  return `${Code} ${Message}`.includes('Client.InternalError');
}

async function passedChecks(found: readonly Instance[], abortSignal: AbortSignal): Promise<ReadonlySet<string>> {
  const running = idsOf(found.filter(({ State }) => State?.Name === 'running'));
  if (running.length === 0) return new Set();
  try {
    const { InstanceStatuses = [] } = await ec2().send(new DescribeInstanceStatusCommand({ InstanceIds: [...running] }), { abortSignal });
    const passed = InstanceStatuses.filter((one) => one.InstanceStatus?.Status === 'ok' && one.SystemStatus?.Status === 'ok');
    return new Set(passed.flatMap(({ InstanceId }) => InstanceId ?? []));
  } catch (error) {
    if ((error as Error).name === 'InvalidInstanceID.NotFound') return new Set(); // EC2's parts learn of an instance one after the other
    throw error;
  }
}

/** Terminates instances that are stopped or not reported: nothing else may carry this job's tags. */
async function terminateLeftovers(found: readonly Instance[], ready: readonly string[], ctx: JobContext): Promise<void> {
  const ids = idsOf(found.filter((instance) => !isTerminated(instance))).filter((id) => !ready.includes(id));
  if (ids.length === 0) return;
  ctx.log.warn('Instances that did not reach the running state are terminated.', { instanceIds: ids });
  const [refused] = await terminateEach(ids, ctx.signal);
  if (refused !== undefined) throw refused.error;
}

function describeEnd({ id, instance }: Launched): Replacement['replaced'][number] {
  const reason = instance?.StateReason?.Message ?? instance?.StateReason?.Code ?? '';
  return { instanceId: id, reason: truncate(reason, 200) };
}

const clientErrorAdvice = `EC2 gives no reason with Client.InternalError; most often it is the key of an encrypted volume, also where the account encrypts by default. ${volumeKeyAdvice}`;

function endedError(ended: readonly Launched[]): PermanentError {
  const reasons = ended.map(({ id, instance }) => {
    return `${id} is ${instance?.State?.Name ?? 'unknown to EC2'}${instance?.StateReason?.Message ? `: ${instance.StateReason.Message}` : ''}`;
  });
  const instanceIds = ended.map(({ id }) => id);
  const advice = ended.some(({ instance }) => isClientError(instance)) ? ` ${clientErrorAdvice}` : '';
  return new PermanentError(`Instances ended before they were ready.${advice} ${reasons.join('; ')}`, {
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
