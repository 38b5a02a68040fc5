import * as z from 'zod';
import { defineJobType } from '../../core/contract/contract.ts';
import { describePermission, terminatePermission } from '../ec2/ec2-permissions.ts';

const instanceIds = z
  .array(z.string().regex(/^i-[0-9a-z]{1,32}$/, 'must be the id of an instance: i-…'))
  .min(1)
  .max(200)
  .refine((ids) => new Set(ids).size === ids.length, 'must not name one twice');

const input = z.strictObject({
  instanceIds: instanceIds.describe(
    'Instances that your jobs launched. None is terminated where one is not yours; where EC2 refuses some, the others are, and those are tried until the deadline.',
  ),
  unknownIds: z
    .enum(['fail', 'ignore'])
    .default('fail')
    .describe(
      'EC2 forgets instances about an hour after their end. `fail` treats ids that it does not know like those of others, `ignore` as already terminated.',
    ),
});

const output = z.strictObject({
  terminated: z.array(z.string()).describe('Terminated by this job; they shut down within minutes.'),
  alreadyTerminated: z.array(z.string()).describe('Had ended before.'),
});

export const contract = defineJobType({
  name: 'terminate-instances',
  description:
    'Terminates EC2 instances that jobs of the same owner launched, and no others. What EC2 refuses to terminate is tried until the deadline.',
  version: 2,
  input,
  output,
  example: { instanceIds: ['i-0123456789abcdef0'] },
  timeoutSeconds: 60,
  deadline: { hours: 24 },
  // What EC2 refuses is waited for and costs none; these are for when it is too busy or down.
  maxAttempts: 100,
  backoff: { baseMs: 5_000, capMs: 900_000 },
  typicalSeconds: 2,
  concurrency: 2,
  batchSize: 10,
  memoryMiB: 256,
  permissions: (settings) => [describePermission('ec2:DescribeInstances'), terminatePermission(settings)],
});
