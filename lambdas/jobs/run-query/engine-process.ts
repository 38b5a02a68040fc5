/**
 * The process in which DuckDB runs: bundled as a file of its own beside the worker, started by `engine-child.ts`. It serves one job at a
 * time, request by request, and has no other way in or out than the channel to its parent.
 */
import { DuckDBListValue, type DuckDBValue } from '@duckdb/node-api';
import { parseExactJson } from '../../text/exact-json.ts';
import { translateEngineError } from './engine/engine-errors.ts';
import { type EngineAnswer, type EngineRequest, type RunAnswer, type Statement, sendError } from './engine/query-messages.ts';
import { DuckDbEngine } from './query/duckdb-engine.ts';
import { copyToParquet } from './query/parquet-copy.ts';
import { startQuery } from './query/query.ts';
import { csvResult, jsonResult, type Result, resultColumn } from './query/result-lines.ts';
import { wireValue } from './values/wire-value.ts';

let opened: Extract<EngineRequest, { kind: 'open' }> | undefined;
let engine: DuckDbEngine | undefined;
let result: Result | undefined;

async function handle(request: EngineRequest): Promise<unknown> {
  switch (request.kind) {
    case 'open':
      opened = request;
      engine = await DuckDbEngine.open({ ...request.limits, ...request });
      return undefined;
    case 'execute':
      return open().execute(request.sql);
    case 'query':
      return (await open().query(request.sql, request.values)).map((row) => row.map(plain));
    case 'lockDown':
      return open().lockDown(request.files);
    case 'run':
      result = await run(parseExactJson(request.statement) as Statement, request.parquetPath);
      return result.answer satisfies RunAnswer;
    case 'read':
      return (await result?.pieces?.next())?.value;
    case 'close':
      engine?.close();
      opened = engine = result = undefined;
      return undefined;
  }
}

async function run(statement: Statement, parquetPath: string): Promise<Result> {
  const { format, maxInlineRows, csvFormulaEscape } = statement.output;
  if (format === 'parquet') {
    const { columns, rowCount } = await copyToParquet(statement, open(), parquetPath);
    return { answer: { columns: columns.map(resultColumn), rows: null, rowCount } };
  }
  const query = await startQuery(statement, open());
  return format === 'csv' ? csvResult(query, csvFormulaEscape) : jsonResult(query, maxInlineRows);
}

/** Clones lose their classes: lists become arrays, what is neither text, number nor boolean its form in results. */
function plain(value: unknown): unknown {
  if (value instanceof DuckDBListValue) return value.items.map(plain);
  return typeof value === 'object' ? wireValue(value as DuckDBValue) : value;
}

function open(): DuckDbEngine {
  if (engine === undefined) throw new Error('No engine is open.');
  return engine;
}

async function answer(id: number, request: EngineRequest): Promise<EngineAnswer> {
  try {
    return { id, value: await handle(request) };
  } catch (error) {
    const limits = opened?.limits ?? { memoryMiB: 0, spillMiB: 0 };
    return {
      id,
      error: sendError(translateEngineError(error, { ...limits, sourceOfPath: opened?.sourceOfPath ?? new Map(), sql: '', offset: 0 })),
    };
  }
}

/** Exit handlers would wait for the threads of DuckDB's calls. */
const end = () => process.kill(process.pid, 'SIGKILL');

// One after the other: a connection runs one statement at a time.
let last: Promise<unknown> = Promise.resolve();
process.on('message', ({ id, request }: { id: number; request: EngineRequest }) => {
  last = last.then(async () => {
    const sent = await answer(id, request);
    process.send?.(sent, undefined, undefined, (error: Error | null) => {
      if (error !== null) end();
    });
  });
});
process.on('disconnect', end);
process.on('error', end);
// The worker decides when this process ends; a terminal or a supervisor signals all processes of a service at once.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.send?.({ id: 0 } satisfies EngineAnswer);
