/**
 * Cursors: where the next run continues in a partition that a run could not finish. They only save work; a run without them starts at the head.
 * The search for missed deadlines has cursors of its own in the same partitions.
 */
import { canonicalJson } from '../../text/exact-json.ts';
import type { ClockRun } from './clock-run.ts';

/** @returns the name of the cursor of the search for missed deadlines in a partition */
export function searchCursor(partition: string): string {
  return `late in ${partition}`;
}

/** Writes the cursors if they changed, so that an idle clock writes nothing. A failed write is logged: the next run starts where this one did. */
export async function saveCursors({ deps: { control, log }, controlAtStart, cursors }: ClockRun): Promise<void> {
  const current = Object.fromEntries(cursors);
  if (controlAtStart === undefined || canonicalJson(current) === canonicalJson(controlAtStart.cursors)) return;
  try {
    await control.writeCursors(current);
  } catch (error) {
    log.warn('The cursors of the clock could not be written; its next run starts where this one did.', { error: String(error) });
  }
}
