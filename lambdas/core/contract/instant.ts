/** Points in time as callers and workers write them: ISO-8601 with an offset, since a guessed time zone starts a job at the wrong hour. */
import * as z from 'zod';
import { truncate } from '../../text/truncate.ts';

const instant = z.iso.datetime({ offset: true });
const day = z.iso.date();
const example = '2026-12-01T06:00:00Z';

/**
 * @param text ISO-8601 with date, time and offset, e.g. `2026-12-01T06:00:00Z`
 * @returns epoch milliseconds, or what is wrong with it and what to write instead
 */
export function parseInstant(text: unknown): { readonly ms: number } | { readonly fault: string } {
  if (typeof text !== 'string') return { fault: `must be an ISO-8601 time as text, such as "${example}"` };
  if (instant.safeParse(text).success) return inRange(Date.parse(text));
  if (isDay(text)) return { fault: `must have a time: write ${text}T00:00:00Z for the beginning of that day in UTC` };
  // A `+` in a query string that is not encoded arrives as a space.
  if (/\d \d\d:\d\d$/.test(text) && instant.safeParse(text.replace(' ', '+')).success)
    return { fault: 'must have no space before its offset: in a query string, write + as %2B' };
  if (/^\d{4}-\d\d-\d\d[T ]\d\d[\d:.,]*$/i.test(text))
    return { fault: `must have an offset, such as Z or +01:00: write it like ${example}` };
  return { fault: `must be an ISO-8601 time that exists, with seconds and an offset, such as ${example} or 2026-12-01T07:00:00+01:00` };
}

/** With its offset, a time may be in another year than it says, and one that has no four digits cannot be written in the same form again. */
function inRange(ms: number): ReturnType<typeof parseInstant> {
  return /^\d{4}-/.test(new Date(ms).toISOString()) ? { ms } : { fault: 'must be in the years 0000 to 9999 of UTC' };
}

/** @returns whether the text is a day that exists, such as `2026-12-01` */
export function isDay(text: string): boolean {
  return day.safeParse(text).success;
}

/** @returns why a value is not an instant, and the value; undefined if it is one */
export function instantProblem(text: unknown): string | undefined {
  const parsed = parseInstant(text);
  return 'ms' in parsed ? undefined : `${parsed.fault} (was ${typeof text === 'string' ? `"${truncate(text, 50)}"` : typeof text})`;
}

/** A zod schema of instants, whose issues say what is wrong and what to write. */
export const instantText = z
  .string({ error: ({ input }) => instantProblem(input) })
  .refine((text) => instantProblem(text) === undefined, { error: ({ input }) => instantProblem(input) })
  .meta({ format: 'date-time' });
