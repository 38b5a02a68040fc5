/**
 * What becomes of jobs whose worker is killed with `kill -9` while they run, and how long that takes: Delegation and its peers, with the same job, all at the
 * same time, since they wait most of it. A second after the first job has started, the worker process is killed, and at once a new one is started.
 * Prints a line of JSON with a `Recovery` of each system.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmulatorsInThread } from '../../local/emulators.ts';
import { startLocal, startProgram } from '../local/local-process.ts';
import { post } from '../local/submissions.ts';
import type { Recovery } from '../measure/benchmarks.ts';
import { newDataFolder } from '../measure/child-process.ts';
import { startPostgres, startRedis } from '../peers/servers.ts';
import { linesOf, type Task } from './append-lines.ts';
import { holding } from './holding.ts';
import { type PeerName, peers } from './peers.ts';

const [jobs = 10, giveUpSeconds = 600] = process.argv.slice(2).map(Number);
const folder = newDataFolder();

interface Subject {
  readonly start: () => Promise<{ kill(): Promise<void> }>;
  readonly submit: (tasks: readonly Task[]) => Promise<unknown>;
  readonly afterKill?: (() => Promise<void>) | undefined;
}

async function recovery(name: keyof typeof holding, { start, submit, afterKill }: Subject): Promise<Recovery> {
  const file = join(folder, name);
  const first = await start();
  await submit(Array.from({ length: jobs }, (_, n) => ({ file, n })));
  while (linesOf(file).length === 0) await sleep(50);
  await sleep(1_000);
  await first.kill();
  const killedMs = Date.now();
  const killed = linesOf(file).map(({ n }) => n);
  await afterKill?.();
  const second = await start();
  const ends = () => linesOf(file).filter(({ what }) => what === 'end');
  const lost = () => jobs - new Set(ends().map(({ n }) => n)).size;
  while (lost() > 0 && Date.now() < killedMs + giveUpSeconds * 1000) await sleep(100);
  // A job that is done twice would end again by now.
  await sleep(5_000);
  await second.kill();
  const claims = linesOf(file)
    .filter(({ what, n, atMs }) => what === 'start' && killed.includes(n) && atMs > killedMs)
    .map(({ atMs }) => (atMs - killedMs) / 1000);
  return {
    name,
    ...holding[name],
    running: killed.length,
    lost: lost(),
    twice: ends().length - new Set(ends().map(({ n }) => n)).size,
    firstSeconds: Math.min(...claims),
    lastSeconds: Math.max(...claims),
  };
}

/** All of the local mode is killed, which is one process, and started again over the same data. @param env where its services are, if they are elsewhere and go on */
async function delegation(name: 'Delegation' | 'Delegation, by its lease', env: Readonly<Record<string, string>> = {}) {
  const data = join(folder, `data of ${name}`);
  let url = '';
  const start = async () => {
    const local = await startLocal(['bin/cli.ts', 'dev', 'bench/recovery/jobs'], data, env);
    url = local.url;
    return local;
  };
  const submit = async (tasks: readonly Task[]) => {
    for (const input of tasks) await post(`${url}/v1/jobs`, { type: 'append-lines', input }, `key-${input.n}`);
  };
  return recovery(name, { start, submit });
}

async function ofPeer(name: PeerName, server: string) {
  const peer = await peers[name](server);
  const start = async () => startProgram(['bench/recovery/work-peer.ts', name, server], /worker is ready/);
  return recovery(name, { start, submit: peer.submit, afterKill: peer.afterKill });
}

/** As in AWS, no process knows that it is the only one. */
const { stop, ...services } = await startEmulatorsInThread({ dataDir: join(folder, 'services') });
const [redis, forBoss, forGraphile] = await Promise.all([startRedis(), startPostgres(), startPostgres()]);
const measured = await Promise.all([
  delegation('Delegation'),
  delegation('Delegation, by its lease', { DELEGATION_ENDPOINTS: JSON.stringify(services) }),
  ofPeer('BullMQ', String(redis.port)),
  ofPeer('pg-boss', forBoss.url),
  ofPeer('graphile-worker', forGraphile.url),
]);
console.log(JSON.stringify(measured));
await Promise.all([redis, forBoss, forGraphile].map((server) => server.stop()));
await stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
