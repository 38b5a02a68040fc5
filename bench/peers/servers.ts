/** Redis on this machine, with a data folder of its own, on a free port of the loopback. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisServer, serverEnvironment } from './install-peers.ts';

export interface PeerServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Redis as BullMQ recommends it: an append-only file that is written to disk every second. */
export async function startRedis(): Promise<PeerServer> {
  const [folder, port] = [mkdtempSync(join(tmpdir(), 'delegation-bench-')), await freePort()];
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'everysec'];
  const child = spawn(redisServer, [...options, '--save', '', '--maxmemory-policy', 'noeviction'], {
    env: serverEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // It would outlive a bench that is ended.
  process.once('exit', () => child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Redis ended with ${code}.`)));
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) resolve();
    });
  });
  return {
    port,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
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
