/**
 * Chaos test, `npm run chaos`: the local mode over real protocol servers, under a nemesis. Every job that was answered with 202 ends, its
 * effect happens once, and no answer contradicts an earlier one.
 *
 * A seed repeats the workload and the faults; the machine decides how they interleave.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { HttpClient } from '../support/http-client.ts';
import { useRunFolder } from '../support/run-folder.ts';
import { Backends } from './backends.ts';
import { Callers } from './callers.ts';
import { checkFinalState } from './check-final-state.ts';
import { ClientHistory } from './client-history.ts';
import { type ChaosRun, runNemesis } from './nemesis.ts';
import { QueueNemesis } from './queue-nemesis.ts';
import { Random } from './random.ts';
import { Delegation } from './restarted-local-mode.ts';
import { summarise } from './summary.ts';
import { planJobs } from './workload.ts';

/** Longest time after the faults in which all jobs end; the longest backoffs and a launch in doubt fit into it. */
const maxSettlingMs = 900_000;

interface Options {
  readonly seed: number;
  readonly jobs: number;
  /** Duration of the faults. */
  readonly seconds: number;
}

async function main(): Promise<void> {
  useRunFolder();
  const options = readOptions();
  console.log(`chaos: seed ${options.seed}, ${options.jobs} jobs, ${options.seconds} s of faults`);
  const folder = mkdtempSync(join(tmpdir(), 'delegation-chaos-'));
  const random = new Random(String(options.seed));
  const backends = new Backends(folder, random);
  await backends.start();
  const delegation = new Delegation(backends.endpoints);
  const stop = async () => {
    await Promise.all([delegation.stop(), backends.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
  const interrupt = () => void stop().finally(() => process.exit(130));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const chaosRun = {
    backends,
    delegation,
    history: new ClientHistory(),
    queueNemesis: new QueueNemesis(() => backends.directly.sqs, random.stream('queues')),
  };
  try {
    await delegation.start();
    await run(chaosRun, options, random);
  } finally {
    await stop();
  }
  process.exit(chaosRun.history.violations.length === 0 ? 0 : 1);
}

function readOptions(): Options {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { seed: option, jobs: option, seconds: option } });
  const whole = (name: keyof Options, otherwise: number): number => {
    const value = Number(values[name] ?? otherwise);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1 (was "${values[name]}").`);
    return value;
  };
  return { seed: whole('seed', 1 + Math.floor(Math.random() * 1e9)), jobs: whole('jobs', 400), seconds: whole('seconds', 40) };
}

async function run(chaosRun: ChaosRun, { jobs, seconds, seed }: Options, random: Random): Promise<void> {
  const { history, delegation, backends } = chaosRun;
  const startedMs = Date.now();
  const callers = new Callers(new HttpClient(() => delegation.url), history, random.stream('callers'));
  const planned = planJobs(jobs, seconds * 900, random.stream('work'));
  const faultsEnded = runNemesis(chaosRun, seconds * 1_000, random.stream('nemesis'));
  let isOver = false;
  const watching = watch(callers, history, random.stream('watch'), () => isOver);
  const allAnswered = Promise.all(planned.map((job) => callers.run(job)));
  await faultsEnded;
  const faultsEndedAtMs = Date.now();
  const isSettled = await within(
    maxSettlingMs,
    allAnswered.then(() => settle(callers, history)),
  );
  const settledAfterMs = Date.now() - faultsEndedAtMs;
  isOver = true;
  if (isSettled) {
    await watching;
    await checkMessages(chaosRun);
    await repeatRequests(callers, history);
    await checkFinalState(history, backends);
  } else {
    const { unfinished } = history;
    history.violated(`${planned.length - history.jobs.size} submissions were never answered`);
    for (const { id, lastSeen } of unfinished)
      history.violated(`${id} has not ended: ${lastSeen.status} ${JSON.stringify(lastSeen.timeline)}`);
  }
  console.log(summarise(chaosRun, { seed, settledAfterMs, tookMs: Date.now() - startedMs }));
}

/** Reads one job after the other until `isOver`. */
async function watch(callers: Callers, { jobs }: ClientHistory, random: Random, isOver: () => boolean): Promise<void> {
  const watcher = async () => {
    while (!isOver()) {
      const job = jobs.size > 0 ? random.pick([...jobs.values()]) : undefined;
      if (job !== undefined) await (random.chance(0.1) ? callers.accessAsOtherOwner(job) : callers.read(job));
      await sleep(50);
    }
  };
  await Promise.all(Array.from({ length: 4 }, watcher));
}

async function settle(callers: Callers, history: ClientHistory): Promise<void> {
  while (history.unfinished.length > 0) {
    await inTurn(history.unfinished, (job) => callers.read(job));
    await sleep(200);
  }
}

/** Messages that were received while answers were lost may be hidden for long; a message that is sent now must arrive at once. */
async function checkMessages({ queueNemesis, history }: ChaosRun): Promise<void> {
  const giveUpAtMs = Date.now() + 120_000;
  let hasArrived = false;
  while (!hasArrived && Date.now() < giveUpAtMs) {
    await queueNemesis.sendGarbage();
    await sleep(2_500);
    hasArrived = await queueNemesis.hasLastArrived();
  }
  if (!hasArrived) history.violated('no invalid message arrives in a dead-letter queue');
  for (const garbage of await queueNemesis.lostGarbage()) history.violated(`this message is no longer in any queue: ${garbage}`);
}

/** Submits every key once more, and reads every job a last time: its end must be the same. */
async function repeatRequests(callers: Callers, history: ClientHistory): Promise<void> {
  const jobs = [...history.jobs.values()];
  await inTurn(jobs, async (job) => {
    await callers.submit(job.planned);
    await callers.reuseKey(job);
    await callers.accessAsOtherOwner(job);
  });
  await sleep(2_000);
  await inTurn(jobs, (job) => callers.read(job));
}

async function inTurn<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const takeNext = async () => {
    for (const item of rest) await act(item);
  };
  await Promise.all(Array.from({ length: 8 }, takeNext));
}

async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  const timeOut = sleep(ms, false, { signal: over.signal }).catch(() => false);
  const isDone = await Promise.race([work.then(() => true), timeOut]);
  over.abort();
  return isDone;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
