/** Finds what a job launched, and nothing that another job, or an earlier record with the same id, did. */
import type { Instance } from '@aws-sdk/client-ec2';
import type { CleanUpContext } from '../../core/contract/context.ts';
import { findInstances } from '../ec2/ec2-client.ts';
import { filtersOf } from '../ec2/tags.ts';
import { type LaunchCheckpoint, launchesOf } from './launch-checkpoint.ts';

/**
 * By its tags, which cover also what the worker died too early to remember; and what it remembers by id, in case it lost its tags or was
 * launched before a deployment that added one.
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
