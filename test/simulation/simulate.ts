/**
 * `npm run simulate`: runs histories and prints the first that breaks a promise, shrunk, with its seed.
 *   --seed N             one history, told line by line
 *   --seeds COUNT        so many, from --from (default 1)
 *   --floods             what one owner may do to the alarms of others
 *   --mutant NAME        with the engine broken in a named way
 */
import { parseArgs } from 'node:util';
import { mutate } from './mutants.ts';
import type { Plan } from './plan.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    mutant: { type: 'string' },
    floods: { type: 'boolean' },
  },
});
if (values.mutant !== undefined) mutate(values.mutant);
// Imported only now, so that a mutant is in place before the engine is loaded.
const { planOf, runPlan, shrink } = await import('./seeds.ts');

if (values.floods === true) {
  const { floods } = await import('./floods.ts');
  for (const [name, run] of Object.entries(floods)) {
    const [breach] = await run();
    if (breach === undefined) continue;
    console.log(`flood: "${name}" breaks a promise: ${breach}`);
    process.exit(1);
  }
  console.log(`${Object.keys(floods).length} floods, none broke a promise`);
  process.exit(0);
}

const from = Number(values.seed ?? values.from ?? 1);
const count = values.seed === undefined ? Number(values.seeds ?? 2_000) : 1;
const startedMs = Date.now();
/** A replay that differs would tell another story than the one that failed. */
const everyTwice = 50;
for (let seed = from; seed < from + count; seed++) {
  const plan = planOf(seed);
  const { breaches } = await runPlan(plan);
  const [breach] =
    breaches.length === 0 && seed % everyTwice === 0 && !(await isSameAgain(plan))
      ? ['it runs in another way when it runs again']
      : breaches;
  if (breach === undefined) continue;
  console.log(`seed ${seed} breaks a promise: ${breach}`);
  // A mutant has only to be caught.
  if (values.mutant === undefined) await tellStory(seed);
  console.log(`${seed - from + 1} of ${count} histories run, 1 failed`);
  process.exit(1);
}
if (values.seed !== undefined) await tellStory(from);
const ms = Date.now() - startedMs;
console.log(`${count} histories run, none broke a promise (${(ms / count).toFixed(1)} ms each)`);
process.exit(0);

async function isSameAgain(plan: Plan): Promise<boolean> {
  const [once, again] = [await runPlan(plan, { isTold: true }), await runPlan(plan, { isTold: true })];
  return once.lines.join('\n') === again.lines.join('\n');
}

async function tellStory(seed: number): Promise<void> {
  const plan = values.seed === undefined ? await shrink(seed) : planOf(seed);
  const { breaches, lines } = await runPlan(plan, { isTold: true });
  console.log(JSON.stringify(plan, null, 1));
  console.log(lines.join('\n'));
  for (const breach of breaches) console.log(`BREACH ${breach}`);
  console.log(`Again: npm run simulate -- --seed ${seed}`);
}
