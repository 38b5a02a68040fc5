/** The header `Prefer`. @see https://www.rfc-editor.org/rfc/rfc7240 */
import type { ApiContext } from '../api-context.ts';

export interface Preferences {
  /** How long the caller would wait for the end of the job, in whole seconds, at most `maxWaitSeconds`; undefined where it did not say. */
  readonly waitSeconds: number | undefined;
  readonly respondAsync: boolean;
}

/** API Gateway gives up after 30 seconds, and the function after 29: this leaves time for the work around the wait. */
export const maxWaitSeconds = 20;

const token = /^[!#$%&'*+.^_`|~\w-]+$/;
const quotedString = /^"((?:[^"\\]|\\.)*)"$/;

/** Reads a header that may hold anything: unknown or malformed preferences are ignored, and of two with one name the first counts. */
export function parsePrefer(header: string | undefined): Preferences {
  const given = new Map<string, string>();
  for (const preference of splitUnquoted(header ?? '', ',')) {
    // Parameters after the preference are ignored.
    const [text = ''] = splitUnquoted(preference, ';');
    const [name = '', ...rest] = text.split('=');
    const key = name.trim().toLowerCase();
    const value = readValue(rest.join('=').trim());
    if (token.test(key) && value !== undefined && !given.has(key)) given.set(key, value);
  }
  const wait = given.get('wait');
  return {
    waitSeconds: wait !== undefined && /^\d+$/.test(wait) ? Math.min(Number(wait), maxWaitSeconds) : undefined,
    respondAsync: given.has('respond-async'),
  };
}

/** @returns the value of a preference, which may be empty; undefined if it is malformed */
function readValue(text: string): string | undefined {
  return text === '' || token.test(text) ? text : quotedString.exec(text)?.[1];
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

/** Splits a text at a separator outside of quoted strings, in one pass: a header may be long, and its quotes need not match. */
function splitUnquoted(text: string, separator: ',' | ';'): readonly string[] {
  const parts: string[] = [];
  let [start, isQuoted] = [0, false];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') isQuoted = !isQuoted;
    else if (isQuoted && text[i] === '\\') i++;
    else if (!isQuoted && text[i] === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}
