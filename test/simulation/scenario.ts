/** Scenarios: simulations of jobs and faults that a test names, under all invariants, and queries of their results. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Cluster, Injection } from './machine.ts';
import { type FaultPlan, type JobPlan, noFaults, type Operation, plainJob } from './plan.ts';
import { plainSchedule, type SchedulePlan } from './schedule-plans.ts';
import { Simulation } from './simulation.ts';
import { planIndexOf, type SimulatedInput } from './workload.ts';

export interface Scenario {
  readonly jobs: readonly Partial<JobPlan>[];
  readonly schedules?: readonly Partial<SchedulePlan>[];
  readonly randomSeed?: number;
  readonly hasEvents?: boolean;
  /** See `Plan.keyLimit`. */
  readonly keyLimit?: number;
  readonly faults?: Partial<FaultPlan>;
  readonly inject?: Cluster['inject'];
}

/** Injects a fault into the n-th request of this name by machines of this kind, or into all without n. */
export function faultAt(
  kind: 'api' | 'worker' | 'clock',
  what: string,
  injection: Injection,
  nth?: number,
): NonNullable<Cluster['inject']> {
  let count = 0;
  return (machine, request) => {
    if (!machine.startsWith(kind) || request !== what) return undefined;
    count += 1;
    return nth === undefined || nth === count ? injection : undefined;
  };
}

/** @throws Error with the whole trace if an invariant is violated */
export async function runScenario({
  jobs,
  schedules = [],
  randomSeed = 7,
  hasEvents = false,
  keyLimit,
  faults,
  inject,
}: Scenario): Promise<Simulation> {
  const plan = {
    randomSeed,
    jobs: jobs.map((job) => ({ ...plainJob, ...job })),
    schedules: schedules.map((schedule) => ({ ...plainSchedule, ...schedule })),
    hasEvents,
    ...(keyLimit === undefined ? {} : { keyLimit }),
    faults: { ...noFaults, ...faults },
  };
  const simulation = new Simulation(plan, { isTraced: true, inject });
  const { violations, trace } = await simulation.run();
  if (violations.length > 0) throw new Error(`${violations.join('\n')}\n${trace.join('\n')}`);
  return simulation;
}

/** @returns the jobs in the order of the plan */
export function jobsOf(simulation: Simulation): readonly Job[] {
  const rankOf = ({ input }: Job) => planIndexOf(JSON.parse(simulation.payloadText(input)) as SimulatedInput);
  return [...simulation.store.rows.values()].map(({ job }) => job).sort((a, b) => rankOf(a) - rankOf(b));
}

/** @returns the only job of a simulation */
export function onlyJob(simulation: Simulation): Job {
  const [job, another] = jobsOf(simulation);
  if (job === undefined || another !== undefined) throw new Error(`${simulation.store.rows.size} jobs instead of one`);
  return job;
}

/** @returns seconds from acceptance to the n-th start by a worker */
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
  /** Ids of the messages. */
  readonly ids: readonly string[];
}

/** @returns the batches in the order in which workers received them */
export function deliveriesOf(simulation: Simulation): readonly BatchDelivery[] {
  return simulation.trace.flatMap((line) => {
    const [, machine, messages] = /(worker-\d+) +gets (.*)$/.exec(line) ?? [];
    if (machine === undefined || messages === undefined) return [];
    return [{ machine, ids: [...messages.matchAll(/(?:^|, )(\d+): /g)].map(([, id]) => String(id)) }];
  });
}

/** @returns by message: the number of its deliveries to workers */
export function countDeliveries(simulation: Simulation): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of deliveriesOf(simulation).flatMap(({ ids }) => ids)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** @returns the number of tokens under which an effect happened */
export function tokensOf(simulation: Simulation, job: Job, index = 0): number {
  return simulation.external.effects.get(job.id)?.get(`e${index}`)?.size ?? 0;
}
