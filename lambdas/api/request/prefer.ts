/** The header `Prefer`. @see https://www.rfc-editor.org/rfc/rfc7240 */
import type { ApiContext } from '../api-context.ts';

export interface Preferences {
  /** How long the caller would wait for the end of the job, in whole seconds, at most `maxWaitSeconds`; undefined where it did not say. */
  readonly waitSeconds: number | undefined;
  readonly respondAsync: boolean;
}

/** API Gateway gives up after 30 seconds, and the function after 29: this leaves time for the work around the wait. */
export const maxWaitSeconds = 20;

/** A preference with its value; parameters after it are ignored. */
const preference = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w-]*)))?\s*(?:;.*)?$/;

/** Reads a header that may hold anything: unknown or malformed preferences are ignored, and of two with one name the first counts. */
export function parsePrefer(header: string | undefined): Preferences {
  const given = new Map<string, string>();
  for (const part of splitOutsideQuotes(header ?? '')) {
    const [, name = '', quoted, token = ''] = preference.exec(part) ?? [];
    const key = name.toLowerCase();
    if (key !== '' && !given.has(key)) given.set(key, quoted ?? token);
  }
  const wait = given.get('wait');
  return {
    waitSeconds: wait !== undefined && /^\d{1,9}$/.test(wait) ? Math.min(Number(wait), maxWaitSeconds) : undefined,
    respondAsync: given.has('respond-async'),
  };
}

/** Reads what a caller prefers, and says in the answer what is applied and that the answer depends on it. */
export function readPreferences(c: ApiContext, known: readonly (keyof typeof names)[] = ['waitSeconds']): Preferences {
  const preferences = parsePrefer(c.req.header('prefer'));
  c.header('vary', 'Prefer');
  const applied = known.flatMap((name) => names[name](preferences));
  if (applied.length > 0) c.header('preference-applied', applied.join(', '));
  return preferences;
}

const names = {
  respondAsync: ({ respondAsync }: Preferences) => (respondAsync ? ['respond-async'] : []),
  waitSeconds: ({ waitSeconds }: Preferences) => (waitSeconds === undefined ? [] : [`wait=${waitSeconds}`]),
};

function splitOutsideQuotes(text: string): readonly string[] {
  return text.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g) ?? [];
}
