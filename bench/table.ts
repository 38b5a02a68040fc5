/**
 * `npm run bench -- table`: Delegation beside its peers, or beside the bare minimum, in one run: rounds in turns, medians, and every round. Writes
 * docs/benchmarks.json, and from it docs/benchmarks.md and its pictures.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { Benchmark, Benchmarks } from './measure/benchmarks.ts';
import { installPeers, peerVersion } from './peers/install-peers.ts';
import { startRedis } from './peers/servers.ts';

const { values } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const folder = import.meta.dirname;

/** Runs one measured process. @returns the numbers that it prints, by name */
async function measure(script: string, ...args: readonly (string | number)[]): Promise<Readonly<Record<string, number>>> {
  const argv = ['--disable-warning=ExperimentalWarning', join(folder, script), ...args.map(String)];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, number>;
}

// So that what runs for the bench ends with it.
process.once('SIGTERM', () => process.exit(143)).once('SIGINT', () => process.exit(130));

installPeers();
const redis = await startRedis();
const ours = new Map<string, number[]>();
const theirs = new Map<string, number[]>();
const note = (into: Map<string, number[]>, name: string, value = Number.NaN) => void into.set(name, [...(into.get(name) ?? []), value]);

// In turns, so that a slow moment of the machine affects both sides.
for (let round = 0; round < rounds; round++) {
  const [engine, bullMq] = [await measure('engine/measure-engine.ts'), await measure('peers/measure-bullmq.ts', redis.port)];
  for (const what of ['worked', 'submitted']) {
    note(ours, what, engine[what]);
    note(theirs, what, bullMq[what]);
  }
  note(ours, 'local', (await measure('local/measure-local.ts'))['ended']);
  note(theirs, 'local', (await measure('local/measure-bare.ts'))['ended']);
  process.stderr.write(`round ${round + 1} of ${rounds}\n`);
}
await redis.stop();

const bullMq = `BullMQ ${peerVersion('bullmq')} on Redis, appended to a file every second`;
const rowOf = (name: string, row: Omit<Benchmark, 'ours' | 'theirs'>): Benchmark => ({
  ...row,
  ours: ours.get(name) ?? [],
  theirs: theirs.get(name) ?? [],
});
const result: Benchmarks = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  machine: `${cpus().length} cores, ${process.arch}, ${cpus()[0]?.model ?? 'unknown'}`,
  rows: [
    rowOf('worked', { what: 'engine alone, a job that does nothing, 50 at once: worked', unit: 'jobs/s', against: bullMq, target: 2.5 }),
    rowOf('submitted', { what: 'the same: submitted, each with a key', unit: 'jobs/s', against: bullMq, target: 4 }),
    rowOf('local', {
      what: 'local mode, jobs that write one row: ended',
      unit: 'jobs/s',
      against: 'a bare script on the same emulators',
      target: 0.8,
    }),
  ],
};
writeFileSync(join(folder, '..', 'docs', 'benchmarks.json'), `${JSON.stringify(result, null, 2)}\n`);
const { writeBenchmarkPages } = await import('./measure/benchmark-page.ts');
console.log(writeBenchmarkPages(result));
