/** Conditional requests: an answer whose body is known already is not sent again. @see https://www.rfc-editor.org/rfc/rfc9110#section-13 */
import { sha256Hex } from '../../core/job/ids.ts';
import type { ApiContext } from '../api-context.ts';

/** @returns a strong tag: it is another one exactly when the body is */
export function entityTag(json: string): string {
  return `"${sha256Hex(json).slice(0, 32)}"`;
}

/** @returns whether the header `If-None-Match` names the tag; the comparison is weak, as the RFC says */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return (ifNoneMatch.match(/(?:W\/)?"[^"]*"/g) ?? []).some((known) => known.replace(/^W\//, '') === tag);
}

/**
 * Answers 200 with the value and its `ETag`, or 304 where the caller has it.
 * @param maxAgeMs how long the caller may use it without asking again. By default it asks each time whether it is still true
 */
export function answerTagged(c: ApiContext, value: unknown, maxAgeMs = 0): Response {
  const json = JSON.stringify(value);
  const tag = entityTag(json);
  c.header('etag', tag);
  c.header('cache-control', maxAgeMs === 0 ? 'private, no-cache' : `private, max-age=${maxAgeMs / 1000}`);
  if (isKnown(c.req.header('if-none-match'), tag)) return c.body(null, 304);
  return c.body(json, 200, { 'content-type': 'application/json' });
}
