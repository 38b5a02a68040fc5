/** `npm run bench:query`: measures the cost of DuckDB's own process: its start, and a small query in it, next to the same query in this process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { QueryEngine } from '../lambdas/jobs/run-query/engine/engine.ts';
import { DuckDbEngine } from '../lambdas/jobs/run-query/query/duckdb-engine.ts';
import { startQuery } from '../lambdas/jobs/run-query/query/query.ts';
import { jsonResult } from '../lambdas/jobs/run-query/query/result-lines.ts';
import { functionBundles } from './bundles.ts';

const rounds = 30;
const folder = mkdtempSync(join(tmpdir(), 'bench-query-'));
const options = { memoryMiB: 2048, spillMiB: 100, spillFolder: folder, sourceOfPath: new Map<string, string>() };
const output = { format: 'json', maxInlineRows: 1000, csvFormulaEscape: true } as const;
const statement = { sql: 'SELECT 42 AS a', sources: [], parameters: {}, output };

/** @returns milliseconds of the median round; the first two warm up */
async function median(work: () => Promise<void>): Promise<number> {
  const ms: number[] = [];
  for (let round = 0; round < rounds + 2; round += 1) {
    const began = performance.now();
    await work();
    ms.push(performance.now() - began);
  }
  return ms.slice(2).toSorted((a, b) => a - b)[rounds / 2] ?? Number.NaN;
}

const bundle = functionBundles().find(({ name }) => name === 'run-query')?.file ?? '';
cpSync(join(dirname(bundle), 'engine-process.js'), join(folder, 'engine-process.js'));
symlinkSync(join(dirname(bundle), 'node_modules'), join(folder, 'node_modules'));

const start = await median(async () => {
  const child = fork(join(folder, 'engine-process.js'), { serialization: 'advanced' });
  await once(child, 'message');
  child.kill('SIGKILL');
});
const inside = await median(async () => {
  const engine = await DuckDbEngine.open(options);
  await engine.lockDown([]);
  await jsonResult(await startQuery(statement, engine), 1000);
  engine.close();
});
const outside = await median(async () => {
  await using engine = await QueryEngine.open({ ...options, signal: new AbortController().signal });
  await engine.lockDown([]);
  await engine.run(statement, '');
});
console.log(`the process, from its start until it takes a request: ${start.toFixed(0)} ms`);
console.log(`a small query: ${inside.toFixed(1)} ms in this process, ${outside.toFixed(1)} ms in one that waits for it`);
rmSync(folder, { recursive: true });
process.exit();
