/**
 * `npm run chaos`: the real thing over real protocol servers while everything fails that can. Whatever happens, every job that was answered
 * with 202 ends, its effect is there once, and nothing that was told is contradicted later.
 *
 * A seed repeats what is asked for and what befalls; how it interleaves is up to the machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { HttpClient } from '../support/http-client.ts';
import { Backends } from './backends.ts';
import { type Stage, unleash } from './calamities.ts';
import { Callers } from './callers.ts';
import { Delegation } from './delegation.ts';
import { Forger } from './forger.ts';
import { Random } from './random.ts';
import { summarise } from './summary.ts';
import { judge } from './verdict.ts';
import { Witness } from './witness.ts';
import { planJobs } from './work.ts';

/** After the faults; the longest backoffs and a launch in doubt fit into it. */
const longestSettlingMs = 240_000;

interface Options {
  readonly seed: number;
  readonly jobs: number;
  /** How long faults are made. */
  readonly seconds: number;
}

async function main(): Promise<void> {
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
  const stage = { backends, delegation, witness: new Witness(), forger: new Forger(() => backends.directly.sqs, random.stream('forger')) };
  try {
    await delegation.start();
    await run(stage, options, random);
  } finally {
    await stop();
  }
  process.exit(stage.witness.breaches.length === 0 ? 0 : 1);
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

async function run(stage: Stage, { jobs, seconds, seed }: Options, random: Random): Promise<void> {
  const { witness, delegation, backends } = stage;
  const startedMs = Date.now();
  const callers = new Callers(new HttpClient(() => delegation.url), witness, random.stream('callers'));
  const planned = planJobs(jobs, seconds * 900, random.stream('work'));
  const calm = unleash(stage, seconds * 1_000, random.stream('calamities'));
  let isOver = false;
  const watching = watch(callers, witness, random.stream('watch'), () => isOver);
  const allAnswered = Promise.all(planned.map((job) => callers.delegate(job)));
  await calm;
  const calmAtMs = Date.now();
  const isSettled = await within(
    longestSettlingMs,
    allAnswered.then(() => settle(callers, witness)),
  );
  const settledAfterMs = Date.now() - calmAtMs;
  isOver = true;
  if (isSettled) {
    await watching;
    await judgeMessages(stage);
    await askAgain(callers, witness);
    await judge(witness, backends);
  } else {
    const { unfinished } = witness;
    witness.note(`${planned.length - witness.jobs.size} submissions were never answered`);
    for (const { id, told } of unfinished) witness.note(`${id} has not ended: ${told.status} ${JSON.stringify(told.timeline)}`);
  }
  console.log(summarise(stage, { seed, settledAfterMs, tookMs: Date.now() - startedMs }));
}

/** Reads one job after the other, for as long as it goes. */
async function watch(callers: Callers, { jobs }: Witness, random: Random, isOver: () => boolean): Promise<void> {
  const watcher = async () => {
    while (!isOver()) {
      const job = jobs.size > 0 ? random.pick([...jobs.values()]) : undefined;
      if (job !== undefined) await (random.chance(0.1) ? callers.intrude(job) : callers.look(job));
      await sleep(50);
    }
  };
  await Promise.all(Array.from({ length: 4 }, watcher));
}

async function settle(callers: Callers, witness: Witness): Promise<void> {
  while (witness.unfinished.length > 0) {
    await inTurn(witness.unfinished, (job) => callers.look(job));
    await sleep(200);
  }
}

/** Of what was sent while answers were lost some is hidden for long; now it must arrive at once. */
async function judgeMessages({ forger, witness }: Stage): Promise<void> {
  const giveUpAtMs = Date.now() + 30_000;
  let hasArrived = false;
  while (!hasArrived && Date.now() < giveUpAtMs) {
    await forger.sendGarbage();
    await sleep(2_500);
    hasArrived = await forger.hasLastArrived();
  }
  if (!hasArrived) witness.note('no garbage arrives in a dead-letter queue');
  for (const garbage of await forger.lostGarbage()) witness.note(`this message is in no queue any more: ${garbage}`);
}

/** Every key once more, and every job a last time: its end is still what it was. */
async function askAgain(callers: Callers, witness: Witness): Promise<void> {
  const jobs = [...witness.jobs.values()];
  await inTurn(jobs, async (job) => {
    await callers.submit(job.planned);
    await callers.misuseKey(job);
    await callers.intrude(job);
  });
  await sleep(2_000);
  await inTurn(jobs, (job) => callers.look(job));
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
