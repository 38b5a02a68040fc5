/** The header `traceparent`, by which a caller's trace goes on in the job. @see https://www.w3.org/TR/trace-context-1/#traceparent-header */
import type { ApiContext } from '../api-context.ts';

/** The form of the header. What a later version appends is left out. */
const form = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** @returns the trace in the form of version 00; undefined for a header that is missing or not valid, which the standard says to ignore */
export function parseTraceparent(header: string | undefined): string | undefined {
  const [, version, traceId, parentId, flags, rest] = form.exec(header?.trim() ?? '') ?? [];
  if (version === undefined || (version === '00' && rest !== undefined)) return undefined;
  return `00-${traceId}-${parentId}-${flags}`;
}

/** @returns the member of a submission for the trace of a request */
export function traceOf(c: ApiContext): { readonly traceparent?: string } {
  const traceparent = parseTraceparent(c.req.header('traceparent'));
  return traceparent === undefined ? {} : { traceparent };
}
