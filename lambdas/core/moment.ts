/** Moments as callers write them: ISO-8601 with an offset, since a guessed time zone is a job at the wrong hour. */
import * as z from 'zod';
import { shorten } from './shorten.ts';

const moment = z.iso.datetime({ offset: true });
const day = z.iso.date();
const example = '2026-12-01T06:00:00Z';

/** @returns why a text is no moment, and what to write instead; undefined for one that is */
export function momentFault(text: string): string | undefined {
  if (moment.safeParse(text).success) return undefined;
  const was = `(was "${shorten(text, 50)}")`;
  if (isDay(text)) return `is a day without a time: write ${text}T00:00:00Z for its beginning in UTC ${was}`;
  // A query string spells a space so.
  if (/\d \d\d:\d\d$/.test(text) && momentFault(text.replace(' ', '+')) === undefined)
    return `has a space before its offset: in a query string, write + as %2B ${was}`;
  if (/^\d{4}-\d\d-\d\d[T ]\d\d[\d:.,]*$/i.test(text))
    return `has no offset from UTC: write it like ${example}, or with an offset such as +01:00 in place of Z ${was}`;
  return `must be a time in ISO-8601 with seconds and an offset, like ${example} or 2026-12-01T07:00:00+01:00, on a day that exists ${was}`;
}

/** @returns whether it is a day that exists, like `2026-12-01` */
export function isDay(text: string): boolean {
  return day.safeParse(text).success;
}

/** For schemas: a text that is a moment, or an issue that says why it is none. */
export const momentText = z
  .string(`must be a time as text, like "${example}"`)
  .refine((text) => momentFault(text) === undefined, { error: ({ input }) => momentFault(String(input)) });
