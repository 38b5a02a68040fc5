import { sourceS3Client } from '../../adapters/source-s3-client.ts';
import type { JobContext, WorkerDefinition } from '../../core/contract/context.ts';
import { PermanentError } from '../../core/contract/errors.ts';
import { worker } from '../../worker/handler.ts';
import { contract, type JobResult, type QueryInput } from './contract.ts';
import { functionMemoryMiB, QueryEngine } from './engine/engine.ts';
import { prepareEngine } from './engine/engine-pool.ts';
import { writeOutput } from './output.ts';
import { createViews, fetchSources } from './sources/sources.ts';
import { Workspace } from './workspace.ts';

/** Share of the free temporary storage for the sources; the rest is for spilled memory and the result. */
const sourceShare = 0.6;
/** Share of the remaining storage for spilled memory. */
const spillShare = 0.6;
const maxObjects = 1000;

export const definition = {
  async run(input, ctx) {
    const [fault] = contract.check?.(input, ctx.settings) ?? [];
    if (fault !== undefined)
      throw new PermanentError(`${fault.pointer} ${fault.detail}.`, { code: 'source_not_allowed', details: { ...fault } });
    try {
      return await runQuery(input, ctx);
    } catch (error) {
      ctx.signal.throwIfAborted(); // the reason for stopping, not what the stopped calls say about it
      throw error;
    }
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);

// INIT has two processors at any memory size, and the first job's process starts meanwhile.
if (process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined) prepareEngine();

async function runQuery(input: QueryInput, ctx: JobContext): Promise<JobResult> {
  prepareEngine(); // starts while the sources are fetched
  await using workspace = await Workspace.create();
  ctx.progress(null, 'reading the sources');
  const budgetBytes = Math.floor((await workspace.freeBytes()) * sourceShare);
  const { signal, openUpload } = ctx;
  const sources = await fetchSources(input.sources, { s3: sourceS3Client(), openUpload, workspace, maxObjects, budgetBytes, signal });
  const parquetPath = workspace.path('result.parquet');
  const files = sources.flatMap(({ name, paths }) => paths.map((path) => [path, name] as const));
  await using engine = await QueryEngine.open({
    memoryMiB: functionMemoryMiB(),
    spillMiB: Math.floor(((await workspace.freeBytes()) * spillShare) / 2 ** 20),
    spillFolder: workspace.spillFolder,
    signal,
    sourceOfPath: new Map([...files, [parquetPath, 'the result'], [workspace.folder, 'the worker']]),
  });
  const read = await createViews(sources, engine);
  // The one file to write is open only for a result that needs it; no reading statement can write there.
  await engine.lockDown([...files.map(([path]) => path), ...(input.output.format === 'parquet' ? [parquetPath] : [])]);
  ctx.progress(null, 'running the query');
  // Awaited here: engine and folder are disposed of when this function returns.
  const result = await writeOutput(input, { engine, files: ctx.files, progress: ctx.progress, parquetPath }).catch((error: unknown) => {
    if (engine.stderrText !== '') ctx.log.warn("DuckDB's process ended.", { said: engine.stderrText });
    throw error;
  });
  ctx.progress(1, `${result.rowCount.toLocaleString('en-US')} rows`);
  return { ...result, sources: read };
}
