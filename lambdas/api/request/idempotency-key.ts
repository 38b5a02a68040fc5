import type { ApiContext } from '../api-context.ts';
import { ProblemError } from '../problem.ts';

/**
 * Reads it from the event, since Hono leaves out an empty header and encodes one that is not ASCII.
 * @throws ProblemError `malformed-idempotency-key`
 */
export function idempotencyKeyOf(c: ApiContext): string | undefined {
  return parseIdempotencyKey(c.env.event.headers?.['idempotency-key'] ?? c.req.header('idempotency-key'));
}

/**
 * The key in an `Idempotency-Key` header: a quoted structured-field string, or a bare token; 1 to 255 printable characters.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ and https://www.rfc-editor.org/rfc/rfc9651#section-3.3.3
 * @throws ProblemError `malformed-idempotency-key`
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(text);
  const key = quoted?.[1] === undefined ? text : quoted[1].replaceAll(/\\(["\\])/g, '$1');
  const isBareToken = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+$/.test(text); // no quotes, commas, semicolons or spaces
  if ((quoted === null && !isBareToken) || key.length < 1 || key.length > 255) {
    throw new ProblemError('malformed-idempotency-key', {
      detail:
        'Idempotency-Key must be one string of 1 to 255 printable ASCII characters, in double quotes or without spaces, commas and semicolons.',
    });
  }
  return key;
}
