/** Redis and PostgreSQL on this machine, each with a data folder of its own, on a free port of the loopback. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { end, newDataFolder, whenReady } from '../measure/child-process.ts';
import { postgresPrograms, redisServer, serverEnvironment } from './install-peers.ts';

export interface PeerServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Redis as BullMQ recommends it: an append-only file that is written to disk every second. */
export async function startRedis(): Promise<PeerServer> {
  const [folder, port] = [newDataFolder(), await freePort()];
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'everysec'];
  const child = spawn(redisServer, [...options, '--save', '', '--maxmemory-policy', 'noeviction'], {
    env: serverEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { port, stop: await stopOf(child, { ready: /Ready to accept connections/, signal: 'SIGTERM', folder }) };
}

/** PostgreSQL with its own defaults, so every commit waits for the disk. Its programs refuse to run as root: another user runs them then. */
export async function startPostgres(): Promise<PeerServer & { readonly url: string }> {
  const [folder, port] = [newDataFolder(), await freePort()];
  const isRoot = userInfo().uid === 0;
  const unprivileged = { uid: 65_534, gid: 65_534 };
  const user = isRoot ? unprivileged : {};
  const data = join(folder, 'data');
  mkdirSync(data);
  if (isRoot) for (const path of [folder, data]) chownSync(path, unprivileged.uid, unprivileged.gid);
  chmodSync(data, 0o700);
  const programs = postgresPrograms();
  const options = { env: serverEnvironment(), ...user, cwd: folder };
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'bench', '--auth=trust', '--encoding=UTF8', '--locale=C'], {
    ...options,
    stdio: 'ignore',
  });
  const child = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = await stopOf(child, { ready: /ready to accept connections/, signal: 'SIGINT', folder });
  return { port, url: `postgres://bench@127.0.0.1:${port}/postgres`, stop };
}

interface Started {
  /** Matches what the server prints once it is ready. */
  readonly ready: RegExp;
  /** What ends it. */
  readonly signal: 'SIGTERM' | 'SIGINT';
  readonly folder: string;
}

/** Waits until a server is ready. @returns what ends it and deletes its data @throws Error where it ends before, with what it printed */
async function stopOf(child: ChildProcess, { ready, signal, folder }: Started): Promise<() => Promise<void>> {
  await whenReady(child, ready);
  return async () => {
    await end(child, signal);
    rmSync(folder, { recursive: true, force: true });
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
