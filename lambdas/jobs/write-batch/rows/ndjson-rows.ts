/** Rows of NDJSON and of DynamoDB JSON, one a line. */
import type { PermanentError } from '../../../core/contract/errors.ts';
import { knownFormat, knownText } from '../../../text/known-format.ts';
import { invalidSource } from '../../../text/source-error.ts';
import { maxRecordBytes, type SourceLine, splitLines } from '../source/line-splitter.ts';
import type { SourceText } from '../source/source-text.ts';
import { looksTyped, typedItem } from './dynamodb-json.ts';
import { beginsOtherFormat, jsonObject, jsonOfLine, NotOneRowError } from './json-line.ts';
import { orRowError, RowError } from './row-error.ts';
import { chunkBytes, type RowSource, type SourceRow, textProgress } from './row-source.ts';

/** Rows at the start of an object in which DynamoDB JSON is looked for, and of which one must be of the object's format. */
const maxStartRows = 100;
/** Longest start of an object that is held until a row of it is of its format. */
const maxHeldBytes = 4 * maxRecordBytes;

/** @param isTyped whether the lines are DynamoDB JSON */
export function jsonRows(text: SourceText, isTyped: boolean): RowSource {
  return {
    ...textProgress(text),
    async *rows(from) {
      let { line } = from;
      // Rows are handed out only after one of them was of the format, so an object that is entered again is known to be.
      let start = from.line === 0 ? new ObjectStart(text.object.name, isTyped) : undefined;
      try {
        for await (const read of splitLines(await text.open(from.offset, chunkBytes), from.line)) {
          line = read.line;
          if (isBlank(read)) continue;
          const json = orRowError(() => jsonOf(read, text.object.name));
          if (!isTyped && line <= maxStartRows && looksTyped(json)) throw dynamoDbJson(text.object.name, read);
          const value = json instanceof RowError ? json : orRowError(() => (isTyped ? typedItem(json) : jsonObject(json)));
          const raw = json instanceof RowError ? read.bytes.toString() : json;
          const row = { line, end: { offset: read.endOffset, line }, value, raw };
          if (start === undefined) yield row;
          else if (value instanceof RowError && !(isTyped && looksTyped(json))) start.hold(row, read, value);
          else {
            yield* start.held;
            start = undefined;
            yield row;
          }
        }
        start?.end();
      } catch (error) {
        throw text.errorOf(error, line);
      }
    },
  };
}

/** The rows of an object before the first one that is of its format. Where none is, the object is of another format, rather than full of bad rows. */
class ObjectStart {
  readonly held: SourceRow[] = [];
  private readonly object: string;
  private readonly isTyped: boolean;
  private heldBytes = 0;
  private first: { readonly read: SourceLine; readonly reason: string } | undefined;

  constructor(object: string, isTyped: boolean) {
    this.object = object;
    this.isTyped = isTyped;
  }

  /** @throws PermanentError `invalid_source` where the object is of another format */
  hold(row: SourceRow, read: SourceLine, { message }: RowError): void {
    if (this.first === undefined) {
      this.first = { read: { ...read, bytes: Buffer.from(read.bytes.subarray(0, 1_000)) }, reason: message };
      if (beginsOtherFormat(read)) this.end();
    }
    this.held.push(row);
    this.heldBytes += read.bytes.length;
    if (this.held.length >= maxStartRows || this.heldBytes > maxHeldBytes) this.end();
  }

  /** @throws PermanentError `invalid_source` unless there was no row at all */
  end(): void {
    if (this.first === undefined) return;
    const { read, reason } = this.first;
    const excerpt = read.bytes.toString();
    const known = knownFormat(read.bytes) ?? knownText(excerpt);
    const expected = `expected ${this.isTyped ? 'an item in DynamoDB JSON' : 'a JSON object'} a line`;
    const hint = known === undefined || known === 'JSON' ? '' : `; the object looks like ${known}`;
    throw invalidSource(`${expected}, and no row at the start of the object is one: ${reason}${hint}`, {
      object: this.object,
      line: read.line,
      excerpt,
    });
  }
}

/** @throws PermanentError `invalid_source` if the line cannot be rejected as one row */
function jsonOf(read: SourceLine, object: string): unknown {
  try {
    return jsonOfLine(read);
  } catch (error) {
    if (!(error instanceof NotOneRowError)) throw error;
    throw invalidSource(error.message, { object, line: read.line, excerpt: read.bytes.toString('utf8', 0, 1_000) });
  }
}

function isBlank({ bytes, isTooLong }: SourceLine): boolean {
  return !isTooLong && bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);
}

function dynamoDbJson(object: string, { line, bytes }: SourceLine): PermanentError {
  return invalidSource('the row is DynamoDB JSON, whose values name their types; read it with `format: "dynamodb-json"`', {
    object,
    line,
    excerpt: bytes.toString(),
  });
}
