/** Values of JSON, as the client reads them: with numbers that may be a `bigint` or a text. */
import { ExactNumber } from '../../client/unrounded-json.ts';

/** @returns whether a value is a JSON object */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** @returns the nearest double to a number; undefined for everything else */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof ExactNumber ? Number(value) : undefined;
}
