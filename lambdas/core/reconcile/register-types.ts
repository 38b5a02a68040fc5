/** Keeps the list of known job types, and finds those that are no longer deployed: the clock ends their jobs. Announces more partitions, where a setting wants them. */
import { findContract } from '../contract/contract.ts';
import { fewestPartitions, growPartitions } from '../job/index-partitions.ts';
import type { ClockRun } from './clock-run.ts';

export interface RegisteredTypes {
  /** Types that may have jobs left and have no code. None is ever forgotten, since an API of the time before a deploy may still accept one. */
  readonly removed: readonly string[];
  /** Whether the list is up to date; if not, the next run tries again. */
  readonly isWritten: boolean;
}

/** Adds the deployed types to the known ones. A removed type is set to active, its state if it is deployed again one day. */
export async function registerTypes({ deps, controlAtStart }: ClockRun): Promise<RegisteredTypes> {
  if (controlAtStart === undefined) return { removed: [], isWritten: true };
  const { catalogue, control, log, runtime, indexPartitions = fewestPartitions } = deps;
  const types = { ...controlAtStart.types };
  for (const { name } of catalogue) types[name] ??= 'active';
  const removed = Object.keys(types).filter((type) => findContract(catalogue, type) === undefined);
  for (const type of removed) types[type] = 'active';
  const partitions = growPartitions(controlAtStart.partitions, indexPartitions, runtime.nowMs());
  const isChanged =
    partitions !== controlAtStart.partitions || Object.entries(types).some(([type, state]) => controlAtStart.types[type] !== state);
  try {
    if (isChanged) await control.write({ ...controlAtStart, types, partitions });
    return { removed, isWritten: true };
  } catch (error) {
    log.warn('The deployed job types and partitions could not be written; the next run tries again.', { error: String(error) });
    return { removed, isWritten: false };
  }
}
