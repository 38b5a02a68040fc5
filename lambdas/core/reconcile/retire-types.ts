/** Finds job types that are no longer deployed, whose jobs the clock ends. */
import { findContract } from '../contract/contract.ts';
import type { ClockRun } from './clock-run.ts';

export interface RegisteredTypes {
  /** Types that may have jobs left and have no code. None is ever forgotten, since an API of the time before a deploy may still accept one. */
  readonly removed: readonly string[];
  /** Writes that failed: 0 or 1. */
  readonly failed: number;
}

/** Adds the deployed types to the known ones. A removed type is set to active, its state if it is deployed again one day. */
export async function registerTypes({ deps, control: read }: ClockRun): Promise<RegisteredTypes> {
  if (read === undefined) return { removed: [], failed: 0 };
  const { catalogue, control, log } = deps;
  const types = { ...read.types };
  for (const { name } of catalogue) types[name] ??= 'active';
  const removed = Object.keys(types).filter((type) => findContract(catalogue, type) === undefined);
  for (const type of removed) types[type] = 'active';
  const isChanged = Object.entries(types).some(([type, state]) => read.types[type] !== state);
  try {
    if (isChanged) await control.write({ types, revision: read.revision });
    return { removed, failed: 0 };
  } catch (error) {
    log.warn('The deployed job types could not be written; the next run tries again.', { error: String(error) });
    return { removed, failed: 1 };
  }
}
