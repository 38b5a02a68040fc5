/** Settings for many jobs a second; docs/scale.md says when each is needed. */
import * as z from 'zod';
import { fewestPartitions, partitionCounts } from '../lambdas/core/job/index-partitions.ts';
import { defaultJobsPerSweep } from '../lambdas/core/reconcile/limits.ts';
import { strict } from './setting-forms.ts';

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-eventsourcemapping-provisionedpollerconfig.html */
const pollers = strict({
  min: z.int().min(2).max(200).default(2).describe('Pollers that are always there, and are paid for by the hour.'),
  max: z.int().min(2).max(2_000).default(200).describe('Pollers at most. Each invokes the function up to ten times at once.'),
}).refine(({ min, max }) => min <= max, 'max must not be below min');

export const scaleSettings = {
  pollers: z
    .record(z.string(), pollers)
    .default({})
    .describe(
      'Provisioned pollers of the queue, by job type: a burst then has workers within seconds, where the pollers that SQS triggers have otherwise grow over minutes. Each costs 0.00925 USD an hour. They take the place of `concurrency`: a type has one or the other.',
    ),
  warmThroughput: strict({
    jobsPerSecond: z.int().min(1_334).max(13_333).describe('Jobs a second, from submission to end.'),
  })
    .exactOptional()
    .describe(
      'Prepares the table and its indexes for this rate; without it a new table takes 1,333 jobs a second, and grows with its use. AWS charges once for what is added ([what it costs](scale.md#what-the-settings-cost)). It can be raised later, but not lowered.',
    ),
  clockJobsPerRun: z
    .int()
    .min(defaultJobsPerSweep)
    .max(20_000)
    .default(defaultJobsPerSweep)
    .describe(
      'Jobs of a type, and jobs that start later, that the clock wakes in one run, once a minute. Its function gets memory, and with it processor time, in proportion.',
    ),
  indexPartitions: z
    .literal(partitionCounts)
    .default(fewestPartitions)
    .describe(
      'Partitions of the index of alarms, for each job type; lists have half as many for each owner. Each takes 1,000 write units a second, and is one more that the clock and lists have to read. A larger number is in use some three minutes after the deploy. A smaller one changes nothing: jobs may be in the others.',
    ),
};

/** The memory of the clock's function: what 4,000 jobs take in 40 seconds (docs/decisions/0019-alarms-by-minute-and-owner.md), in proportion. */
export function clockMemoryMiB(jobsPerRun: number): number {
  return Math.ceil((256 * jobsPerRun) / defaultJobsPerSweep);
}

/** Write units a second that a rate of short jobs needs of the table and each index, by the ledger. A job that fails pays one for `ended`. */
export function warmUnits(jobsPerSecond: number): Readonly<Record<'table' | 'due' | 'listing' | 'ended', number>> {
  const units = (each: number) => Math.max(freshWriteUnits, each * jobsPerSecond);
  return { table: units(3), due: units(2), listing: units(1), ended: units(1) };
}

/** What every new on-demand table and index takes. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html */
export const freshWriteUnits = 4_000;
export const freshReadUnits = 12_000;
