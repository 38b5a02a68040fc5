/** Finds the instances of a job, and none of another job or of an earlier record with the same id. */
import type { Instance } from '@aws-sdk/client-ec2';
import type { CleanUpContext } from '../../core/contract/context.ts';
import { findInstances } from '../ec2/ec2-client.ts';
import { filtersOf } from '../ec2/tags.ts';
import { type LaunchCheckpoint, launchesOf } from './launch-checkpoint.ts';

/**
 * Finds instances by the job's tags, which also covers launches that the worker died too early to record; and recorded ones by id, in case
 * they lost their tags or were launched before a deployment that added one.
 */
export async function findJobInstances(
  checkpoint: LaunchCheckpoint,
  { job, settings, signal }: Pick<CleanUpContext, 'job' | 'settings' | 'signal'>,
) {
  const tagged = await findInstances(filtersOf(job, settings), signal);
  const seen = new Set(idsOf(tagged));
  const unseen = launchesOf(checkpoint)
    .flatMap(({ instanceIds }) => instanceIds)
    .filter((id) => !seen.has(id));
  if (unseen.length === 0) return tagged;
  return [...tagged, ...(await findInstances([{ name: 'instance-id', values: unseen }], signal))];
}

export function idsOf(instances: readonly Instance[]): readonly string[] {
  return instances.flatMap(({ InstanceId }) => InstanceId ?? []);
}
