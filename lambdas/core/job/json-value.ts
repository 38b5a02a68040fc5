/** Values that worker code hands to the engine, as the JSON that it will get back. */

import { PermanentError } from '../contract/errors.ts';
import { errorText } from './error-text.ts';

/** Beyond it a value belongs into a file (`ctx.files`): the record's object store takes and gives it in one piece, in memory. */
export const maxJsonBytes = 8 * 1024 * 1024;

/**
 * @param what the value is, for the error, e.g. `The result of step "charge"`
 * @returns JSON as `JSON.stringify` writes it: a Date becomes text, a Map `{}`, NaN null, an absent member nothing
 * @throws PermanentError with `code` when JSON cannot hold it (BigInt, a cycle, a function, undefined) or it is too large; a repetition would not help
 */
export function toJson(value: unknown, what: string, code: string): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new PermanentError(`${what} cannot be kept, since JSON cannot hold it: ${errorText(error)}`, { code });
  }
  if (json === undefined) throw new PermanentError(`${what} cannot be kept, since JSON cannot hold ${typeof value}.`, { code });
  const bytes = Buffer.byteLength(json);
  if (bytes > maxJsonBytes) {
    throw new PermanentError(`${what} must be at most ${maxJsonBytes} bytes of JSON (was ${bytes}); write large data with ctx.files.`, {
      code,
    });
  }
  return json;
}
