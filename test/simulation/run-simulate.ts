/** Runs `npm run simulate` in its own process, since a mutant cannot be removed from one. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface SimulateResult {
  readonly code: number | null;
  readonly output: string;
}

export function simulate(...args: readonly string[]): Promise<SimulateResult> {
  const node = join(__dirname, '..', '..', 'node_modules', '.bin', 'node');
  const child = spawn(node, [join(__dirname, 'simulate.ts'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
