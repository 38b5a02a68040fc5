/** `GET /v1/jobs/{id}/events` of the whole local mode, with the programs of people: an `EventSource`, and a plain connection. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceProcess } from '../support/event-source-process.ts';
import { HttpClient } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';

const server = new LocalProcess();
const client = new HttpClient(() => server.url);
beforeAll(() => server.start());
afterAll(() => server.remove());

const rows = (id: string) => ({ table: 'scratch', operation: 'put', rows: [{ id }] });
const sourceOf = (id: string) => new EventSourceProcess(`${server.url}/v1/jobs/${id}/events`);

it('reports a job from its acceptance to its end, after which an EventSource connects no more', async () => {
  const { body } = await client.submit('write-batch', rows('live'), { delaySeconds: 3 });
  const source = sourceOf(body.id);
  await source.closed();
  const events = source.jobEvents();
  expect([events[0], ...events.slice(-2)]).toEqual(['job scheduled', 'job succeeded', 'end succeeded']);
  const tags = source.lines().flatMap(({ event, id }) => (event === 'job' ? [id] : []));
  expect(new Set(tags).size).toBe(tags.length);
  expect(source.lines().at(-1)).toEqual({ event: 'error', code: 204, isClosed: true });
});

it('reports a hundred jobs at once', async () => {
  const jobs = await Promise.all(
    Array.from({ length: 100 }, (_, i) => client.submit('write-batch', rows(`many-${i}`), { delaySeconds: 2 })),
  );
  const read = async (id: string) => (await fetch(`${server.url}/v1/jobs/${id}/events`)).text();
  const texts = await Promise.all(jobs.map(({ body }) => read(body.id)));
  for (const text of texts) expect(text).toMatch(/event: end\nid: [0-9a-f]{32}\ndata: \{"status":"succeeded"\}\n\n$/);
});

it('connects an EventSource again after a restart of the server, without a repeat of what it has', async () => {
  const { body } = await client.submit('write-batch', rows('restarted'), { delaySeconds: 3_600 });
  const source = sourceOf(body.id);
  await source.until((lines) => lines.some(({ event }) => event === 'job'));
  const startMs = performance.now();
  expect(await server.end('SIGTERM')).toBe(0);
  expect(performance.now() - startMs).toBeLessThan(15_000);
  await source.until((lines) => lines.some(({ event }) => event === 'error'));
  const { port } = new URL(server.url);
  await server.start({ PORT: port });
  await source.until((lines) => lines.filter(({ event }) => event === 'open').length === 2);
  await sleep(500);
  expect(source.jobEvents()).toEqual(['job scheduled']);
  await client.request('POST', `/v1/jobs/${body.id}/cancel`);
  await source.closed();
  expect(source.jobEvents()).toEqual(['job scheduled', 'job cancelled', 'end cancelled']);
});
