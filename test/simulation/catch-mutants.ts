/**
 * Shows that the simulations, or the floods, catch every mutant. One simulation that violates an invariant is enough, so the one that
 * caught a mutant last is tried before the others.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstOfEach } from '../support/size.ts';
import { clockMutants } from './clock-mutants.ts';
import { importMutant } from './mutant-loader.ts';
import { mutants } from './mutants.ts';
import * as unbroken from './seeds.ts';

/** The seed of a simulation, or the name of a flood. */
type Witness = number | string;

/**
 * What catches each mutant. It is only a hint: where it no longer holds, what catches other mutants is tried next, since much happens there, and then all
 * others in order. `--record` replaces it.
 */
const witnessFile = join(import.meta.dirname, 'witnesses.json');

export interface Verdict {
  readonly name: string;
  readonly witness?: Witness;
  /** The invariant that the mutant violated; undefined: it was not caught. */
  readonly violation?: string;
  /** The invariant that the engine without a mutant violated in the same simulation. */
  readonly unbroken?: string;
}

export interface CatchOptions {
  /** Simulations that may catch a mutant, by seed from 1. */
  readonly count: number;
  /** The first of this many mutants is tried, and the others are left out. */
  readonly every: number;
  readonly isOfFloods: boolean;
  readonly isRecorded: boolean;
}

/** Prints a verdict a line. */
export async function catchMutants({ count, every, isOfFloods, isRecorded }: CatchOptions): Promise<void> {
  const known = JSON.parse(readFileSync(witnessFile, 'utf8')) as Record<string, Witness>;
  const others = [...new Set(Object.values(known))];
  const found: Record<string, Witness> = {};
  const ofFloods = Object.keys(clockMutants);
  const tried = new Set(firstOfEach(every, isOfFloods ? ofFloods : Object.keys(mutants)));
  for (const name of [...Object.keys(mutants), ...ofFloods]) {
    const hint = known[name];
    const hints = hint === undefined ? others : [hint, ...others];
    if (!tried.has(name)) {
      if (hint !== undefined) found[name] = hint;
      continue;
    }
    const verdict = isOfFloods ? await catchByFloods(name, hints) : await catchBySimulations(name, hints, count);
    console.log(JSON.stringify(verdict));
    if (verdict.witness !== undefined) found[name] = verdict.witness;
    await settled();
  }
  if (isRecorded) writeFileSync(witnessFile, `${JSON.stringify(found, null, 2)}\n`);
}

async function catchBySimulations(name: string, hints: readonly Witness[], count: number): Promise<Verdict> {
  const { planOf, runPlan } = await importMutant<typeof import('./seeds.ts')>(name, './seeds.ts');
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  for (const seed of hintedFirst(seeds, hints)) {
    const [violation] = (await runPlan(planOf(seed))).violations;
    if (violation === undefined) continue;
    // A simulation that fails without the mutant as well shows nothing about it.
    const [other] = (await unbroken.runPlan(unbroken.planOf(seed))).violations;
    return other === undefined ? { name, witness: seed, violation } : { name, unbroken: other };
  }
  return { name };
}

async function catchByFloods(name: string, hints: readonly Witness[]): Promise<Verdict> {
  const { floods } = await importMutant<typeof import('./floods.ts')>(name, './floods.ts');
  for (const flood of hintedFirst(Object.keys(floods), hints)) {
    const [violation] = (await floods[flood]?.()) ?? [];
    if (violation !== undefined) return { name, witness: flood, violation };
  }
  return { name };
}

/** A hint that is not among them is ignored: only what the suite itself runs may catch a mutant. */
function hintedFirst<T extends Witness>(all: readonly T[], hints: readonly Witness[]): readonly T[] {
  const known = new Set<Witness>(all);
  return [...new Set([...hints.filter((hint): hint is T => known.has(hint)), ...all])];
}

/** A promise that a broken engine left behind is rejected here, and not in the simulations of the next mutant. */
async function settled(): Promise<void> {
  const ignore = () => undefined;
  process.on('unhandledRejection', ignore);
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
  process.off('unhandledRejection', ignore);
}
