/** The machine that proves the engine, and the proof that it can fail. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { mutants } from './mutants.ts';
import { planOf, runPlan } from './seeds.ts';

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** As `npm run simulate` does: each run a process of its own, since a mutant is for good. */
function simulate(...args: readonly string[]): Promise<Ended> {
  const node = join(__dirname, '..', '..', 'node_modules', '.bin', 'node');
  const child = spawn(node, [join(__dirname, 'simulate.ts'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

const seedsOfCi = '2000';

it('keeps every promise in 2,000 histories', async () => {
  const { code, output } = await simulate('--seeds', seedsOfCi);
  expect(output).toContain('2000 histories run, none broke a promise');
  expect(code).toBe(0);
}, 300_000);

it.each(Object.keys(mutants))(
  'catches an engine that is broken: %s',
  async (name) => {
    const { code, output } = await simulate('--mutant', name, '--seeds', seedsOfCi);
    expect(output).toMatch(/seed \d+ breaks a promise: \w+: /);
    expect(code).toBe(1);
  },
  300_000,
);

it('replays a seed exactly', async () => {
  for (const seed of [3, 17, 101, 102, 103]) {
    const [once, again] = [await runPlan(planOf(seed), { isTold: true }), await runPlan(planOf(seed), { isTold: true })];
    expect(once.lines.length).toBeGreaterThan(2);
    expect(again.lines).toEqual(once.lines);
  }
});
