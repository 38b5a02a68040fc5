import * as z from 'zod';
import { defineJobType } from '../../core/contract.ts';
import { describePermission, terminatePermission } from '../launch-instances/permissions.ts';

const instanceIds = z
  .array(z.string().regex(/^i-[0-9a-z]{1,32}$/, 'must be the id of an instance: i-…'))
  .min(1)
  .max(200)
  .refine((ids) => new Set(ids).size === ids.length, 'must not name one twice');

const input = z.strictObject({
  instanceIds: instanceIds.describe('Instances that your jobs launched. All are terminated, or none.'),
  unknownIds: z
    .enum(['fail', 'ignore'])
    .default('fail')
    .describe(
      'EC2 forgets instances about an hour after their end. `fail` treats ids that it does not know like those of others, `ignore` as already terminated.',
    ),
});

const output = z.strictObject({
  terminated: z.array(z.string()).describe('Told to terminate by this job; they shut down within minutes.'),
  alreadyTerminated: z.array(z.string()).describe('Had ended before.'),
});

export const contract = defineJobType({
  name: 'terminate-instances',
  description: 'Terminates EC2 instances that jobs of the same owner launched, and no others.',
  version: 1,
  input,
  output,
  timeoutSeconds: 60,
  deadline: { hours: 24 },
  maxAttempts: 20,
  backoff: { baseMs: 5_000, capMs: 900_000 },
  typicalSeconds: 2,
  concurrency: 2,
  batchSize: 10,
  memoryMiB: 256,
  permissions: () => [describePermission('ec2:DescribeInstances'), terminatePermission],
});
