/** Time zones, as the runtime's own IANA data has them. */

/** @returns the offset of a zone from UTC at an instant, in milliseconds: positive east of Greenwich */
export type OffsetAt = (atMs: number) => number;

/** @returns whether the text is the name of an IANA zone, such as `Europe/Berlin`; an offset such as `+01:00` is none, since it has no rules */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z][\w+/-]{0,63}$/.test(text)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** @throws RangeError for a zone that does not exist */
export function offsetsOf(timeZone: string): OffsetAt {
  if (timeZone === 'UTC') return () => 0;
  const part = '2-digit' as const;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: part, day: part, hour: part, minute: part, second: part },
  });
  return (atMs) => {
    const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
  };
}
