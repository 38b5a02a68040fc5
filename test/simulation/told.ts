/** Histories that a test tells: so many jobs, a fault at a named request, and then the whole judgement as over any other history. */
import type { Job } from '../../lambdas/core/job/job.ts';
import { History } from './history.ts';
import type { Injection, Room } from './machine.ts';
import { type FaultPlan, type JobPlan, noFaults, type Operation, plainJob } from './plan.ts';
import { planIndexOf, type SimulatedInput } from './work.ts';

export interface Told {
  readonly jobs: readonly Partial<JobPlan>[];
  readonly faults?: Partial<FaultPlan>;
  readonly inject?: Room['inject'];
}

/** Strikes the n-th request of this name by machines of this kind (or, without n, every one). */
export function at(kind: 'api' | 'worker' | 'clock', what: string, injection: Injection, nth?: number): NonNullable<Room['inject']> {
  let count = 0;
  return (machine, request) => {
    if (!machine.startsWith(kind) || request !== what) return undefined;
    count += 1;
    return nth === undefined || nth === count ? injection : undefined;
  };
}

/** @throws Error with the whole story when a promise was broken */
export async function tell({ jobs, faults, inject }: Told): Promise<History> {
  const plan = { chance: 7, jobs: jobs.map((job) => ({ ...plainJob, ...job })), faults: { ...noFaults, ...faults } };
  const history = new History(plan, { isTold: true, inject });
  const { breaches, lines } = await history.run();
  if (breaches.length > 0) throw new Error(`${breaches.join('\n')}\n${lines.join('\n')}`);
  return history;
}

/** In the order of the plan. */
export function jobsOf(history: History): readonly Job[] {
  const rankOf = ({ input }: Job) => planIndexOf(JSON.parse(history.payloadText(input)) as SimulatedInput);
  return [...history.store.rows.values()].map(({ job }) => job).sort((a, b) => rankOf(a) - rankOf(b));
}

/** The only job of a history. */
export function onlyJob(history: History): Job {
  const [job, another] = jobsOf(history);
  if (job === undefined || another !== undefined) throw new Error(`${history.store.rows.size} jobs instead of one`);
  return job;
}

/** From acceptance to the n-th moment at which a worker had the job, in seconds. */
export function startedAfterSeconds(job: Job, nth = 1): number {
  const starts = job.timeline.filter(({ event }) => event === 'started');
  return ((starts[nth - 1]?.atMs ?? Number.NaN) - job.createdAtMs) / 1000;
}

export const effect: Operation = { does: 'effect', isStep: true };
export const bareEffect: Operation = { does: 'effect', isStep: false };
export const hang: Operation = { does: 'hang' };
export const create: Operation = { does: 'create' };
export const work = (seconds: number): Operation => ({ does: 'work', seconds });
export const sleep = (seconds: number): Operation => ({ does: 'sleep', seconds });

export interface BatchDelivery {
  readonly machine: string;
  /** Of messages. */
  readonly ids: readonly string[];
}

/** Batches in the order in which workers got them. */
export function deliveriesOf(history: History): readonly BatchDelivery[] {
  return history.lines.flatMap((line) => {
    const [, machine, messages] = /(worker-\d+) +gets (.*)$/.exec(line) ?? [];
    if (machine === undefined || messages === undefined) return [];
    return [{ machine, ids: [...messages.matchAll(/(?:^|, )(\d+): /g)].map(([, id]) => String(id)) }];
  });
}

/** By message: how often a worker got it. */
export function countDeliveries(history: History): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of deliveriesOf(history).flatMap(({ ids }) => ids)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** How often an effect's request reached the outside world under one token or another. */
export function tokensOf(history: History, job: Job, index = 0): number {
  return history.outside.effects.get(job.id)?.get(`e${index}`)?.size ?? 0;
}
