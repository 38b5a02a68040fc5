/** `npm run simulate` in a process of its own, since a mutant is for good. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export function simulate(...args: readonly string[]): Promise<Ended> {
  const node = join(__dirname, '..', '..', 'node_modules', '.bin', 'node');
  const child = spawn(node, [join(__dirname, 'simulate.ts'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
