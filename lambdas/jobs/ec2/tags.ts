/** The tags that mark instances as launched by a job. Callers cannot set them: the contract refuses tags that begin with `delegation:`. */
import { createHash } from 'node:crypto';
import type { Instance } from '@aws-sdk/client-ec2';
import type { Settings } from '../../core/contract/runtime-settings.ts';

/** The id of the job that launched the instance. */
export const jobTag = 'delegation:job';
/** When that job was created. An id is used again when its idempotency key is reused after the record expired; the pair never is. */
export const createdTag = 'delegation:created';
export const ownerTag = 'delegation:owner';
/** The deployment of that job: owners and ids may be the same in another deployment. */
export const deploymentTag = 'delegation:deployment';

interface LaunchingJob {
  readonly id: string;
  readonly createdAt: string;
  readonly owner: string;
}

/** @returns the tags of everything that a job launches */
export function tagsOf({ id, createdAt, owner }: LaunchingJob, settings: Settings): Readonly<Record<string, string>> {
  return { [jobTag]: id, [createdTag]: createdAt, [ownerTag]: ownerTagValue(owner), [deploymentTag]: deploymentOf(settings) };
}

/** @returns what finds the instances of this record of a job, and no others */
export function filtersOf({ id, createdAt }: LaunchingJob, settings: Settings): readonly { name: string; values: readonly string[] }[] {
  return Object.entries({ [jobTag]: id, [createdTag]: createdAt, [deploymentTag]: deploymentOf(settings) }).map(([tag, value]) => ({
    name: `tag:${tag}`,
    values: [value],
  }));
}

/** @returns whether a job of this owner, in this deployment, launched it */
export function isOwnedBy({ Tags = [] }: Instance, owner: string, settings: Settings): boolean {
  const tag = (name: string) => Tags.find(({ Key }) => Key === name)?.Value;
  return tag(jobTag) !== undefined && tag(ownerTag) === ownerTagValue(owner) && tag(deploymentTag) === deploymentOf(settings);
}

/** The name of a deployment that has none of its own, such as a test's. */
const namelessDeployment = 'delegation';

export function deploymentOf({ deployment }: Pick<Settings, 'deployment'>): string {
  return deployment ?? namelessDeployment;
}

/** The characters that a tag of any instance may have. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
const plainValue = /^[A-Za-z0-9 _.:/=+\-@]{1,256}$/;

/** @returns the owner, or a hash where a tag cannot hold it; never the same for two owners */
export function ownerTagValue(owner: string): string {
  if (plainValue.test(owner) && !owner.startsWith('sha256:') && owner.trim() === owner) return owner;
  return `sha256:${createHash('sha256').update(owner).digest('hex')}`;
}
