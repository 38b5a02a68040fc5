/** Webhooks of the local mode, received by a server of another process's own: the test. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { catalogue } from '../../lambdas/jobs/catalogue.ts';
import { verifyWebhook } from '../../lambdas/webhook/verify-webhook.ts';
import { HttpClient, type JobAnswer } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders & Record<string, string>;
  readonly body: string;
}

const local = new LocalProcess();
const client = new HttpClient(() => local.url);
const received: Received[] = [];
/** By path, what the receiver answers next; 204 after that. */
const answers = new Map<string, (number | 'drop' | Promise<number>)[]>();
const receiver = createServer(async (request, response) => {
  const body = await text(request);
  const path = request.url ?? '';
  received.push({ path, headers: request.headers as Received['headers'], body });
  const answer = await (answers.get(path)?.shift() ?? 204);
  if (answer === 'drop') request.socket.destroy();
  else response.writeHead(answer).end('nothing of this is kept');
});
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  await local.start();
});

afterAll(async () => {
  await local.remove();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const secret = () => readFileSync(local.endpoints().webhookSecretFile, 'utf8').trim();
const put = { table: 'scratch', operation: 'put', rows: [{ id: 'webhook' }] };
const at = (path: string) => received.filter((one) => one.path === path);

interface WebhookMember {
  readonly url: string;
  readonly delivery: string | null;
}

async function deliveryOf(job: JobAnswer): Promise<JobAnswer> {
  const { delivery } = job['webhook'] as WebhookMember;
  // The delivery is submitted after the end is written.
  while ((await client.get(`/v1/jobs/${delivery}`)).status === 404) await new Promise((resolve) => setTimeout(resolve, 50));
  return client.ended(String(delivery));
}

it('delivers an end once, in a form that any receiver of Standard Webhooks verifies', async () => {
  const job = await client.run('write-batch', put, { webhookUrl: `${origin}/one?token=t` });
  const delivery = await deliveryOf(job);
  expect(job['webhook']).toEqual({ url: `${origin}/one`, events: ['ended'], delivery: delivery.id });
  expect(delivery).toMatchObject({
    type: 'deliver-webhook',
    status: 'succeeded',
    result: { tries: [{ outcome: 'delivered', status: 204 }] },
  });
  const [one, ...more] = at('/one?token=t');
  expect(more).toEqual([]);
  const { headers, body } = one as Received;
  const event = new Webhook(secret()).verify(body, headers);
  expect(verifyWebhook({ headers, body }, { secrets: secret() })).toMatchObject({ event });
  expect(event).toMatchObject({ type: 'job.succeeded', data: { id: job.id, status: 'succeeded', result: job.result } });
  expect(JSON.stringify(delivery)).not.toMatch(/nothing of this|token=t/);
});

it('tries again with the same id and the same bytes, and signs each try for its own time', async () => {
  answers.set('/again', [503, 'drop']);
  const job = await client.run('write-batch', put, { webhookUrl: `${origin}/again` });
  while (at('/again').length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
  const delivery = String((job['webhook'] as WebhookMember).delivery);
  const waiting = (await client.get(`/v1/jobs/${delivery}`)).body;
  expect(waiting.status).not.toBe('failed');
  while (at('/again').length < 2) await new Promise((resolve) => setTimeout(resolve, 200));
  const tries = at('/again');
  expect(new Set(tries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(tries.map(({ body }) => body)).size).toBe(1);
  for (const { headers, body } of tries) new Webhook(secret()).verify(body, headers);
});

const launch = { instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], imageId: 'ami-1', count: 1 };
const inputs: Readonly<Record<string, unknown>> = {
  'run-query': { sql: "SELECT repeat('x', 1500) AS text" },
  'write-batch': put,
  'launch-instances': launch,
  'terminate-instances': { instanceIds: ['i-0123456789abcdef0'], unknownIds: 'ignore' },
};

it.each(catalogue.map(({ name }) => [name]))('is sent by the worker of %s', async (type) => {
  const job = await client.run(type, inputs[type], { webhookUrl: `${origin}/${type}` });
  expect([job.status, (await deliveryOf(job)).status]).toEqual(['succeeded', 'succeeded']);
  expect(at(`/${type}`)).toHaveLength(1);
});

it('starts jobs of every type that wait for the delivery', async () => {
  const { promise, resolve: answer } = Promise.withResolvers<number>();
  answers.set('/after', [promise]);
  const job = await client.run('write-batch', put, { webhookUrl: `${origin}/after` });
  while (at('/after').length < 1) await new Promise((resolve) => setTimeout(resolve, 50));
  const after = [String((job['webhook'] as WebhookMember).delivery)];
  const followers = await Promise.all(Object.entries(inputs).map(([type, input]) => client.submit(type, input, { after })));
  for (const { body } of followers)
    await client.until(body.id, ({ status, reason }) => status === 'waiting' && reason?.code === 'waiting_for_job');
  answer(204);
  expect((await deliveryOf(job)).status).toBe('succeeded');
  const ended = await Promise.all(followers.map(({ body }) => client.ended(body.id)));
  expect(ended.map(({ status }) => status)).toEqual(followers.map(() => 'succeeded'));
});

it('is sent by the worker of groups', async () => {
  const { body } = await client.request('POST', '/v1/groups', { body: { webhookUrl: `${origin}/group` } });
  await client.request('POST', `/v1/groups/${body.id}/seal`);
  expect((await deliveryOf(await client.ended(body.id))).status).toBe('succeeded');
  expect(at('/group')).toHaveLength(1);
});

it('is sent by the API, the clock and a cancel by filter, when they end a job', async () => {
  const webhookUrl = `${origin}/ended`;
  const later = { delaySeconds: 600, webhookUrl };
  const cancelled = (await client.submit('write-batch', put, later)).body;
  expect((await client.request('POST', `/v1/jobs/${cancelled.id}/cancel`)).status).toBe(200);
  const tags = { filter: 'yes' };
  const byFilter = (await client.submit('write-batch', put, { ...later, tags })).body;
  const act = { filter: { tag: ['filter:yes'] }, dryRun: false };
  await client.ended((await client.request('POST', '/v1/jobs/cancel', { body: act })).body.id);
  await client.request('PUT', '/v1/job-types/write-batch/state', { body: { state: 'paused' } });
  // Workers read the states of types every ten seconds.
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  const deadline = new Date(Date.now() + 2_000).toISOString();
  const late = (await client.submit('write-batch', put, { webhookUrl, deadline })).body;
  for (const { id } of [cancelled, byFilter, late]) await deliveryOf(await client.ended(id));
  await client.request('PUT', '/v1/job-types/write-batch/state', { body: { state: 'active' } });
  const types = at('/ended').map(({ body }) => (JSON.parse(body) as { type: string }).type);
  expect(types.sort()).toEqual(['job.cancelled', 'job.cancelled', 'job.failed']);
});

it('is sent again by hand, also where the receiver wanted no more of it', async () => {
  answers.set('/gone', [410]);
  const job = await client.run('write-batch', put, { webhookUrl: `${origin}/gone` });
  expect(await deliveryOf(job)).toMatchObject({ status: 'failed', error: { code: 'webhook_gone' } });
  const again = await client.request('POST', `/v1/jobs/${job.id}/webhook`);
  expect(again.status).toBe(202);
  expect(await client.ended(again.body.id)).toMatchObject({ status: 'succeeded' });
  expect(new Set(at('/gone').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
});

it('is sent the start as well, where that is asked for, in an order that its sequence says', async () => {
  const members = { webhookUrl: `${origin}/start`, webhookEvents: ['ended', 'started'] };
  const job = await client.run('write-batch', put, members);
  await deliveryOf(job);
  while (at('/start').length < 2) await new Promise((resolve) => setTimeout(resolve, 100));
  const events = at('/start').map(({ headers, body }) => new Webhook(secret()).verify(body, headers) as { type: string; sequence: number });
  expect(events.sort((a, b) => a.sequence - b.sequence).map(({ type }) => type)).toEqual(['job.started', 'job.succeeded']);
});

it('is sent for each job of a schedule and of a batch', async () => {
  const webhookUrl = `${origin}/many`;
  const schedule = { every: { minutes: 1 }, job: { type: 'write-batch', input: put, webhookUrl } };
  const put1 = await client.request<{ job: { webhookUrl: string } }>('PUT', '/v1/schedules/webhook', { body: schedule });
  expect([put1.status, put1.body.job.webhookUrl]).toEqual([201, webhookUrl]);
  await client.request('DELETE', '/v1/schedules/webhook');
  const jobs = [{ type: 'write-batch', input: put, webhookUrl }];
  const { body } = await client.request<{ results: { job: JobAnswer }[] }>('POST', '/v1/jobs/batch', { body: { jobs } });
  await deliveryOf(await client.ended(String(body.results[0]?.job.id)));
  expect(at('/many')).toHaveLength(1);
});

it('goes to no address inside but this machine, even in the local mode', async () => {
  for (const webhookUrl of ['http://169.254.169.254/latest/meta-data/', 'https://10.0.0.1/', 'http://example.com/'])
    expect((await client.submit('write-batch', put, { webhookUrl })).status).toBe(422);
});
