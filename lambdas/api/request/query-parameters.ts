/** The query string of a request. */
import type { ApiContext } from '../api-context.ts';
import { ProblemError } from '../problem.ts';

/** @returns every value of each parameter. They are from the URL, since Hono leaves out a parameter whose name is empty. */
export function allParameters(c: ApiContext): Readonly<Record<string, readonly string[]>> {
  const { searchParams } = new URL(c.req.url);
  return Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]));
}

/** @throws ProblemError for a parameter that is empty, or given twice: which value counts would be a guess */
export function queryParameters(c: ApiContext): Readonly<Record<string, string>> {
  const given = Object.entries(allParameters(c));
  for (const [name, values] of given) {
    if (values.length > 1) throw new ProblemError('invalid-parameter', { detail: `${name} is given ${values.length} times.` });
    if (values[0] === '') throw new ProblemError('invalid-parameter', { detail: `${name} is empty. Give it a value, or leave it out.` });
  }
  return Object.fromEntries(given.map(([name, [value = '']]) => [name, value]));
}
