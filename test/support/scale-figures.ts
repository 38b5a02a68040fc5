/** The tables of docs/scale.md, computed: what each limit allows, what a rate costs, and what the settings cost. */
import { fewestPartitions, mostPartitions } from '../../lambdas/core/job/index-partitions.ts';
import { listShards } from '../../lambdas/core/job/list-key.ts';
import { defaultJobsPerSweep } from '../../lambdas/core/reconcile/limits.ts';
import { ledger, writeUnitsOf } from '../../lambdas/ledger.ts';
import { billOf, sumOf } from '../../lib/cost/bill.ts';
import { pricesOf } from '../../lib/cost/cost-arguments.ts';
import { idleClockRun } from '../../lib/cost/figures.ts';
import { shapeOf } from '../../lib/cost/shape.ts';
import { assumed, monthSeconds } from '../../lib/cost/usage.ts';
import type { DelegationSettingsInput } from '../../lib/index.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import { clockMemoryMiB } from '../../lib/scale-settings.ts';
import { describedTypes } from './described-types.ts';
import { freshUnitsPerSecond, partitionUnitsPerSecond } from './table-throughput.ts';

/** Write units of a short job, by the ledger: on the table, for its alarm, for its place in the list. */
export const unitsOfShortJob = { table: 3, due: 2, listing: 1 };
/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const tableQuotaUnits = 40_000;
/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const gatewayRequests = 10_000;
/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const [newAccountConcurrency, usualConcurrency] = [10, 1_000];
/** Starts a second for each invocation that may run at once. */
const startsOfConcurrency = 10;
/** One invocation of the API, and one of the worker. */
const invocationsOfJob = 2;
const maxClockJobs = 20_000;
const jobSeconds = 0.1;
/** A request to DynamoDB, as the simulation takes it. */
const roundTripSeconds = 0.01;

/** How far a rate that a search finds may be from the computed one: ids are spread by chance, so the fullest partition has more than its share. */
export const searchTolerance = { below: 0.13, above: 0.06 };
export const toleranceText = `it compares within ${searchTolerance.below * 100} % below and ${searchTolerance.above * 100} % above`;

const whole = (value: number) => Math.floor(value).toLocaleString('en-US');
const usd = (value: number) => value.toFixed(2);
const names = describedTypes.map(({ name }) => name);
const writeBatch = describedTypes.find(({ name }) => name === 'write-batch');
if (writeBatch === undefined) throw new Error('no write-batch');
const contract = writeBatch;
const settings = parseSettings({}, names);

/** Jobs a second at which each limit is met. */
export const limitRates = {
  clock: defaultJobsPerSweep / 60,
  clockAtMost: maxClockJobs / 60,
  quota: 1 / roundTripSeconds,
  newAccount: (newAccountConcurrency * startsOfConcurrency) / invocationsOfJob,
  throttle: settings.throttle.submissionsPerSecond,
  type: (contract.concurrency * contract.batchSize) / jobSeconds,
  freshTable: freshUnitsPerSecond / unitsOfShortJob.table,
  partitionsOfType: (fewestPartitions * partitionUnitsPerSecond) / unitsOfShortJob.due,
  partitionsOfTypeAtMost: (mostPartitions * partitionUnitsPerSecond) / unitsOfShortJob.due,
  partitionsOfOwner: (listShards(fewestPartitions) * partitionUnitsPerSecond) / unitsOfShortJob.listing,
  partitionsOfOwnerAtMost: (listShards(mostPartitions) * partitionUnitsPerSecond) / unitsOfShortJob.listing,
  burst: fewestPartitions * partitionUnitsPerSecond,
  tableQuota: tableQuotaUnits / unitsOfShortJob.table,
  gateway: gatewayRequests,
  usualAccount: (usualConcurrency * startsOfConcurrency) / invocationsOfJob,
  usualConcurrency: usualConcurrency / (assumed.apiSeconds + jobSeconds),
};

const found = '[found in virtual time](../test/simulation/limits.test.ts)';

/** The limits, in the order in which they are met. */
export const limitRows: readonly string[] = [
  `| **${whole(limitRates.newAccount)}** | a new account of AWS, jobs one by one | Lambda runs ${newAccountConcurrency} invocations at once, and starts ten times as many a second; a job takes two, one of the API and one of its worker | batches; ask AWS for more; [\`doctor\`](cli.md) reads the number |`,
  `| **${whole(limitRates.clock)}** | jobs that start more than 15 minutes later, all types together | the clock wakes ${whole(defaultJobsPerSweep)} in a run, once a minute, and [its processor manages about as many](decisions/0019-alarms-by-minute-and-owner.md); ${found} | \`clockJobsPerRun\`, up to ${whole(maxClockJobs)}: ${whole(limitRates.clockAtMost)} a second |`,
  `| **${whole(limitRates.quota)}** | one owner under a \`quota\`, one by one | its item is read, then written over what was read: one a round trip, here ${roundTripSeconds * 1000} ms; ${found} | batches: one of a hundred counts once |`,
  `| **${whole(limitRates.throttle)}** | submissions of all callers | the default of a setting | \`throttle.submissionsPerSecond\`, and batches |`,
  `| **${whole(limitRates.type)}** | jobs of one type, here \`write-batch\` with ${jobSeconds} s each | ${contract.concurrency} invocations with ${contract.batchSize} jobs each; the queue holds the rest | \`concurrency\`, or \`pollers\` |`,
  `| **${whole(limitRates.freshTable)}** | a new table | ${whole(freshUnitsPerSecond)} units, ${unitsOfShortJob.table} a job; it doubles within 30 minutes of a peak; ${found} | \`warmThroughput\` |`,
  `| **${whole(limitRates.partitionsOfType)}** | one type | ${fewestPartitions} partitions of alarms, ${unitsOfShortJob.due} units a job; ${found} | \`indexPartitions\`, up to ${mostPartitions}: ${whole(limitRates.partitionsOfTypeAtMost)}; several types |`,
  `| **${whole(limitRates.partitionsOfOwner)}** | one owner | ${listShards(fewestPartitions)} partitions of its list, ${unitsOfShortJob.listing} unit a job; ${found} | \`indexPartitions\`, up to ${mostPartitions}: ${whole(limitRates.partitionsOfOwnerAtMost)}; several owners |`,
  `| **${whole(limitRates.usualAccount)}** | other accounts of AWS, jobs one by one | the same with ${whole(usualConcurrency)} at once, which jobs of ${jobSeconds} s meet at ${whole(limitRates.usualConcurrency)} | batches; ask AWS for more |`,
  `| **${whole(limitRates.burst)}** | a burst of one type that waits in the queue | an alarm costs one unit until its job ends; ${found} | as above |`,
  `| **${whole(limitRates.gateway)}** | requests to the API, polls included | a quota of API Gateway for an account and region | batches, [webhooks](webhooks.md) in place of polls; ask AWS for more |`,
  `| **${whole(limitRates.tableQuota)}** | the table | a quota of ${whole(tableQuotaUnits)} units a second for each table | ask AWS for more; [cells](#cells) |`,
];

const work = (perSecond: number, batch: number) => {
  const jobs = perSecond * monthSeconds;
  const shape = shapeOf(settings, describedTypes);
  return billOf(shape, pricesOf(), { contract, jobs, seconds: jobSeconds, batch, retries: 0, inputBytes: 100, reads: 0 }).work;
};

/** What a rate costs in a month at list price, one by one and ten in an invocation. */
export function costRow(perSecond: number): string {
  const [one, ten] = [work(perSecond, 1), work(perSecond, 10)];
  const of = (start: string) => whole(sumOf(ten.filter(({ what }) => what.startsWith(start))).usd);
  const sum = (lines: typeof one) => whole(sumOf(lines).usd);
  return `| ${whole(perSecond)} a second | ${whole(perSecond * monthSeconds)} | ${sum(one)} | ${sum(ten)} | ${of('DynamoDB')} | ${of('CloudWatch: logs')} |`;
}

export const ratesOfCost = [100, 1_000, 10_000];

const idle = (input: DelegationSettingsInput, what: RegExp) =>
  sumOf(billOf(shapeOf(parseSettings(input, names), describedTypes), pricesOf()).idle.filter((line) => what.test(line.what))).usd;
const pollersUsd = (min: number) => usd(idle({ pollers: { 'write-batch': { min } } }, /provisioned pollers/));
const clockUsd = (clockJobsPerRun: number) => usd(idle({ clockJobsPerRun }, /time of the clock/));

export const settingRows: readonly string[] = [
  `| \`pollers\` | ${pollersUsd(2)} a month for 2, the least, and ${pollersUsd(10)} for 10, for each type that has them |`,
  `| \`clockJobsPerRun\` | memory: ${clockMemoryMiB(defaultJobsPerSweep)} MiB for ${whole(defaultJobsPerSweep)}, ${whole(clockMemoryMiB(maxClockJobs))} MiB for ${whole(maxClockJobs)}; idle runs then cost ${clockUsd(maxClockJobs)} a month in place of ${clockUsd(defaultJobsPerSweep)} |`,
];

/** What the clock's idle reads cost in a month, with this number of partitions for each kind and type. */
function clockReadsUsd(buckets: number): string {
  const types = describedTypes.length + 2;
  const queries = 1 + buckets * (1 + types);
  return usd((idleClockRun.controlReads + queries / 2) * (monthSeconds / 60) * pricesOf().dynamoDbRead);
}

export const partitionsText = `with ${mostPartitions} partitions in place of ${fewestPartitions}, a clock that always finds something unfinished reads for ${clockReadsUsd(mostPartitions)} a month in place of ${clockReadsUsd(fewestPartitions)}`;

export const unitsText = `A short job costs ${writeUnitsOf([...ledger.accept, ...ledger.claim, ...ledger.finish], 1)} write units: ${unitsOfShortJob.table} on the table, ${unitsOfShortJob.due} in the index of alarms and ${unitsOfShortJob.listing} in that of lists.`;
/** 100,000 jobs a second. */
export const cellsText = `100,000 jobs a second are ${whole(100_000 * writeUnitsOf([...ledger.accept, ...ledger.claim, ...ledger.finish], 1))} write units a second, of which one table with its quota takes the ${unitsOfShortJob.table} units of ${whole(limitRates.tableQuota)} jobs: ${Math.ceil(100_000 / limitRates.tableQuota)} tables`;
