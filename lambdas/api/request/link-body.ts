/** The body of a request by which a link is used: JSON from programs, a form from pages. */
import type * as z from 'zod';
import { ProblemError } from '../problem.ts';
import { linkFieldsOf, payloadOfForm } from '../resources/link-fields.ts';
import { type JsonRequest, readOptionalJsonBody, readTextBody } from './read-body.ts';

const formType = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/**
 * @param schema of the payload, by which the texts of a form become numbers and flags
 * @returns a JSON value, or the fields of a form as an object; null for a body without anything
 * @throws ProblemError those of `readJsonBody`, and `duplicate-member` for a field that is there twice
 */
export async function readLinkBody(request: JsonRequest, schema: z.ZodType): Promise<unknown> {
  if (!formType.test((request.header('content-type') ?? '').trim())) return readOptionalJsonBody(request, null);
  const fields = [...new URLSearchParams(await readTextBody(request))];
  const names = fields.map(([name]) => name);
  if (new Set(names).size < names.length) throw new ProblemError('duplicate-member', { detail: 'The form has a field twice.' });
  return fields.length === 0 ? null : payloadOfForm(Object.fromEntries(fields), linkFieldsOf(schema) ?? []);
}
