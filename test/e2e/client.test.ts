/** The client against a deployment: everything that it does, over HTTP. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient, is, type JobHandle, sigv4 } from '../../client/index.ts';
import { useDeployment } from '../support/tested-deployment.ts';

type JobTypes = {
  readonly 'run-query': {
    readonly input: {
      readonly sql: string;
      readonly sources?: Readonly<Record<string, { readonly url: string; readonly format: string }>>;
    };
    readonly output: { readonly rows: readonly (readonly unknown[])[] | null; readonly rowCount: number };
  };
};
const deployment = useDeployment();
const clientOf = () =>
  createClient<JobTypes>({
    url: deployment.url,
    ...(deployment.isLocal ? {} : { auth: sigv4({ region: deployment.aws('s3').region, credentials: deployment.credentialsOf('local') }) }),
  });
const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

it('submits, waits and reads a result, without rounding', async () => {
  const { rows } = await clientOf().run('run-query', { sql: "SELECT 9007199254740993 AS n, 'Ada' AS name" });
  expect(rows).toEqual([['9007199254740993', 'Ada']]);
});

it('reads a large result from the bucket, with no signature of the API', async () => {
  const result = await clientOf().run('run-query', { sql: "SELECT repeat('x', 2000) AS text FROM range(60)" });
  expect([result.rowCount, result.rows?.[59]]).toEqual([60, ['x'.repeat(2_000)]]);
});

it('shows each change, and throws what the job failed with', async () => {
  const job = await clientOf().submit('run-query', { sql: 'SELECT * FROM nowhere' }, { tags: { of: 'client' } });
  const statuses: string[] = [];
  for await (const { status } of job.changes()) statuses.push(status);
  expect([statuses[0], statuses.at(-1)]).toEqual(['queued', 'failed']);
  const error = await failure(job.result());
  expect([is(error, 'job-failed'), is(error, 'problem')]).toEqual([true, false]);
  expect((await clientOf().retry(job.id)).job.retryOf).toBe(job.id);
});

it('gives one key one job, and says where a key belongs to another submission', async () => {
  const client = clientOf();
  const key = `client ${Math.random()}`;
  const jobs = await Promise.all([1, 2, 3].map(() => client.submit('run-query', { sql: 'SELECT 1' }, { key })));
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
  expect(is(await failure(client.submit('run-query', { sql: 'SELECT 2' }, { key })), 'idempotency-key-reused')).toBe(true);
});

it('cancels a job that waits for its start, also by a filter after a preview', async () => {
  const client = clientOf();
  const tag = `round:${Math.random()}`.slice(0, 20);
  const [name = '', value = ''] = tag.split(':');
  const later = (): Promise<JobHandle<JobTypes>> =>
    client.submit('run-query', { sql: 'SELECT 1' }, { delaySeconds: 3_600, tags: { [name]: value } });
  const [first, second] = [await later(), await later()];
  expect((await first?.cancel({ reason: 'changed my mind' }))?.status).toBe('cancelled');
  expect(is(await failure(first?.result() ?? Promise.resolve()), 'job-cancelled')).toBe(true);
  expect(await client.cancelAll({ tag: [tag] })).toMatchObject({ dryRun: true, count: 1 });
  const done = await client.cancelAll({ tag: [tag] }, { dryRun: false });
  await done.result();
  expect((await second?.refresh())?.status).toBe('cancelled');
  const listed: string[] = [];
  for await (const job of client.jobs({ tag, limit: 1, order: 'asc' })) listed.push(job.id);
  expect(listed).toEqual([first?.id, second?.id]);
});

it('sends a batch, and distinguishes its refused items', async () => {
  const results = await clientOf().batch([
    { type: 'run-query', input: { sql: 'SELECT 1' }, delaySeconds: 3_600 },
    { type: 'run-query', input: { sql: 1 as unknown as string } },
  ]);
  expect(results.map(({ job, problem }) => [job?.status, problem?.code])).toEqual([
    ['scheduled', undefined],
    [undefined, 'invalid-submission'],
  ]);
  expect(results[1]?.problem?.errors[0]?.pointer).toBe('#/jobs/1/input/sql');
});

it('fills a group, seals it, and follows it to its end', async () => {
  const client = clientOf();
  const items = [
    { type: 'run-query', input: { sql: 'SELECT 1' } },
    { type: 'run-query', input: { sql: 'SELECT * FROM nowhere' } },
  ] as const;
  const { id } = await client.groups.open({ tags: { of: 'client' }, deadline: new Date(Date.now() + 3_600_000) });
  const { group, results } = await client.batch(items, { group: id });
  expect([group, results.map(({ job }) => job?.job['group'])]).toEqual([id, [id, id]]);
  expect((await client.groups.seal(id)).sealed).toBe(true);
  const error = await failure((await client.job(id)).result());
  expect(is(error, 'job-failed') && error.code).toBe('members_failed');
  expect((await client.groups.get(id)).counts).toMatchObject({ total: 2, succeeded: 1, failed: 1, unfinished: 0 });
  const members: string[] = [];
  for await (const member of client.groups.jobs(id, { limit: 1 })) members.push(member.id);
  expect(members).toEqual(results.map(({ job }) => job?.id));
  expect((await client.groups.cancel(id)).status).toBe('failed');
});

it('makes a group of one batch, and cancels it', async () => {
  const client = clientOf();
  const { group } = await client.batch([{ type: 'run-query', input: { sql: 'SELECT 1' }, delaySeconds: 3_600 }], { group: true });
  await client.groups.cancel(group, { reason: 'changed my mind' });
  expect(is(await failure((await client.job(group)).result()), 'job-cancelled')).toBe(true);
});

it('uploads what is too large for a request, once', async () => {
  const client = clientOf();
  const csv = `n\n${Array.from({ length: 1_000 }, (_, i) => i).join('\n')}\n`;
  const [url, again] = [await client.upload(csv, { contentType: 'text/csv' }), await client.upload(csv, { contentType: 'text/csv' })];
  expect(url).toMatch(/^upload:\/\/upl_/);
  for (const source of [url, again]) {
    const { rows } = await client.run('run-query', { sql: 'SELECT sum(n)::INT FROM t', sources: { t: { url: source, format: 'csv' } } });
    expect(rows).toEqual([[499_500]]);
  }
});

it('sets, shows, lists and deletes a schedule, and says who calls', async () => {
  const { schedules, ...client } = clientOf();
  expect(client).toBeDefined();
  const name = `client-${Math.random().toString(36).slice(2, 8)}`;
  const schedule = { every: { hours: 6 }, job: { type: 'run-query', input: { sql: 'SELECT 1' } } };
  expect(await schedules.set(name, schedule)).toMatchObject({ name });
  const names: string[] = [];
  for await (const one of schedules.list()) names.push(one.name);
  expect(names).toContain(name);
  await schedules.delete(name);
  expect(is(await failure(schedules.get(name)), 'schedule-not-found')).toBe(true);
  expect(await clientOf().me()).toMatchObject({ owner: expect.any(String) });
});

const onLaptop = deployment.isLocal ? describe : describe.skip;
onLaptop('the examples of its page', () => {
  const root = join(__dirname, '..', '..');
  const files = [...readFileSync(join(root, 'docs', 'client.md'), 'utf8').matchAll(/^```ts (\S+)\n(.*?)^```$/gms)];
  const folder = mkdtempSync(join(tmpdir(), 'client-page-'));
  const node = (name: string) => join(root, 'node_modules', '.bin', name);
  beforeAll(() => {
    const home = join(folder, 'node_modules', 'delegation-client');
    mkdirSync(home, { recursive: true });
    symlinkSync(join(root, 'client'), join(home, 'sources'));
    writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'delegation-client', type: 'module', exports: './sources/index.ts' }));
    for (const name of ['zod', 'aws4fetch', '@types']) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    for (const [, name = '', text = ''] of files) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'], paths: {} }, include: ['*.ts'] }),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('compile', async () => {
    expect(files.map(([, name]) => name)).toEqual(['first.ts', 'typed.ts']);
    const { stdout } = await promisify(execFile)(node('tsc'), ['-p', folder], { cwd: folder }).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });

  it.each([
    ['first.ts', /^queued.*\n(?:running *\n)?succeeded *\n\{[\s\S]*rows: \[ \[ 42 \] \]/m],
    ['typed.ts', /^Ada\n$/],
  ])('%s prints what it says', async (name, expected) => {
    const env = { ...process.env, DELEGATION_URL: deployment.url };
    const { stdout } = await promisify(execFile)(node('node'), ['--disable-warning=ExperimentalWarning', name], {
      cwd: folder,
      env,
    });
    expect(stdout).toMatch(expected);
  });
});
