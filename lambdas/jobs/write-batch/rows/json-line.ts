/** Reads one line of NDJSON, and distinguishes a bad row from a line that does not hold one row. */
import { isExactNumber } from '../../../text/exact-json.ts';
import { type JsonLimits, JsonScanner } from '../../../text/json-scanner.ts';
import { JsonError } from '../../../text/json-tokens.ts';
import { maxRecordBytes, type SourceLine } from '../source/line-splitter.ts';
import { readJson } from './csv-row.ts';
import { RowError } from './row-error.ts';

/** The line may hold any number of rows, so it cannot be rejected as one: the object is not read further. */
export class NotOneRowError extends Error {
  override readonly name = 'NotOneRowError';
}

const openingBrace = 0x7b;
const openingBracket = 0x5b;
const lessThan = 0x3c;
const carriageReturn = 0x0d;
/** No limits, since no columns are created here. */
const noLimits: JsonLimits = {
  maxMembers: Number.POSITIVE_INFINITY,
  maxInnerMembers: Number.POSITIVE_INFINITY,
  maxPlaces: Number.POSITIVE_INFINITY,
};

/**
 * @returns the JSON value of the line
 * @throws RowError if the line is not JSON, has a member twice or is too long
 * @throws NoSingleRow if it is an array, or text follows its object
 */
export function jsonOfLine({ bytes, isTooLong }: SourceLine): unknown {
  if (isTooLong) throw new RowError(`the row is longer than ${maxRecordBytes} bytes`);
  const value = readOneValue(bytes);
  if (Array.isArray(value)) throw foundArray();
  return value;
}

/** @throws RowError if the value is none */
export function jsonObject(value: unknown): object {
  if (typeof value === 'object' && value !== null && !isExactNumber(value)) return value;
  throw new RowError('the row is not a JSON object');
}

/** @returns whether the line begins an array, XML or HTML; as the first line it shows that the whole object is that */
export function beginsOtherFormat({ bytes }: SourceLine): boolean {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09);
  return first === openingBracket || first === lessThan;
}

function readOneValue(bytes: Buffer): unknown {
  try {
    return readJson(bytes.toString());
  } catch (error) {
    if (error instanceof RowError) refuseTextBehind(bytes);
    throw error;
  }
}

/** @throws NoSingleRow */
function refuseTextBehind(bytes: Buffer): void {
  const buffer = Buffer.concat([bytes, Buffer.of(0)]);
  const scanner = new JsonScanner(noLimits);
  scanner.load(buffer, bytes.length, { isLast: true, isLineBound: true });
  try {
    const start = scanner.space(0);
    const isArray = buffer[start] === openingBracket;
    if (!isArray && buffer[start] !== openingBrace) return;
    if (scanner.space(scanner.document(start)) >= bytes.length) return;
    if (isArray) throw foundArray();
  } catch (error) {
    if (error instanceof JsonError) return;
    throw error;
  }
  const hint = bytes.includes(carriageReturn) ? '; lines end in LF or CRLF, not in CR alone' : '';
  throw new NotOneRowError(`expected a line break behind the object${hint}`);
}

function foundArray(): NotOneRowError {
  return new NotOneRowError('expected a JSON object a line, found an array; write each of its items on a line of its own');
}
