/** Footers that are large, whether honest or not, take little memory and leave the event loop to others. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { honestFooters, hostileFooters, parquetFile } from '../../../../../support/parquet-footers.ts';

const folder = mkdtempSync(join(tmpdir(), 'parquet-footer-'));
afterAll(() => rmSync(folder, { recursive: true }));

const heapMiB = 64;

interface Outcome {
  readonly message?: string;
  readonly rows?: number;
  readonly longestBusyMs: number;
}

const program = `
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { prepareParquet } from ${JSON.stringify(join(__dirname, '../../../../../../lambdas/jobs/run-query/sources/parquet/parquet-file.ts'))};
const delay = monitorEventLoopDelay({ resolution: 5 });
await new Promise((resolve) => setTimeout(resolve, 50));
delay.enable();
const outcome = await prepareParquet(process.argv[1], 's3://bucket/a').then(({ rows }) => ({ rows }), ({ code, message }) => ({ code, message }));
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify({ ...outcome, longestBusyMs: delay.max / 1e6 }));
`;

/** Reads a footer in a process of little memory. */
function read(parts: readonly Buffer[]): Outcome {
  const path = join(folder, 'a.parquet');
  writeFileSync(path, parquetFile(parts));
  const options = ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${heapMiB}`, '--input-type=module', '-e', program, path];
  const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr.slice(0, 500));
  return JSON.parse(stdout) as Outcome;
}

it.each(hostileFooters)('refuses %s', (_name, parts, message) => {
  const outcome = read(parts);
  expect(outcome).toMatchObject({ code: 'invalid_source', message: expect.stringContaining(message) });
  expect(outcome.longestBusyMs).toBeLessThan(2_000);
});
it.each(honestFooters)('reads %s', (_name, parts) => {
  const outcome = read(parts);
  expect(outcome).toMatchObject({ rows: 0 });
  expect(outcome.longestBusyMs).toBeLessThan(2_000);
});
