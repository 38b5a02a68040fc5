/** Points in time as callers and workers write them. */

const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/;

/** @param text ISO-8601 with date, time and offset, e.g. `2026-12-01T06:00:00Z` @returns epoch milliseconds, or what is wrong with it */
export function parseInstant(text: unknown): { readonly ms: number } | { readonly fault: string } {
  const match = typeof text === 'string' ? pattern.exec(text) : null;
  if (match === null) return { fault: 'must be an ISO-8601 time such as 2026-12-01T06:00:00Z' };
  if (match[1] === undefined) return { fault: 'must have an offset, such as Z or +01:00' };
  const ms = Date.parse(String(text));
  // Date.parse takes 30 February for 2 March.
  const day = String(text).slice(0, 10);
  if (Number.isNaN(ms) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day) return { fault: 'is not a time that exists' };
  return { ms };
}
