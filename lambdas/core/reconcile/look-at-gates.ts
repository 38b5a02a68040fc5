/** Looks at the gates of concurrency keys that are due, one gate of each owner in turn. */
import { findContract, type JobTypeContract } from '../contract/contract.ts';
import { gatePartition } from '../gate/gate-store.ts';
import { lookAtGate } from '../gate/look-at-gate.ts';
import { processEach } from './process-batch.ts';
import type { Sweep, Turns } from './sweep.ts';
import { handleDue } from './wake-due.ts';

/** @returns whether there may be gates; without this sweep the clock has one query less. @param removed types that are no longer deployed */
export function mayHaveGates(catalogue: readonly JobTypeContract[], removed: readonly string[]): boolean {
  return removed.length > 0 || catalogue.some(({ keys }) => keys !== undefined);
}

export async function* lookAtGates(sweep: Sweep, { surveyMs }: { readonly surveyMs: number }): Turns {
  const { startedAtMs, deps } = sweep.run;
  const placesOf = (type: string) => findContract(deps.catalogue, type)?.keys?.limit;
  yield* handleDue(sweep, {
    partitions: [gatePartition],
    untilMs: startedAtMs,
    surveyMs,
    read: deps.gates.due,
    process: (entries) => processEach(sweep, entries, ({ id }) => lookAtGate(id, placesOf, deps)),
  });
}
