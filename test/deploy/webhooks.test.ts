/** Webhooks of a deployment: each of its functions that ends jobs creates deliveries, and one function signs them with the secret of the account. */
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Webhook } from 'standardwebhooks';
import type { JobAnswer } from '../support/http-client.ts';
import { fail, Rehearsal, waitForGo } from '../support/rehearsal.ts';
import { Deployment } from '../support/tested-deployment.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders & Record<string, string>;
  readonly body: string;
}
interface JobEnded {
  readonly type: string;
  readonly sequence: number;
  readonly data: { readonly id: string; readonly status: string; readonly error: { readonly code: string } | null };
}

const deployment = new Deployment();
const { client } = deployment;
const rehearsal = new Rehearsal(client);
const { folder = '' } = JSON.parse(process.env['DELEGATION_DEPLOYED'] ?? '{}') as { readonly folder?: string };
const read = (file: string) => readFileSync(join(folder, file));
const received: Received[] = [];
/** By path, what the receiver answers next; 204 after that. */
const answers = new Map<string, number[]>();
let origin = '';
let secret = '';
let secretOfAnn = '';

const receiver = createServer({ cert: read('server.pem'), key: read('server.key') }, async (request, response) => {
  const path = request.url ?? '';
  received.push({ path, headers: request.headers as Received['headers'], body: await text(request) });
  response.writeHead(answers.get(path)?.shift() ?? 204).end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  origin = `https://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const secrets = new SecretsManagerClient(deployment.aws('secretsmanager'));
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand());
  const secretNamed = async (prefix: string) => {
    const SecretId = SecretList.find(({ Name }) => Name?.startsWith(prefix))?.ARN;
    return (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '';
  };
  [secret, secretOfAnn] = [await secretNamed('Delegation-test-'), await secretNamed('webhooks-of-ann')];
});

afterAll(async () => {
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

/** @returns what arrived at a path, verified as any receiver of Standard Webhooks does it, once there are that many */
async function eventsAt(path: string, count = 1, signer = secret): Promise<readonly JobEnded[]> {
  const there = () => received.filter((one) => one.path === path);
  for (const endsAtMs = Date.now() + 600_000; there().length < count; await sleep(100))
    if (Date.now() > endsAtMs) throw new Error(`At ${path} there came ${there().length} of ${count}.`);
  return there().map(({ headers, body }) => new Webhook(signer).verify(body, headers) as JobEnded);
}

async function deliveryOf(job: JobAnswer): Promise<JobAnswer> {
  const { delivery } = job['webhook'] as { readonly delivery: string };
  // The delivery is submitted after the end is written.
  while ((await client.get(`/v1/jobs/${delivery}`)).status === 404) await sleep(100);
  return client.ended(delivery);
}

it.concurrent('brings the end of a job once, signed with the secret of the account', async () => {
  const { id } = await rehearsal.start([], { webhookUrl: `${origin}/one?token=t` });
  const delivery = await deliveryOf(await client.ended(id));
  expect(delivery).toMatchObject({
    type: 'deliver-webhook',
    status: 'succeeded',
    result: { tries: [{ outcome: 'delivered', status: 204 }] },
  });
  const events = await eventsAt('/one?token=t');
  expect(events).toEqual([expect.objectContaining({ type: 'job.succeeded', data: expect.objectContaining({ id, status: 'succeeded' }) })]);
});

it.concurrent('is signed with the secret of its owner, where the deployer has named one', async () => {
  const { id } = await new Rehearsal(client.as('ann')).start([], { webhookUrl: `${origin}/ann` });
  expect(await eventsAt('/ann', 1, secretOfAnn)).toMatchObject([{ type: 'job.succeeded', data: { id } }]);
  await expect(eventsAt('/ann')).rejects.toThrow(/signature/);
});

it.concurrent('brings the start as well, where it is asked for, in an order that its sequence says', async () => {
  await rehearsal.start([], { webhookUrl: `${origin}/start`, webhookEvents: ['ended', 'started'] });
  const events = await eventsAt('/start', 2);
  expect(events.toSorted((a, b) => a.sequence - b.sequence).map(({ type }) => type)).toEqual(['job.started', 'job.succeeded']);
});

it.concurrent('tries again after a failure, with the same id and the same bytes', async () => {
  answers.set('/again', [503]);
  await rehearsal.start([], { webhookUrl: `${origin}/again` });
  await eventsAt('/again', 2);
  const tries = received.filter(({ path }) => path === '/again');
  expect(new Set(tries.map(({ headers, body }) => JSON.stringify([headers['webhook-id'], body]))).size).toBe(1);
});

it.concurrent('is sent again by hand, also where the receiver wanted no more of it', async () => {
  answers.set('/gone', [410]);
  const job = await client.ended((await rehearsal.start([], { webhookUrl: `${origin}/gone` })).id);
  expect(await deliveryOf(job)).toMatchObject({ status: 'failed', error: { code: 'webhook_gone' } });
  const { status, body } = await client.request('POST', `/v1/jobs/${job.id}/webhook`);
  expect([status, (await client.ended(body.id)).status]).toEqual([202, 'succeeded']);
});

describe('is sent by each function that ends a job:', () => {
  it.concurrent('the API, by a cancel', async () => {
    const { id } = await rehearsal.start([], { delaySeconds: 3_600, webhookUrl: `${origin}/cancel` });
    await client.request('POST', `/v1/jobs/${id}/cancel`);
    expect(await eventsAt('/cancel')).toMatchObject([{ type: 'job.cancelled', data: { id } }]);
  });

  it.concurrent('the API, by a job with the same unique key that replaces it', async () => {
    const key = { uniqueKey: 'webhook', onDuplicate: 'replace', delaySeconds: 3_600 };
    const { id } = await rehearsal.start([], { ...key, webhookUrl: `${origin}/replaced` });
    const last = await rehearsal.start([], key);
    expect(await eventsAt('/replaced')).toMatchObject([{ type: 'job.cancelled', data: { id } }]);
    await client.request('POST', `/v1/jobs/${last.id}/cancel`);
  });

  it.concurrent('that which cancels by a filter', async () => {
    const { id } = await rehearsal.start([], { delaySeconds: 3_600, tags: { of: 'webhooks' }, webhookUrl: `${origin}/filter` });
    await client.request('POST', '/v1/jobs/cancel', { body: { filter: { tag: ['of:webhooks'] }, dryRun: false } });
    expect(await eventsAt('/filter')).toMatchObject([{ type: 'job.cancelled', data: { id } }]);
  });

  it.concurrent('a worker, for a job that fails since another one did', async () => {
    const first = await rehearsal.start([waitForGo, fail]);
    const { id } = await rehearsal.start([], { after: [first.id], webhookUrl: `${origin}/after` });
    await rehearsal.signal(first.id, 'go', { by: 'a test' });
    expect(await eventsAt('/after')).toMatchObject([{ type: 'job.failed', data: { id, error: { code: 'predecessor_failed' } } }]);
  });

  it.concurrent('the clock, at a deadline', async () => {
    const holder = await rehearsal.start([waitForGo]);
    const deadline = new Date(Date.now() + 3_000).toISOString();
    const { id } = await rehearsal.start([], { after: [holder.id], deadline, webhookUrl: `${origin}/deadline` });
    expect(await eventsAt('/deadline')).toMatchObject([{ type: 'job.failed', data: { id, error: { code: 'deadline_exceeded' } } }]);
    await client.request('POST', `/v1/jobs/${holder.id}/cancel`);
  });
});
