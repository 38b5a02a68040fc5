import { HttpClient } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';

const server = new LocalProcess();
const client = new HttpClient(() => server.url);
// Its worker must not lose its lease while queries take the processors.
beforeAll(() => server.start({ DELEGATION_LEASE_SECONDS: '60' }));
afterAll(() => server.remove());

it('is driven by programs of this machine, not by web pages', async () => {
  const page = await fetch(`${server.url}/healthz`, { headers: { origin: 'https://evil.example' } });
  expect(page.status).toBe(403);
});

it('prints its one line and nothing that looks like an error', () => {
  expect(server.output).toBe(`Delegation is listening on ${server.url}\n`);
});

it('takes what headers hold for UTF-8, as programs send it', async () => {
  const asBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  const { body } = await client.as(asBytes('zoë 🦁')).submit('write-batch', { table: 'scratch', operation: 'put', rows: [{ id: 'zoë' }] });
  expect(body['owner']).toBe('zoë 🦁');
});

it('goes on answering while as many queries run as may run at once', async () => {
  const sql = 'SELECT count(*) FROM range(1000000) a, range(1000000) b';
  const ids = await Promise.all(Array.from({ length: 5 }, async () => (await client.submit('run-query', { sql })).body.id));
  for (const id of ids) await client.until(id, ({ status }) => status === 'running');
  expect((await client.submit('write-batch', { table: 'scratch', operation: 'put', rows: [{ id: 'meanwhile' }] })).status).toBe(202);
  for (const id of ids) expect((await client.request('POST', `/v1/jobs/${id}/cancel`)).status).toBe(202);
  for (const id of ids) expect((await client.ended(id)).status).toBe('cancelled');
});

it('refuses a second process on its data', async () => {
  const { code, output } = await server.startSecond();
  expect(code).toBe(1);
  expect(output).toContain('Another process is using');
  server.output = '';
});

it('names the port that is taken, and what to do', async () => {
  const other = new LocalProcess();
  const { port } = new URL(server.url);
  const { code, output } = await other.startSecond({ PORT: port });
  expect([code, output.trim()]).toEqual([1, `Port ${port} is in use. Choose another one with PORT, or PORT=0 for a free one.`]);
  await other.remove();
});

it.each(['SIGTERM', 'SIGINT'] as const)('ends well when %s comes while it starts', async (signal) => {
  const starting = new LocalProcess();
  expect(await starting.stopWhileStarting(signal)).toBe(0);
  await starting.start();
  expect(await starting.end(signal)).toBe(0);
  await starting.remove();
});
