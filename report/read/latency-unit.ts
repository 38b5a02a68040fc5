/** Decides which unit a number without a name has, by all of its values in a sample. */
import { ReportError } from '../report-error.ts';
import type { ReadOptions } from './log-reader.ts';

type Unit = NonNullable<ReadOptions['latencyUnit']>;

const msPerUnit: Readonly<Record<Unit, number>> = { s: 1_000, ms: 1, us: 1e-3 };
const names: Readonly<Record<Unit, string>> = { s: 'seconds', ms: 'milliseconds', us: 'microseconds' };
/**
 * Decides the unit of the last number of a line. A median of 10,000 and more is microseconds: no service has a median of 10 s.
 * Anything else fits more than one unit: a wrong guess would be wrong by a thousand.
 * @param values of the sample, at least one
 * @param known  what the format says
 * @param chosen what the options say; it wins
 * @returns milliseconds of one unit, and what to say about it
 * @throws ReportError when the values fit more than one unit
 */
export function unitOf(
  values: readonly number[],
  known: Unit | undefined,
  chosen: Unit | undefined,
): { readonly msPerUnit: number; readonly note: string } {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const unit = chosen ?? known ?? (median >= 10_000 ? 'us' : undefined);
  if (unit === undefined) {
    throw new ReportError(
      `The last field of each line is a number without a unit (median ${median}, largest ${sorted.at(-1)}). If it is the time of the request, say its unit: --latency-unit s, ms or us.`,
    );
  }
  return { msPerUnit: msPerUnit[unit], note: `The last field is read as ${names[unit]} (median ${median}).` };
}
