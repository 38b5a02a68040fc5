/** Where a result goes: into the job's record while it is small, else into a file that is written as the engine hands out its bytes. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { JobContext } from '../../core/contract/context.ts';
import type { QueryInput, QueryResult } from './contract.ts';
import type { QueryEngine } from './engine/engine.ts';

const fileTypes = {
  json: ['result.ndjson', 'application/x-ndjson'],
  csv: ['result.csv', 'text/csv; charset=utf-8'],
  parquet: ['result.parquet', 'application/vnd.apache.parquet'],
} as const;

export interface OutputDeps extends Pick<JobContext, 'files' | 'progress'> {
  readonly engine: QueryEngine;
  /** A local file that the engine may write. */
  readonly parquetPath: string;
}

export async function writeOutput(
  { sql, parameters, output, sources }: QueryInput,
  { engine, files, progress, parquetPath }: OutputDeps,
): Promise<QueryResult> {
  const answer = await engine.run({ sql, parameters, output, sources: Object.keys(sources) }, parquetPath);
  const columns = [...answer.columns];
  progress(null, 'writing the result');
  if (answer.rows !== null) return { columns, rows: answer.rows.map((row) => [...row]), rowCount: answer.rowCount, resultUrl: null };
  const [name, contentType] = fileTypes[output.format];
  if (answer.rowCount === null)
    return { columns, rows: null, ...(await writePieces(engine, (pieces) => files.write(name, pieces, contentType))) };
  const resultUrl = await files.write(name, createReadStream(parquetPath), contentType);
  return { columns, rows: null, rowCount: answer.rowCount, resultUrl };
}

async function writePieces(
  engine: QueryEngine,
  write: (pieces: Readable) => Promise<string>,
): Promise<Pick<QueryResult, 'rowCount' | 'resultUrl'>> {
  let rowCount = 0;
  let failure: unknown;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = await engine.read();
        if ('bytes' in piece) yield piece.bytes;
        else {
          rowCount = piece.rowCount;
          return;
        }
      }
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  try {
    const resultUrl = await write(Readable.from(pieces(), { objectMode: false }));
    return { rowCount, resultUrl };
  } catch (error) {
    throw failure ?? error; // a store reports a broken stream in its own words
  }
}
