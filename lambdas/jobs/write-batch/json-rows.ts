/** Rows of NDJSON and of DynamoDB JSON, one a line. */
import type { PermanentError } from '../../core/errors.ts';
import { invalidSource } from '../../text/source-error.ts';
import { readJson } from './csv-row.ts';
import { looksTyped, typedItem } from './dynamodb-json.ts';
import { maxRecordBytes, type SourceLine, splitLines } from './line-splitter.ts';
import { orFault, RowFault } from './row-fault.ts';
import { chunkBytes, describesText, type RowSource } from './row-source.ts';
import type { SourceText } from './source-text.ts';

/** Rows at the start of an object in which DynamoDB JSON is looked for. */
const lookedAtRows = 100;

/** @param isTyped whether the lines are DynamoDB JSON */
export function jsonRows(text: SourceText, isTyped: boolean): RowSource {
  return {
    ...describesText(text),
    async *rows(from) {
      let { line } = from;
      try {
        for await (const read of splitLines(await text.open(from.offset, chunkBytes), from.line)) {
          line = read.line;
          if (isBlank(read)) continue;
          const json = orFault(() => jsonOf(read));
          if (!isTyped && line <= lookedAtRows && looksTyped(json)) throw dynamoDbJson(text.object.name, read);
          const value = json instanceof RowFault || !isTyped ? json : orFault(() => typedItem(json));
          yield { line, end: { offset: read.endOffset, line }, value, asItCame: json instanceof RowFault ? read.bytes.toString() : json };
        }
      } catch (error) {
        throw text.errorOf(error, line);
      }
    },
  };
}

function jsonOf({ bytes, isTooLong }: SourceLine): unknown {
  if (isTooLong) throw new RowFault(`the row is longer than ${maxRecordBytes} bytes`);
  return readJson(bytes.toString());
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
