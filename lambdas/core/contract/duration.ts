import { truncate } from '../../text/truncate.ts';

/** A length of time, the sum of its members. Every number has its unit: `{ seconds: 5 }`, `{ hours: 1, minutes: 30 }`. */
export interface Duration {
  readonly seconds?: number;
  readonly minutes?: number;
  readonly hours?: number;
  readonly days?: number;
}

const units = ['seconds', 'minutes', 'hours', 'days'];

/** @returns whole milliseconds, never negative */
export function durationMs({ seconds = 0, minutes = 0, hours = 0, days = 0 }: Duration): number {
  return Math.max(0, Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000));
}

/** @returns what is wrong with a value that should be a duration, e.g. `must have seconds of 0 or more (was -1)`; undefined if nothing is */
export function durationProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return `must be an object such as { seconds: 5 } (was ${show(value)})`;
  const entries = Object.entries(value).filter(([, amount]) => amount !== undefined);
  const unknown = entries.find(([unit]) => !units.includes(unit));
  if (unknown !== undefined) return `must have the units ${units.join(', ')} only (was ${show(unknown[0])})`;
  if (entries.length === 0) return `must have one of the units ${units.join(', ')}`;
  const wrong = entries.find(([, amount]) => typeof amount !== 'number' || !Number.isFinite(amount) || amount < 0);
  return wrong === undefined ? undefined : `must have ${wrong[0]} of 0 or more (was ${show(wrong[1])})`;
}

/** @returns whether a value is a duration */
export function isDuration(value: unknown): value is Duration {
  return durationProblem(value) === undefined;
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(truncate(value, 40)) : typeof value === 'number' ? String(value) : typeof value;
}
