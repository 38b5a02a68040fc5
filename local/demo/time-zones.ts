/** Real data that every Node holds: the offsets from UTC of all time zones, on each day of a year. */

export interface Offset {
  readonly zone: string;
  /** ISO-8601 date. */
  readonly day: string;
  readonly hours: number;
}

const dayMs = 86_400_000;

/** Offsets at noon UTC. @param everyDays 1 for each day of the year */
export function offsetsOf(year: number, everyDays: number): readonly Offset[] {
  const startMs = Date.UTC(year, 0, 1, 12);
  const days = Math.round((Date.UTC(year + 1, 0, 1, 12) - startMs) / dayMs);
  const moments = Array.from({ length: Math.ceil(days / everyDays) }, (_, i) => new Date(startMs + i * everyDays * dayMs));
  return Intl.supportedValuesOf('timeZone').flatMap((zone) => {
    const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    return moments.map((moment) => ({ zone, day: moment.toISOString().slice(0, 10), hours: hoursOf(format.format(moment)) }));
  });
}

/** Reads the offset in "1/1/2026, GMT+05:45"; UTC itself is written "GMT". */
function hoursOf(text: string): number {
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  const size = Number(hours ?? 0) + Number(minutes ?? 0) / 60;
  return sign === '-' ? -size : size;
}
