/** JSON and NDJSON objects as one local file of JSON lines, and the SELECT that reads exactly their rows from it. */
import { createReadStream } from 'node:fs';
import { PermanentError } from '../../../../core/contract/errors.ts';
import { type JsonFormat, type JsonObject, JsonRows, type JsonRowsOptions } from '../../../../text/json-rows.ts';
import { type JsonLimits, JsonScanner } from '../../../../text/json-scanner.ts';
import { identifier, literal } from '../../sql-text.ts';
import { storePieces } from '../local-file.ts';
import type { ReadObjects } from '../reading.ts';
import { copyPlan, isCopyNeeded, JsonCopy } from './json-copy.ts';
import { type JsonColumn, jsonColumns } from './json-type.ts';

export interface JsonOptions extends JsonRowsOptions {
  readonly format: JsonFormat;
}

/** A column costs DuckDB memory in every thread; beyond these an object within a row is kept as JSON, and a row is refused. */
const limits: JsonLimits = { maxMembers: 4000, maxInnerMembers: 1000, maxPlaces: 8000 };
/** DuckDB's default for the longest row. @see https://duckdb.org/docs/stable/data/json/loading_json#parameters */
const minLineBytes = 16 * 2 ** 20;

/** Objects are united by the names of their members: the type of a column holds the values of all of them. */
export const readJsonObjects: ReadObjects<JsonOptions> = async (objects, options, context) => {
  let objectCount = 0;
  async function* counted(): AsyncGenerator<JsonObject> {
    for await (const object of objects) {
      objectCount += 1;
      yield object;
    }
  }
  const scanner = new JsonScanner(limits);
  const scanned = new JsonRows(scanner, options.format, options);
  const stored = await storePieces(linesOf(counted(), scanned), await context.createFile('ndjson'));
  const columns = jsonColumns(scanner.root);
  const plan = copyPlan(scanner.root, columns);
  const isCopied = isCopyNeeded(plan);
  const rows = isCopied ? new JsonRows(new JsonCopy(scanner, limits, plan), 'lines', options) : scanned;
  const file = isCopied ? await storePieces(linesOf(storedLines(stored.path), rows), await context.createFile('ndjson')) : stored;
  if (isCopied) await stored.remove();
  const reading = {
    select: selectFrom(file.path, columns, rows.maxLineBytes),
    objects: objectCount,
    rows: scanned.rows,
    columns: columns.map(({ name, sql }) => ({ name, type: sql })),
  };
  return {
    paths: [file.path],
    async complete(engine) {
      const [[count] = []] = await engine.query(`SELECT count(*) FROM (${reading.select})`);
      if (Number(count) !== reading.rows) {
        throw new PermanentError(`The source ${context.source} has ${reading.rows} rows, of which DuckDB reads ${count}.`, {
          code: 'source_unreadable',
          details: { source: context.source },
        });
      }
      return reading;
    },
  };
};

async function* linesOf(objects: AsyncIterable<JsonObject>, rows: JsonRows): AsyncGenerator<Uint8Array> {
  for await (const object of objects) yield* rows.lines(object);
}

async function* storedLines(path: string): AsyncGenerator<JsonObject> {
  yield { name: 'the stored rows', bytes: createReadStream(path, { highWaterMark: 2 ** 20 }) };
}

function selectFrom(path: string, columns: readonly JsonColumn[], maxLineBytes: number): string {
  const types = columns.map(({ name, readAs }) => `${literal(name)}: ${literal(readAs)}`);
  const options = [
    "format = 'newline_delimited'",
    'records = true',
    `columns = {${types.join(', ')}}`,
    `maximum_object_size = ${Math.max(minLineBytes, maxLineBytes + 1)}`,
    "compression = 'uncompressed'",
    'ignore_errors = false',
    'filename = false',
    'hive_partitioning = false',
  ];
  return `SELECT ${columns.map(selected).join(', ')} FROM read_json(${literal(path)}, ${options.join(', ')})`;
}

function selected({ name, sql, readAs }: JsonColumn): string {
  const column = identifier(name);
  return sql === readAs ? column : `CAST(${column} AS ${sql}) AS ${column}`;
}
