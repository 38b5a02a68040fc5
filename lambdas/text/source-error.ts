/** The one error for a source object that is not what its format says: which object, where in it, and the text there. */
import { PermanentError } from '../core/contract/errors.ts';
import { truncate } from './truncate.ts';

export interface SourcePlace {
  /** The object, as `s3://bucket/key`. */
  readonly object: string;
  /** Counted in this object, from 1. */
  readonly line?: number | undefined;
  /** The column's name, or its number from 1 where it has no name. */
  readonly column?: string | number | undefined;
  /** The text at that place; it is truncated here. */
  readonly excerpt?: string | undefined;
}

/** Longest excerpt, in UTF-16 code units: enough to recognise the place, too little to fill a record. */
const maxExcerpt = 120;

/**
 * @param what is wrong and what is expected, without the place and without a full stop
 * @returns a permanent error with code `invalid_source`; `details` holds the place
 */
export function invalidSource(what: string, { object, line, column, excerpt }: SourcePlace): PermanentError {
  const shown = excerpt === undefined ? undefined : truncate(excerpt, maxExcerpt);
  const place = [object, line === undefined ? '' : `line ${line}`, column === undefined ? '' : `column ${JSON.stringify(column)}`];
  const found = shown === undefined ? '' : ` Found: ${JSON.stringify(shown)}`;
  return new PermanentError(`${place.filter((part) => part !== '').join(', ')}: ${what}.${found}`, {
    code: 'invalid_source',
    details: {
      object,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      ...(shown === undefined ? {} : { excerpt: shown }),
    },
  });
}
