/**
 * `npm run bench`: Delegation beside its peers, or beside the bare minimum, in one run: rounds in turns, medians, and every round. Writes
 * docs/benchmarks.json, and from it docs/benchmarks.md and its pictures. `--rounds N` (5) sets how many rounds; `--backlog N,N` (10000,100000) how many jobs
 * wait while submissions are measured; `--quick` leaves out the backlog of 100,000 and reading 100 MB, which take a third of the time.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Benchmark, Benchmarks, Recovery } from './measure/benchmarks.ts';
import { computedCosts, usdOfOther } from './measure/computed-costs.ts';
import { MeasuredProcess, runScript } from './measure/measured-process.ts';
import { installPeers, peerVersion, serverVersions } from './peers/install-peers.ts';
import { startRedis } from './peers/servers.ts';
import { limits } from './reading-limits.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    backlog: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const wanted = (values.backlog ?? (values.quick ? '10000' : '10000,100000')).split(',');

// So that what runs for the bench ends with it.
process.once('SIGTERM', () => process.exit(143)).once('SIGINT', () => process.exit(130));

installPeers();
const redis = await startRedis();
const engine = new MeasuredProcess('engine/measure-engine.ts');
const bullMq = new MeasuredProcess('peers/measure-bullmq.ts', redis.port);
const local = new MeasuredProcess('local/measure-local.ts');
const bare = new MeasuredProcess('local/measure-bare.ts');
const accept = new MeasuredProcess('local/measure-accept.ts');
const batch = new MeasuredProcess('local/measure-batch.ts');
const writeRows = new MeasuredProcess('local/measure-rows.ts');
const inTurns = { engine, bullMq, local, bare, accept, batch, writeRows };
// In turns, so that a slow moment of the machine affects both sides.
for (let round = 0; round < rounds; round++) {
  for (const measured of Object.values(inTurns)) await measured.run();
  process.stderr.write(`round ${round + 1} of ${rounds}\n`);
}
await redis.stop();

// These make their rounds themselves, over what is slow to prepare.
const backlog = new MeasuredProcess('local/measure-backlog.ts', rounds, 1_000, ...wanted);
const loading = new MeasuredProcess('cold-start.ts', '--json', '--rounds', 15);
const reading = new MeasuredProcess('read.ts', '--json', '--rounds', rounds);
for (const measured of [backlog, loading, ...(values.quick ? [] : [reading])]) {
  await measured.run();
  process.stderr.write(`${measured.script} is done\n`);
}
// One that was not filled in time has been left out.
const backlogs = wanted.filter((jobs) => backlog.has(jobs));
const recoveries = await runScript<readonly Recovery[]>('recovery/measure-recovery.ts');
const [ours, byLease, ofBullMq] = ['Delegation', 'Delegation, by its lease', 'BullMQ'].map((wanted) =>
  recoveries.find(({ name }) => name === wanted),
);

const faults = (recovery: Recovery | undefined) => (recovery === undefined ? Number.NaN : recovery.lost + recovery.twice);
const cost = computedCosts();
const twoSided = (measured: MeasuredProcess) => ({ ours: measured.of('ours'), theirs: measured.of('theirs') });
const inKilobytes = (bytes: readonly number[]) => bytes.map((one) => one / 1000);
const rows: readonly Benchmark[] = [
  {
    ...{ what: 'Engine alone, jobs that do nothing: worked', unit: 'jobs/s', better: 'higher', target: 2.5 },
    ...{ against: 'BullMQ', ours: engine.of('worked'), theirs: bullMq.of('worked') },
  },
  {
    ...{ what: 'Engine alone, each with a key: submitted', unit: 'jobs/s', better: 'higher', target: 4 },
    ...{ against: 'BullMQ', ours: engine.of('submitted'), theirs: bullMq.of('submitted') },
  },
  {
    ...{ what: 'Local mode, jobs that write one row: ended', unit: 'jobs/s', better: 'higher', target: 0.8 },
    ...{ against: 'a bare script', ours: local.of('ended'), theirs: bare.of('ended') },
  },
  {
    ...{ what: 'Accept a job over HTTP, median', unit: 'ms', better: 'lower', target: 1.1 },
    ...{ against: 'a bare server', ...twoSided(accept) },
  },
  ...backlogs.map(
    (jobs): Benchmark => ({
      ...{ what: `Accept while ${Number(jobs).toLocaleString('en-US')} jobs wait, p99`, unit: 'ms', better: 'lower', target: 1.1 },
      ...{ against: 'the same while none waits', ours: backlog.of(jobs), theirs: backlog.of('0') },
    }),
  ),
  {
    ...{ what: 'Accept in batches of 100', unit: 'jobs/s', better: 'higher', target: 1.5 },
    ...{ against: 'single submissions', ...twoSided(batch) },
  },
  {
    ...{ what: 'write-batch, one job of 10,000 rows', unit: 'rows/s', better: 'higher', target: 0.8 },
    ...{ against: 'a bare loop of BatchWriteItem', ...twoSided(writeRows) },
  },
  {
    ...{ what: 'Killed local mode: until the first of its jobs starts again', unit: 's', better: 'lower', target: 1 },
    ...{ against: 'BullMQ', ours: [ours?.firstSeconds ?? Number.NaN], theirs: [ofBullMq?.firstSeconds ?? Number.NaN] },
  },
  {
    ...{ what: 'Killed worker, by its lease as in AWS: until the first of its jobs starts again', unit: 's', better: 'lower', target: 1 },
    ...{ against: 'BullMQ', ours: [byLease?.firstSeconds ?? Number.NaN], theirs: [ofBullMq?.firstSeconds ?? Number.NaN] },
  },
  {
    ...{ what: 'Killed, either way: jobs lost, or done twice', unit: 'jobs', better: 'lower', target: 0 },
    ...{ against: '', ours: [faults(ours) + faults(byLease)], theirs: [] },
  },
  {
    ...{ what: 'The API’s function: its bundle', unit: 'KB', better: 'lower', target: 1.35 },
    ...{ against: 'a bare function', ours: inKilobytes(loading.of('api-bytes')), theirs: inKilobytes(loading.of('bare-bytes')) },
  },
  {
    ...{ what: 'The API’s function: processor time to load it', unit: 'ms', better: 'lower', target: 1.35 },
    ...{ against: 'a bare function', ours: loading.of('api-cpu-ms'), theirs: loading.of('bare-cpu-ms') },
  },
  ...Object.entries(values.quick ? {} : limits).map(
    ([format, target]): Benchmark => ({
      ...{ what: `run-query reads 100 MB of ${format}, without the transfer`, unit: 'ms', better: 'lower', target },
      ...{ against: 'DuckDB', ours: reading.of(`${format}-job`), theirs: reading.of(`${format}-duckdb`) },
    }),
  ),
  ...['QStash', 'Lambda durable functions'].map(
    (other): Benchmark => ({
      ...{ what: 'A million short jobs, at list prices', unit: 'USD', better: 'lower', target: 1 },
      ...{ against: other, ours: [cost.usdAMillion], theirs: [usdOfOther(other)] },
    }),
  ),
  {
    ...{ what: 'A month without jobs, at list prices', unit: 'USD', better: 'lower', target: 2.5 },
    ...{ against: '', ours: [cost.idleUsd], theirs: [] },
  },
  {
    ...{ what: 'A short job: write units of DynamoDB', unit: 'units', better: 'lower', target: 6 },
    ...{ against: '', ours: [cost.writeUnits], theirs: [] },
  },
  {
    ...{ what: 'A short job: requests of HTTP API, Lambda and SQS', unit: 'requests', better: 'lower', target: 6.1 },
    ...{ against: '', ours: [cost.requests], theirs: [] },
  },
];

const largest = Math.max(...backlogs.map(Number));
const result: Benchmarks = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  machine: `${cpus().length} cores, ${process.arch}, ${cpus()[0]?.model ?? 'unknown'}`,
  rounds,
  peers: { ...Object.fromEntries(['bullmq', 'pg-boss', 'graphile-worker'].map((name) => [name, peerVersion(name)])), ...serverVersions() },
  backlog: { jobs: largest, filledSeconds: backlog.of(`filled ${largest}`)[0] ?? Number.NaN },
  rows,
  recoveries,
};
writeFileSync(join(import.meta.dirname, '..', 'docs', 'benchmarks.json'), `${JSON.stringify(result, null, 2)}\n`);
const { machineOf, tableOf } = await import('./measure/benchmark-page.ts');
await import('./write-page.ts');
console.log(`${machineOf(result)}; ${rounds} rounds in turns, medians; each round is in docs/benchmarks.md\n\n${tableOf(result)}`);
