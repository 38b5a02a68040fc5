/** Offsets of local times from UTC. */
import { ReportError } from '../report-error.ts';

/** Zones change their offset at multiples of a quarter of an hour. */
const quarterMs = 900_000;
const maxCached = 10_000;

/**
 * Prepares to look up the offset of a zone.
 * @param timezone IANA name, such as `Europe/Berlin`
 * @returns the offset in ms of a local time, which is given as if it were UTC; of a repeated hour the offset before the change
 * @throws ReportError when the zone is not known
 */
export function localOffsets(timezone: string): (localMs: number) => number {
  const offsetAt = zoneOffsets(timezone);
  const cache = new Map<number, number>();
  return (localMs) => {
    const quarter = Math.floor(localMs / quarterMs);
    const known = cache.get(quarter);
    if (known !== undefined) return known;
    if (cache.size >= maxCached) cache.clear();
    const offset = offsetOfLocal(quarter * quarterMs, offsetAt);
    cache.set(quarter, offset);
    return offset;
  };
}

/** The offset that was valid a day earlier counts, when it still fits: of two possible times the first. */
function offsetOfLocal(localMs: number, offsetAt: (utcMs: number) => number): number {
  const before = offsetAt(localMs - 86_400_000);
  if (offsetAt(localMs - before) === before) return before;
  const after = offsetAt(localMs + 86_400_000);
  return offsetAt(localMs - after) === after ? after : before;
}

function zoneOffsets(timezone: string): (utcMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new ReportError(`--timezone must be an IANA zone, such as Europe/Berlin (was ${timezone}).`, { cause });
  }
  return (utcMs) => {
    const parts = Object.fromEntries(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1_000) * 1_000;
  };
}
