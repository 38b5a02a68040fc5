/** The header by which a receiver says when to try again. */

/** Longer waits are cut to this, the longest of the schedule, so that no receiver can keep a delivery open for years. */
export const maxRetryAfterMs = 24 * 3_600_000;

/** The form that HTTP sends today, and the two that a recipient must still read. */
const imfDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const rfc850Date = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const asctimeDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Reads `Retry-After`: seconds or a date.
 * @returns milliseconds from `now`, from 0 to `maxRetryAfterMs`, or nothing if the header is missing or has another form
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 and https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : dateMs(text) - now.getTime();
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), maxRetryAfterMs);
}

/** Milliseconds since 1970, or `NaN`. */
function dateMs(text: string): number {
  if (asctimeDate.test(text)) return Date.parse(`${text} GMT`);
  return imfDate.test(text) || rfc850Date.test(text) ? Date.parse(text) : Number.NaN;
}
