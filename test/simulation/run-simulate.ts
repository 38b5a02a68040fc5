/** Runs `npm run simulate` in its own process: Jest's modules cannot be mutated, and run slower. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Verdict } from './catch-mutants.ts';
import type { FloodVerdict } from './floods.ts';
import type { LimitFound } from './limits.ts';

export interface SimulateResult {
  readonly code: number | null;
  readonly output: string;
}

export async function simulate(...args: readonly string[]): Promise<SimulateResult> {
  let output = '';
  const code = await start(args, (line) => (output += `${line}\n`));
  return { code, output };
}

/** Starts on all mutants. @returns the verdict on one, as soon as it is known */
export function simulateMutants(...args: readonly string[]): (name: string) => Promise<Verdict> {
  return startVerdicts<Verdict>(['--mutants', ...args]);
}

/** Starts on all floods. @returns the verdict on one, as soon as it is known */
export function simulateFloods(): (name: string) => Promise<FloodVerdict> {
  return startVerdicts<FloodVerdict>(['--floods']);
}

/** Starts on all limits. @returns what was found of one, as soon as it is known */
export function simulateLimits(): (name: string) => Promise<LimitFound> {
  return startVerdicts<LimitFound & { readonly name: string }>(['--limits']);
}

function startVerdicts<V extends { readonly name: string }>(args: readonly string[]): (name: string) => Promise<V> {
  const verdicts = new Map<string, V>();
  const waiting = new Map<string, (verdict: V) => void>();
  const others: string[] = [];
  const ended = start(args, (line) => {
    if (!line.startsWith('{')) return void others.push(line);
    const verdict = JSON.parse(line) as V;
    verdicts.set(verdict.name, verdict);
    waiting.get(verdict.name)?.(verdict);
  });
  return async (name) => {
    const known = verdicts.get(name);
    if (known !== undefined) return known;
    const verdict = new Promise<V>((resolve) => waiting.set(name, resolve));
    const none = ended.then((code) => {
      throw new Error(`The simulation ended with ${code} and without a verdict on "${name}":\n${others.join('\n')}`);
    });
    return Promise.race([verdict, none]);
  };
}

/** Each mutant is a copy of the engine that stays loaded, some 20 MB. @returns its exit code */
function start(args: readonly string[], onLine: (line: string) => void): Promise<number | null> {
  const node = join(__dirname, '..', '..', 'node_modules', '.bin', 'node');
  const child = spawn(
    node,
    ['--disable-warning=ExperimentalWarning', '--max-old-space-size=12288', join(__dirname, 'simulate.ts'), ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine);
  return new Promise((resolve) => child.on('close', resolve));
}
