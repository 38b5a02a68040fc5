/** The tags by which instances are known as ours. Callers cannot set them: the contract refuses tags that begin with `delegation:`. */
import { createHash } from 'node:crypto';

export const jobTag = 'delegation:job';
export const ownerTag = 'delegation:owner';

/** What every instance may have in a tag. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
const plainValue = /^[A-Za-z0-9 _.:/=+\-@]{1,256}$/;

/** @returns the owner, or a hash where a tag cannot hold it; never the same for two owners */
export function ownerTagValue(owner: string): string {
  if (plainValue.test(owner) && !owner.startsWith('sha256:') && owner.trim() === owner) return owner;
  return `sha256:${createHash('sha256').update(owner).digest('hex')}`;
}
