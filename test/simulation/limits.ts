/**
 * Where each limit of docs/scale.md is met: found by search, with the real handlers over a table that has DynamoDB's limits, and computed from what a
 * job pays. Beyond a limit, callers are asked to come again, and nothing that was accepted is lost.
 */
import { fewestPartitions } from '../../lambdas/core/job/index-partitions.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { listShards } from '../../lambdas/core/job/list-key.ts';
import { defaultJobsPerSweep } from '../../lambdas/core/reconcile/limits.ts';
import { newJob } from '../../lambdas/core/submit/submit-job.ts';
import { freshUnitsPerSecond, partitionUnitsPerSecond } from '../support/table-throughput.ts';
import type { TablePart } from '../support/write-units.ts';
import { Load, type LoadOptions, roundTripMs, shortWork } from './load.ts';
import { planOf } from './seeds.ts';
import { Simulation } from './simulation.ts';

export interface LimitFound {
  /** What was found, by name. */
  readonly found: Readonly<Record<string, number>>;
  /** What follows from the units of a job, the number of partitions, and the time of a request. */
  readonly computed: Readonly<Record<string, number>>;
}

const manyOwners = (request: number) => `owner-${request % 50}`;
const oneOwner = () => 'ann';

/** @returns the write units of one job from its submission to its end, by the part of the table that pays them */
export async function unitsOfJob(): Promise<Readonly<Record<TablePart, number>>> {
  const load = new Load();
  const submitted = load.request('ann', '/v1/jobs', { type: shortWork.name, input: {} });
  await load.pass(1_000);
  await submitted;
  if (load.countOpen() > 0) throw new Error('The job has not ended.');
  return load.throughput.spent;
}

/** @returns whether a deployment takes this rate for a second without a refusal */
async function takes(perSecond: number, ownerOf: (request: number) => string, options: LoadOptions): Promise<boolean> {
  const load = new Load(options);
  load.offer(perSecond, ownerOf);
  await load.pass(1_000, () => load.throughput.refusals > 0);
  return load.throughput.refusals === 0;
}

/** Jobs that start later, all at one time. @returns the number of messages after one run of the clock */
async function startsInOneRun(count: number, options: LoadOptions): Promise<number> {
  const load = new Load({ ...options, hasWorkers: false });
  const startAtMs = load.scheduler.nowMs + 60_000;
  const submission = { owner: 'ann', contract: shortWork, input: {}, canonicalBody: '{}', startAtMs };
  const { job } = newJob({ id: '', submission }, { input: { kind: 'inline', json: '{}' }, nowMs: load.scheduler.nowMs, graceMs: 0 });
  const alarm: Job['alarm'] = { kind: 'timer', dueAtMs: startAtMs };
  for (let i = 0; i < count; i++) {
    const id = `job_${String(i).padStart(25, '0')}${i % fewestPartitions}`;
    load.store.insert({ ...job, id, owner: `owner-${i % 50}`, status: 'scheduled', alarm, notBeforeMs: startAtMs });
  }
  load.startClock();
  await load.pass(119_000);
  return load.queue.depth;
}

/** Offers more for a second than the table takes, to a queue without workers. @returns the units that a part of the table took */
async function saturate(
  perSecond: number,
  ownerOf: (request: number) => string,
  part: TablePart,
  options: LoadOptions = {},
): Promise<number> {
  const load = new Load({ ...options, hasWorkers: false });
  await load.growPartitions();
  load.offer(perSecond, ownerOf);
  await load.pass(1_000);
  return load.throughput.spent[part];
}

/** @returns whether all submissions of one owner are counted, where they come one by one at this rate for two seconds */
async function counts(perSecond: number, quota: NonNullable<LoadOptions['quota']>): Promise<boolean> {
  const load = new Load({ quota, hasWorkers: false });
  let [answered, refused] = [0, 0];
  for (let i = 0; i < 2 * perSecond; i++)
    load.scheduler.after(Math.floor((i * 1000) / perSecond), () => {
      void load.request('ann', '/v1/jobs', { type: shortWork.name, input: {} }).then(({ status }) => {
        answered += 1;
        if (status !== 202) refused += 1;
      });
    });
  await load.pass(4_000, () => refused > 0);
  return refused === 0 && answered === 2 * perSecond;
}

/** @returns the highest rate that is taken, within 7.5 %: doubles a rate that is taken until it is refused, then halves the gap */
async function search(from: number, takesRate: (perSecond: number) => Promise<boolean>): Promise<number> {
  let [taken, refused] = [from, 2 * from];
  while (await takesRate(refused)) [taken, refused] = [refused, 2 * refused];
  while (refused - taken > 0.075 * taken) {
    const middle = Math.round((taken + refused) / 2);
    if (await takesRate(middle)) taken = middle;
    else refused = middle;
  }
  return taken;
}

/** Callers that come again when they are asked to. @returns what became of their submissions */
async function overload(perSecond: number, seconds: number): Promise<Readonly<Record<string, number>>> {
  const load = new Load({ unitsPerSecond: freshUnitsPerSecond });
  const { scheduler } = load;
  const accepted = new Set<string>();
  const counts = { refused: 0, withoutRetryAfter: 0, otherAnswers: 0 };
  const submit = async (owner: string): Promise<void> => {
    const { status, headers, body } = await load.request(owner, '/v1/jobs', { type: shortWork.name, input: {} });
    if (status === 202) return void accepted.add(String(body.id));
    const retryAfterSeconds = Number(headers.get('retry-after') ?? Number.NaN);
    if (status !== 503) counts.otherAnswers += 1;
    else if (Number.isNaN(retryAfterSeconds)) counts.withoutRetryAfter += 1;
    else {
      counts.refused += 1;
      scheduler.after(retryAfterSeconds * 1000, () => void submit(owner));
    }
  };
  const submissions = perSecond * seconds;
  for (let i = 0; i < submissions; i++) scheduler.after(Math.floor((i * 1000) / perSecond), () => void submit(manyOwners(i)));
  load.startClock();
  await load.pass(3_600_000, () => accepted.size === submissions && load.queue.isEmpty && load.countOpen() === 0);
  const lost = [...accepted].filter((id) => load.store.rows.get(id)?.job.status !== 'succeeded');
  return { ...counts, submissions, accepted: accepted.size, records: load.store.rows.size, lost: lost.length };
}

/** The limits, by what meets them. */
export const limits: Readonly<Record<string, () => Promise<LimitFound>>> = {
  'a job of one type': async () => {
    const { due } = await unitsOfJob();
    return {
      found: { perSecond: await search(1_000, (rate) => takes(rate, manyOwners, {})) },
      computed: { perSecond: (fewestPartitions * partitionUnitsPerSecond) / due },
    };
  },

  'a job of one owner': async () => {
    const { listing } = await unitsOfJob();
    return {
      found: { perSecond: await saturate(4_800, oneOwner, 'listing') },
      computed: { perSecond: (listShards(fewestPartitions) * partitionUnitsPerSecond) / listing },
    };
  },
  'a job of one owner, over 16 partitions': async () => {
    const { listing } = await unitsOfJob();
    return {
      found: { perSecond: await saturate(9_600, oneOwner, 'listing', { indexPartitions: 16 }) },
      computed: { perSecond: (listShards(16) * partitionUnitsPerSecond) / listing },
    };
  },
  'a burst that waits in the queue': async () => {
    // Until it ends, a job has paid for its alarm once.
    const found = { perSecond: await saturate(9_600, manyOwners, 'due') };
    return { found, computed: { perSecond: fewestPartitions * partitionUnitsPerSecond } };
  },
  'a burst that waits in the queue, over 16 partitions': async () => ({
    found: { perSecond: await saturate(19_200, manyOwners, 'due', { indexPartitions: 16 }) },
    computed: { perSecond: 16 * partitionUnitsPerSecond },
  }),
  'a fresh table': async () => {
    const { table } = await unitsOfJob();
    return {
      found: { perSecond: await search(500, (rate) => takes(rate, manyOwners, { unitsPerSecond: freshUnitsPerSecond })) },
      computed: { perSecond: freshUnitsPerSecond / table },
    };
  },
  'jobs that start later': async () => ({
    found: {
      byDefault: await startsInOneRun(5_000, {}),
      bySetting: await startsInOneRun(9_000, { maxJobsPerSweep: 8_000 }),
    },
    computed: { byDefault: defaultJobsPerSweep, bySetting: 8_000 },
  }),
  'an owner under a quota': async () => ({
    found: { perSecond: await search(10, (rate) => counts(rate, { submissionsPerMinute: 1_000_000 })) },
    // Of those that read the same state one is counted, and the next has to read first.
    computed: { perSecond: 1000 / roundTripMs },
  }),
  'more than a fresh table takes': async () => ({ found: await overload(2_000, 2), computed: {} }),
  'the plans of the simulation': async () => {
    let [peak, refusals, spent] = [0, 0, 0];
    for (let seed = 1; seed <= 20; seed++) {
      const simulation = new Simulation(planOf(seed));
      await simulation.run();
      peak = Math.max(peak, ...Object.values(simulation.throughput.peak));
      refusals += simulation.throughput.refusals;
      spent += simulation.throughput.spent.table;
    }
    return { found: { peak, refusals, spent }, computed: {} };
  },
};
