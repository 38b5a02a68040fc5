import type { Instance } from '@aws-sdk/client-ec2';
import type { WorkerDefinition } from '../../core/context.ts';
import { PermanentError } from '../../core/errors.ts';
import { worker } from '../../worker.ts';
import { findInstances, isTerminated, terminateInstances } from '../launch-instances/ec2.ts';
import { callEc2 } from '../launch-instances/ec2-errors.ts';
import { jobTag, ownerTag, ownerTagValue } from '../launch-instances/tags.ts';
import { contract } from './contract.ts';

export const definition = {
  async run({ instanceIds, unknownIds }, ctx) {
    // Remembered before the effect, so that a repeat does not report what this job did as done before.
    const alive = await ctx.step('tell-apart', async () => {
      const found = await callEc2(ctx.signal, () => findInstances({ name: 'instance-id', values: instanceIds }, ctx.signal));
      const instances = new Map(found.map((instance) => [instance.InstanceId, instance]));
      const notYours = instanceIds.filter((id) => {
        const instance = instances.get(id);
        return instance === undefined ? unknownIds === 'fail' : !isOwnedBy(instance, ctx.job.owner);
      });
      if (notYours.length > 0) throw notYoursError(notYours);
      return instanceIds.filter((id) => {
        const instance = instances.get(id);
        return instance !== undefined && !isTerminated(instance);
      });
    });
    await callEc2(ctx.signal, () => terminateInstances(alive, ctx.signal));
    return { terminated: alive, alreadyTerminated: instanceIds.filter((id) => !alive.includes(id)) };
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);

function isOwnedBy({ Tags = [] }: Instance, owner: string): boolean {
  const tag = (name: string) => Tags.find(({ Key }) => Key === name)?.Value;
  return tag(jobTag) !== undefined && tag(ownerTag) === ownerTagValue(owner);
}

/** Says the same of the instances of others and of those that never were: nobody learns which ids exist. */
function notYoursError(instanceIds: readonly string[]): PermanentError {
  const message = `Not launched by one of your jobs, or unknown: ${instanceIds.join(', ')}. Nothing was terminated.`;
  return new PermanentError(message, { code: 'not_yours', details: { instanceIds } });
}
