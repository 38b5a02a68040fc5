/** The proxy of `delegation console` before the local mode: the API is the same through it. */
import { unsigned } from '../../client/auth.ts';
import { createClient, is } from '../../client/index.ts';
import { type ConsoleProxy, startConsoleProxy } from '../../console/server/console-proxy.ts';
import { LocalProcess } from '../support/local-process.ts';

const local = new LocalProcess();
let proxy: ConsoleProxy;
let origin: string;
let key: string;

beforeAll(async () => {
  await local.start();
  proxy = await startConsoleProxy({ target: { url: local.url, auth: unsigned, label: 'this machine', region: null }, files: new Map() });
  const url = new URL(proxy.url);
  origin = url.origin;
  key = url.hash.slice('#key='.length);
});
afterAll(async () => {
  await proxy?.stop();
  await local.remove();
});

const withKey = (headers: Readonly<Record<string, string>> = {}) => ({ ...headers, 'delegation-console-key': key });
const throughProxy = () => createClient({ url: origin, auth: ({ headers }) => withKey(headers) });

it('serves a client: submits, follows, reads a large result by its link, cancels', async () => {
  const job = await throughProxy().submit(
    'run-query',
    { sql: "SELECT repeat('x', 2000) AS text FROM range(60)" },
    { key: 'through the proxy' },
  );
  const statuses: string[] = [];
  for await (const { status } of job.changes()) statuses.push(status);
  expect(statuses.at(-1)).toBe('succeeded');
  expect(await job.result()).toMatchObject({ rowCount: 60 });
  const later = await throughProxy().submit('run-query', { sql: 'SELECT 1' }, { delaySeconds: 3_600 });
  expect((await later.cancel()).status).toBe('cancelled');
});

it("passes the API's own refusals on", async () => {
  const refused = await throughProxy()
    .submit('run-query', { sql: 1 })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(is(refused, 'problem')).toBe(true);
  expect(refused).toMatchObject({ code: 'invalid-submission', status: 422, errors: [{ pointer: '#/input/sql' }] });
});

it('answers 304 to a tab that has the latest state', async () => {
  const { id } = await throughProxy().submit('run-query', { sql: 'SELECT 1' }, { delaySeconds: 3_600 });
  const first = await fetch(`${origin}/v1/jobs/${id}`, { headers: withKey() });
  const etag = first.headers.get('etag') ?? '';
  expect([first.status, etag === '']).toEqual([200, false]);
  const again = await fetch(`${origin}/v1/jobs/${id}`, { headers: withKey({ 'If-None-Match': etag }) });
  expect([again.status, again.headers.get('etag')]).toEqual([304, etag]);
});

it('passes live events on, each when it happens', async () => {
  const { id } = await throughProxy().submit('run-query', { sql: 'SELECT 1' }, { delaySeconds: 3_600 });
  const stream = await fetch(`${origin}/v1/jobs/${id}/events`, { headers: withKey({ Accept: 'text/event-stream' }) });
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const readUntil = async (word: string) => {
    while (!seen.includes(word)) {
      const { value, done } = (await reader?.read()) ?? {};
      if (done === true) throw new Error(`ended without ${word}: ${seen}`);
      seen += value ?? '';
    }
  };
  await readUntil('"scheduled"');
  await (await throughProxy().job(id)).cancel();
  await readUntil('"cancelled"');
});

it('hands a page the link of a large result, which the bucket answers without the key', async () => {
  const job = await throughProxy().submit('run-query', { sql: "SELECT repeat('y', 2000) AS text FROM range(60)" });
  for await (const _ of job.changes());
  const path = `${origin}/v1/jobs/${job.id}/result`;
  const redirect = await fetch(path, { redirect: 'manual', headers: withKey() });
  expect([redirect.status, redirect.headers.get('location')]).toEqual([303, expect.stringMatching(/^http/)]);
  const asBody = await fetch(path, { redirect: 'error', headers: withKey({ 'delegation-console-link': 'body' }) });
  const { location } = (await asBody.json()) as { readonly location: string };
  expect(await (await fetch(location)).json()).toMatchObject({ rowCount: 60 });
});

it('believes no page that says whose it is: the owner is that of the credentials', async () => {
  const me = await fetch(`${origin}/v1/me`, { headers: withKey({ 'delegation-owner': 'somebody-else' }) });
  expect(((await me.json()) as { readonly owner: string }).owner).toBe('local');
});

it('serves the description and the pages about problems', async () => {
  expect(((await (await fetch(`${origin}/openapi.json`, { headers: withKey() })).json()) as { openapi: string }).openapi).toMatch(/^3\.1/);
  expect(await (await fetch(`${origin}/problems/job-not-found`, { headers: withKey() })).text()).toContain('job-not-found');
});
