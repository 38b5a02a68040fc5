/** A length of time with its unit in the name, so that no number stands alone: `{ seconds: 5 }`, `{ hours: 1, minutes: 30 }`. */
export interface Duration {
  readonly seconds?: number;
  readonly minutes?: number;
  readonly hours?: number;
  readonly days?: number;
}

/** @returns whole milliseconds, never negative */
export function durationMs({ seconds = 0, minutes = 0, hours = 0, days = 0 }: Duration): number {
  return Math.max(0, Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000));
}
