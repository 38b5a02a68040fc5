/**
 * Runs simulations, and prints the first one that violates an invariant, shrunk, with its seed (docs/simulation.md).
 *
 *     npm run simulate -- --seeds COUNT [--from SEED]    COUNT simulations (default 2,000)
 *     npm run simulate -- --seed SEED                    one simulation, with its trace
 *     npm run simulate -- --floods                       what one owner may do to the alarms of others, a line of JSON each
 *     npm run simulate -- --limits                       where each limit of the table is met, a line of JSON each
 *     npm run simulate -- … --mutant NAME                with the engine broken in a named way
 *     npm run simulate -- --mutants [--floods]           every mutant in turn, with a line of JSON each; --record keeps
 *                                                        what catches each, so that the next run finds it without a search;
 *                                                        --every COUNT tries the first of each COUNT
 */
import { parseArgs } from 'node:util';
import type { FloodVerdict } from './floods.ts';
import { noFaults, type Plan, plainJob } from './plan.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    mutant: { type: 'string' },
    floods: { type: 'boolean' },
    limits: { type: 'boolean' },
    mutants: { type: 'boolean' },
    every: { type: 'string' },
    record: { type: 'boolean' },
  },
});
if (values.mutants === true) {
  const { catchMutants } = await import('./catch-mutants.ts');
  const count = Number(values.seeds ?? 10_000);
  const every = Number(values.every ?? 1);
  await catchMutants({ count, every, isOfFloods: values.floods === true, isRecorded: values.record === true });
  process.exit(0);
}
const load = async <Module>(module: string): Promise<Module> =>
  values.mutant === undefined ? import(module) : (await import('./mutant-loader.ts')).importMutant(values.mutant, module);
const { planOf, runPlan, shrink } = await load<typeof import('./seeds.ts')>('./seeds.ts');

if (values.floods === true) {
  const { floods } = await load<typeof import('./floods.ts')>('./floods.ts');
  let failed = 0;
  for (const [name, run] of Object.entries(floods)) {
    const violations = await run();
    if (violations.length > 0) failed += 1;
    console.log(JSON.stringify({ name, violations } satisfies FloodVerdict));
  }
  console.log(`${Object.keys(floods).length} floods, ${failed === 0 ? 'no violation' : `${failed} failed`}`);
  process.exit(failed === 0 ? 0 : 1);
}

if (values.limits === true) {
  const { limits } = await import('./limits.ts');
  for (const [name, find] of Object.entries(limits)) console.log(JSON.stringify({ name, ...(await find()) }));
  process.exit(0);
}

const from = Number(values.seed ?? values.from ?? 1);
const count = values.seed === undefined ? Number(values.seeds ?? 2_000) : 1;
const startedMs = Date.now();
/** Every so often a seed is replayed: a replay that differs could not explain a failure. */
const replayInterval = 50;
for (let seed = from; seed < from + count; seed++) {
  const plan = planOf(seed);
  const { violations } = await runPlan(plan);
  const [violation] =
    violations.length === 0 && seed % replayInterval === 0 && !(await isReplayed(plan)) ? ['its replay has another trace'] : violations;
  if (violation === undefined) continue;
  console.log(`seed ${seed} violates an invariant: ${violation}`);
  // A mutant only has to be caught, unless its seed is asked for.
  if (values.mutant === undefined || values.seed !== undefined) await printTrace(seed);
  console.log(`${seed - from + 1} of ${count} simulations run, 1 failed`);
  process.exit(1);
}
if (values.seed !== undefined) await printTrace(from);
const ms = Date.now() - startedMs;
console.log(`${count} simulations run, no violation (${(ms / count).toFixed(1)} ms each)`);
process.exit(0);

async function isReplayed(plan: Plan): Promise<boolean> {
  const [first, second] = [await runPlan(plan, { isTraced: true }), await runPlan(plan, { isTraced: true })];
  return first.trace.join('\n') === second.trace.join('\n');
}

async function printTrace(seed: number): Promise<void> {
  const plan = values.seed === undefined ? await shrink(seed) : planOf(seed);
  const { violations, trace } = await runPlan(plan, { isTraced: true });
  console.log(JSON.stringify(withoutDefaults(plan), null, 1));
  console.log(trace.join('\n'));
  for (const violation of violations) console.log(`VIOLATION ${violation}`);
  console.log(`Repeat with: npm run simulate -- --seed ${seed}`);
}

/** @returns the plan without the members that are those of `plainJob` and `noFaults` */
function withoutDefaults({ randomSeed, jobs, faults }: Plan): object {
  return { randomSeed, jobs: jobs.map((job) => differences(job, plainJob)), faults: differences(faults, noFaults) };
}

function differences<T extends object>(values: T, defaults: T): object {
  const isDefault = (name: string, value: unknown) => JSON.stringify(value) === JSON.stringify(defaults[name as keyof T]);
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => !isDefault(name, value)));
}
