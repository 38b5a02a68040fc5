/** The body of a request by which a link is used: JSON from programs, a form from pages. */
import { ProblemError } from '../problem.ts';
import { type JsonRequest, readOptionalJsonBody, readTextBody } from './read-body.ts';

const formType = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/**
 * @returns a JSON value, or the fields of a form as an object of texts; null for a body without anything
 * @throws ProblemError those of `readJsonBody`, and `duplicate-member` for a field that is there twice
 */
export async function readLinkBody(request: JsonRequest): Promise<unknown> {
  if (!formType.test((request.header('content-type') ?? '').trim())) return readOptionalJsonBody(request, null);
  const fields = [...new URLSearchParams(await readTextBody(request))];
  const names = fields.map(([name]) => name);
  if (new Set(names).size < names.length) throw new ProblemError('duplicate-member', { detail: 'The form has a field twice.' });
  return fields.length === 0 ? null : Object.fromEntries(fields);
}
