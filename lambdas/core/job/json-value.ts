/** Converts values that worker code returns into the JSON that it will get back. */

import { PermanentError } from '../contract/errors.ts';
import { errorText } from './error-text.ts';

/** 8 MiB. Larger values belong in a file (`ctx.files`), since a value is stored and loaded in one piece, in memory. */
export const maxJsonBytes = 8 * 1024 * 1024;

/**
 * @param what names the value in the error, e.g. `The result of step "charge"`
 * @returns JSON as `JSON.stringify` writes it: a Date becomes text, a Map `{}`, NaN null, and a member that is undefined is left out
 * @throws PermanentError with `code` when JSON cannot hold it (BigInt, a cycle, a function, undefined) or it is too large; another attempt would not help
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
