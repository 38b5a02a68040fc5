/** DuckDB's process: its end is the query's alone, and the worker goes on after each way that it can end. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { contract } from '../../../../lambdas/jobs/run-query/contract.ts';
import { QueryEngine } from '../../../../lambdas/jobs/run-query/engine/engine.ts';
import { dataLimitKiB, processMiB, residentMiB } from '../../../../lambdas/jobs/run-query/engine/process-memory.ts';
import { definition } from '../../../../lambdas/jobs/run-query/worker.ts';
import { useOwnTempFolder } from '../../../support/own-temp-folder.ts';
import { type RunOptions, resultOf, WorkerRun } from '../../../support/worker-run.ts';

const query = (input: unknown, options?: RunOptions) => resultOf(contract, definition, input, options);
const works = async () => expect((await query({ sql: 'SELECT 42 AS a' })).rows).toEqual([[42]]);
const crashing = `SELECT json_structure(repeat('[', 1000000) || repeat(']', 1000000))`;
/** Computing a constant, which DuckDB does not interrupt: half an hour. */
const deaf = "SELECT levenshtein(repeat('a', 400000), repeat('b', 400000))";

const folder = useOwnTempFolder('engine-process');
const root = join(__dirname, '../../../..');
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip; // elsewhere there is no /proc

function openEngine(signal = new AbortController().signal, memoryMiB = 1024): Promise<QueryEngine> {
  return QueryEngine.open({ memoryMiB, spillMiB: 100, spillFolder: folder, signal, sourceOfPath: new Map() });
}

/** The engine's processes that `parent` has started. */
function enginesOf(parent = process.pid): readonly number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args=']).toString().trim().split('\n');
  return rows.flatMap((row) => {
    const [, pid, ppid, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return Number(ppid) === parent && args.includes('engine-process.') ? [Number(pid)] : [];
  });
}
const isThere = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
async function isGone(pid: number, withinMs: number): Promise<boolean> {
  for (const endsAt = Date.now() + withinMs; Date.now() < endsAt; await sleep(20)) if (!isThere(pid)) return true;
  return !isThere(pid);
}

describe('a query that crashes DuckDB', () => {
  it('fails for good at the first time, says what to do, and the next one works', async () => {
    await expect(query({ sql: crashing })).rejects.toMatchObject({
      code: 'query_crashed',
      retryable: false,
      message: expect.stringContaining('let the query do less at a time'),
      details: { signal: 'SIGSEGV', exitCode: null },
    });
    await works();
  });
  it('leaves no folder behind', async () => {
    await expect(query({ sql: crashing })).rejects.toMatchObject({ code: 'query_crashed' });
    expect(readdirSync(folder)).toEqual([]);
  });
  it('takes no other with it that runs at the same time', async () => {
    const sums = Array.from({ length: 3 }, () =>
      query({ sql: 'SELECT sum(a.range + b.range)::VARCHAR FROM range(3000) a, range(3000) b' }),
    );
    await expect(query({ sql: crashing })).rejects.toMatchObject({ code: 'query_crashed' });
    for (const { rows } of await Promise.all(sums)) expect(rows).toEqual([['26991000000']]);
  });
});

describe('a process that serves the next job', () => {
  it('is the same one, and knows nothing of the job before', async () => {
    await works();
    const idle = enginesOf();
    {
      await using engine = await openEngine();
      await engine.execute('CREATE TABLE secret AS SELECT 1');
      await engine.execute("SET VARIABLE secret = 'x'");
    }
    await works();
    expect(enginesOf()).toEqual(idle);
    await using engine = await openEngine();
    await expect(engine.query('FROM secret')).rejects.toMatchObject({ code: 'sql_error' });
    expect(await engine.query("SELECT getvariable('secret')")).toEqual([[null]]);
    expect(await engine.query("SELECT current_setting('lock_configuration')")).toEqual([[false]]);
  });
  it('is not disturbed by an engine that is closed twice', async () => {
    const first = await openEngine();
    await first[Symbol.asyncDispose]();
    await using second = await openEngine();
    await first[Symbol.asyncDispose]();
    expect(await second.query('SELECT 1')).toEqual([[1]]);
    await expect(first.query('SELECT 1')).rejects.toThrow('closed');
  });
  it('serves it after an ordinary error of the SQL, too', async () => {
    await works();
    const idle = enginesOf();
    await expect(query({ sql: 'SELECT nosuch' })).rejects.toMatchObject({ code: 'sql_error' });
    await works();
    expect(enginesOf()).toEqual(idle);
  });
  it('is another one when it was killed while it waited', async () => {
    await works();
    const idle = enginesOf();
    expect(idle.length).toBeGreaterThan(0);
    for (const pid of idle) process.kill(pid, 'SIGKILL');
    await works(); // at once: the death may not have been noticed
    for (const pid of idle) expect(await isGone(pid, 5_000)).toBe(true);
    expect(enginesOf().length).toBeGreaterThan(0);
  });
  it('hears no signal that a terminal or a supervisor sends to all processes', async () => {
    await using engine = await openEngine();
    for (const pid of enginesOf()) for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
    await sleep(100);
    expect(await engine.query('SELECT 1')).toEqual([[1]]);
  });
  it('is one of two at most, however many jobs ran at once', async () => {
    await Promise.all(Array.from({ length: 5 }, works));
    await sleep(100);
    expect(enginesOf().length).toBeLessThanOrEqual(2);
  });
});

describe('a process that is killed under a running query', () => {
  it('fails that query, and no other', async () => {
    await using engine = await openEngine();
    const running = engine.query(deaf).catch((error: unknown) => error);
    await sleep(200);
    for (const pid of enginesOf()) process.kill(pid, 'SIGKILL');
    expect(await running).toMatchObject({ code: 'query_crashed', details: { signal: 'SIGKILL' } });
    await works();
  });
});

describe('an interrupt', () => {
  it.each(['json', 'parquet'])('ends in a few seconds what DuckDB itself cannot interrupt (%s)', async (format) => {
    const run = await new WorkerRun(contract, definition).submit({ sql: deaf, output: { format } });
    const began = performance.now();
    expect((await run.cancelAfter(1_000)).status).toBe('cancelled');
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(run.kit.deaths).toEqual([]);
    await works();
  });
  it('leaves no process of the query behind', async () => {
    const controller = new AbortController();
    await using engine = await openEngine(controller.signal);
    const before = enginesOf();
    const running = engine.query(deaf).catch((error: unknown) => error);
    await sleep(200);
    controller.abort(new Error('enough'));
    expect(await running).toMatchObject({ message: 'enough' });
    await engine[Symbol.asyncDispose]();
    expect(enginesOf().length).toBeLessThan(before.length);
  });
});

it('ends with the worker, also while it computes and hears nothing', async () => {
  const script = `
    import { QueryEngine } from './lambdas/jobs/run-query/engine/engine.ts';
    const engine = await QueryEngine.open({ memoryMiB: 1024, spillMiB: 100, spillFolder: ${JSON.stringify(folder)}, signal: new AbortController().signal, sourceOfPath: new Map() });
    void engine.query(${JSON.stringify(deaf)});
    setTimeout(() => console.log('computing'), 300);`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  const worker = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(worker.stdout, 'data');
  const [engine = 0] = enginesOf(worker.pid);
  expect(isThere(engine)).toBe(true);
  worker.kill('SIGKILL');
  expect(await isGone(engine, 5_000)).toBe(true);
});

it('does not keep a worker alive that has nothing more to do', async () => {
  const script = `
    import { QueryEngine } from './lambdas/jobs/run-query/engine/engine.ts';
    const engine = await QueryEngine.open({ memoryMiB: 1024, spillMiB: 100, spillFolder: ${JSON.stringify(folder)}, signal: new AbortController().signal, sourceOfPath: new Map() });
    console.log(JSON.stringify(await engine.query('SELECT 1')));
    await engine[Symbol.asyncDispose]();`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  expect(execFileSync(process.execPath, args, { cwd: root, timeout: 20_000 }).toString()).toBe('[[1]]\n');
});

describe('a process that cannot be started', () => {
  const { execPath } = process;
  afterEach(() => {
    process.execPath = execPath;
  });
  it.each([
    ['/no/such/node', 'engine_unavailable'],
    ['/bin/false', 'engine_unavailable'],
  ])('as %s is worth another attempt, and the next one works', async (path, code) => {
    for (const pid of enginesOf()) process.kill(pid, 'SIGKILL');
    await sleep(100);
    process.execPath = path;
    await expect(query({ sql: 'SELECT 1' })).rejects.toMatchObject({ code, retryable: true });
    process.execPath = execPath;
    await works();
  });
});

it('that cannot be started for want of file descriptors is worth another attempt', () => {
  const script = `
    import { closeSync, openSync } from 'node:fs';
    import { QueryEngine } from './lambdas/jobs/run-query/engine/engine.ts';
    import { prepareEngine } from './lambdas/jobs/run-query/engine/engine-pool.ts';
    const options = { memoryMiB: 1024, spillMiB: 100, spillFolder: ${JSON.stringify(folder)}, signal: new AbortController().signal, sourceOfPath: new Map() };
    const open = [];
    for (;;) try { open.push(openSync('/dev/null')) } catch { break }
    prepareEngine();
    const error = await QueryEngine.open(options).catch((thrown) => thrown);
    for (const file of open) closeSync(file);
    const engine = await QueryEngine.open(options);
    console.log(JSON.stringify([error.code, error.retryable, await engine.query('SELECT 1')]));
    await engine[Symbol.asyncDispose]();`;
  const args = [
    '-c',
    'ulimit -n 64; exec "$@"',
    'sh',
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    script,
  ];
  const output = execFileSync('/bin/sh', args, { cwd: root, timeout: 30_000 });
  expect(JSON.parse(output.toString())).toEqual(['engine_unavailable', true, [[1]]]);
});

describeOnLinux('what it may have', () => {
  const secret = 'engine-secret-77af';
  beforeAll(() => {
    process.env['AWS_SECRET_ACCESS_KEY'] = secret;
  });
  afterAll(() => {
    delete process.env['AWS_SECRET_ACCESS_KEY'];
  });

  it('holds no credentials and no settings', async () => {
    for (const pid of enginesOf()) process.kill(pid, 'SIGKILL');
    await using engine = await openEngine();
    expect(await engine.query('SELECT 1')).toEqual([[1]]);
    const names = enginesOf().map((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8'));
    expect(names.length).toBeGreaterThan(0);
    for (const environment of names) {
      expect(environment).not.toContain(secret);
      expect(environment).not.toMatch(/(^|\0)(AWS_|DELEGATION_|NODE_OPTIONS)/);
    }
  });
  it('is bounded by the operating system, and is the first that the kernel ends', async () => {
    for (const pid of enginesOf()) process.kill(pid, 'SIGKILL');
    await using engine = await openEngine();
    expect(await engine.query('SELECT 1')).toEqual([[1]]);
    const [pid] = enginesOf();
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    expect(limits).toMatch(new RegExp(`Max data size\\s+${dataLimitKiB(processMiB(1024)) * 1024}\\s`));
    expect(limits).toMatch(/Max core file size\s+0\s/);
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('1000\n');
    // What is counted and never touched is what `untouchedMiB` says, or the bound would be another one.
    const [data = 0, resident = 0] = ['VmData', 'VmRSS'].map((name) =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
    );
    expect(Math.abs(data + (processMiB(1024) * 1024 - resident) - dataLimitKiB(processMiB(1024)))).toBeLessThan(96 * 1024);
  });
  it('is read from the system', async () => {
    const mine = await residentMiB(process.pid);
    expect(Math.abs((mine ?? 0) - process.memoryUsage().rss / 2 ** 20)).toBeLessThan(50);
    expect(await residentMiB(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('memory that DuckDB does not count', () => {
  it.each([
    "SELECT length(repeat('x', 4000000000))",
    'SELECT len(range(1000000000))',
    "SELECT len(split(repeat('a,', 60000000), ','))",
    "SELECT list_transform(range(100000), x -> repeat('y', 100000))",
  ])('is bounded by the system: %s', async (sql) => {
    await expect(query({ sql })).rejects.toMatchObject({
      code: 'out_of_memory',
      retryable: false,
      message: expect.stringContaining('Raise memoryMiB of the job type run-query'),
    });
    await works();
  });
});

describe('rows of 250 KB', () => {
  const original = process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'];
  beforeAll(() => {
    process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] = '2048';
    for (const pid of enginesOf()) process.kill(pid, 'SIGKILL'); // they are bounded for less
  });
  afterAll(() => {
    if (original === undefined) delete process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'];
    else process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] = original;
  });
  it.each(['json', 'csv'])('leave the process in bounded pieces: 512 MB in a function of 2 GiB (%s)', async (format) => {
    let peakMiB = 0;
    const watching = setInterval(async () => {
      for (const pid of enginesOf()) peakMiB = Math.max(peakMiB, (await residentMiB(pid)) ?? 0);
    }, 200);
    await using engine = await openEngine(undefined, 2048);
    await engine.lockDown([]);
    const output = { format, maxInlineRows: 1000, csvFormulaEscape: true } as const;
    const sql = "SELECT repeat('x', 250000) || i AS x FROM range(2048) t(i)";
    expect(await engine.run({ sql, parameters: {}, sources: [], output } as never, '')).toMatchObject({ rows: null, rowCount: null });
    let [bytes, largest, pieces] = [0, 0, 0];
    for (;;) {
      const piece = await engine.read();
      if ('rowCount' in piece) {
        expect(piece.rowCount).toBe(2048);
        break;
      }
      bytes += piece.bytes.length;
      largest = Math.max(largest, piece.bytes.length);
      pieces += 1;
    }
    clearInterval(watching);
    expect(bytes).toBeGreaterThan(512_000_000);
    expect(largest).toBeLessThanOrEqual(2 ** 20);
    expect(pieces).toBeGreaterThan(400);
    expect(peakMiB).toBeGreaterThan(200);
    expect(peakMiB).toBeLessThanOrEqual(processMiB(2048));
  });
});
