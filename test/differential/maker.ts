/** The Python side as a process that makes cases while others are read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Case } from './case.ts';

export interface Wanted {
  readonly seed: string;
  /** Number of the first case. */
  readonly from: number;
  readonly count: number;
  /** One format alone; the numbers give other cases then. */
  readonly format?: string | undefined;
  /** The variants of one table, in place of generated cases. */
  readonly isPolluted?: boolean;
}

/** Yields the cases in the order of their numbers. @throws Error when the generator fails, which it does where Python's readers differ from it */
export async function* makeCases(folder: string, { seed, from, count, format, isPolluted }: Wanted): AsyncGenerator<Case> {
  const python = process.env['DIFFERENTIAL_PYTHON'] ?? 'python3';
  const options = [...(format === undefined ? [] : ['--format', format]), ...(isPolluted === true ? ['--polluted'] : [])];
  const wanted = ['--seed', seed, '--folder', folder, '--from', String(from), '--count', String(count), ...options];
  const maker = spawn(python, [join(import.meta.dirname, 'python', 'make.py'), ...wanted], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(maker, 'exit') as Promise<[number | null]>;
  for await (const line of createInterface({ input: maker.stdout })) yield JSON.parse(line) as Case;
  const [code] = await exit;
  if (code !== 0) throw new Error(`The generator ended with ${code}.`);
}
