/** `GET /v1/jobs/{id}/events` through a deployed gateway, with an `EventSource` that signs its requests. */
import { EventSourceProcess } from '../support/event-source-process.ts';
import { HttpClient } from '../support/http-client.ts';
import { Rehearsal, waitForGo } from '../support/rehearsal.ts';
import { Deployment } from '../support/tested-deployment.ts';

const deployment = new Deployment();
const { client } = deployment;
const rehearsal = new Rehearsal(client);
const signer = () => ({ ...deployment.credentialsOf('local'), region: 'us-east-1' });

it('reports a job until its end, in answers of which each has one state, none twice', async () => {
  const { id } = await rehearsal.start([waitForGo]);
  await rehearsal.waits({ id }, 'waiting_for_signal');
  const source = new EventSourceProcess(`${deployment.url}/v1/jobs/${id}/events`, signer());
  await source.until((lines) => lines.some(({ event }) => event === 'job'));
  await rehearsal.signal(id, 'go', { by: 'a watcher' });
  await source.closed();
  const events = source.jobEvents();
  expect([events[0], ...events.slice(-2)]).toEqual(['job waiting', 'job succeeded', 'end succeeded']);
  const ids = source.lines().flatMap(({ event, id: tag }) => (event === 'job' ? [tag] : []));
  expect(new Set(ids).size).toBe(ids.length);
  expect(source.lines().filter(({ event }) => event === 'open').length).toBeGreaterThan(1);
  expect(source.lines().at(-1)).toEqual({ event: 'error', code: 204, isClosed: true });
});

it('holds an answer until the next change, for a job that runs', async () => {
  const { body } = await client.submit('probe', { act: 'succeed', seconds: 12 });
  await client.until(body.id, ({ status }) => status === 'running');
  const path = `/v1/jobs/${body.id}/events`;
  const seen: string[] = [];
  let text = '';
  // An answer is held for twenty seconds.
  const signal = () => AbortSignal.timeout(40_000);
  while (!/^event: end$/m.test(text)) {
    const headers = seen.length === 0 ? {} : { 'last-event-id': seen.at(-1) as string };
    const answer = await client.request('GET', path, { headers, signal: signal() });
    expect(answer.status).toBe(200);
    text = answer.text;
    const [, id] = /^event: job\nid: (\w+)$/m.exec(text) ?? [];
    if (id !== undefined) seen.push(id);
  }
  expect(text).toMatch(/^event: job$.*"status":"succeeded"/ms);
  // Its heartbeats change what it has cost.
  expect([seen.length > 1, seen.length < 8, new Set(seen).size]).toEqual([true, true, seen.length]);
});

it('is for callers who sign, of their own jobs', async () => {
  const { id } = await rehearsal.start([]);
  const path = `/v1/jobs/${id}/events`;
  expect((await new HttpClient(() => deployment.url).get(path)).status).toBe(403);
  expect((await client.as('eve').get(path)).status).toBe(404);
  expect((await client.request('GET', path, { headers: { accept: 'application/json' } })).status).toBe(406);
});
