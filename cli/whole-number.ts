/** Whole numbers, as options give them. */
import { UsageError } from './command.ts';

/** @throws UsageError for what is not a whole number within the bounds */
export function wholeNumber(given: string, option: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const number = Number(given);
  if (/^\d+$/.test(given) && number >= min && number <= max) return number;
  const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  throw new UsageError(`${option} must be a whole number ${bounds} (was "${given}").`);
}
