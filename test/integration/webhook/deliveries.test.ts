/** Webhooks from the end of a job to a receiver over TLS: who is sent it, when, how often, and what a crash leaves. */
import type { JobTypeContract } from '../../../lambdas/core/contract/contract.ts';
import { PermanentError, RetryableError, UnavailableError } from '../../../lambdas/core/contract/errors.ts';
import type { Job } from '../../../lambdas/core/job/job.ts';
import { deliveryId } from '../../../lambdas/core/submit/webhook-delivery.ts';
import { contract as bulkAction } from '../../../lambdas/jobs/bulk-action/contract.ts';
import { type DeliveryResult, contract as deliverWebhook } from '../../../lambdas/jobs/deliver-webhook/contract.ts';
import type { DeliveryDeps } from '../../../lambdas/jobs/deliver-webhook/deliver.ts';
import { postWebhook } from '../../../lambdas/webhook/post-webhook.ts';
import { ApiCaller } from '../../support/api-caller.ts';
import type { TestWork } from '../../support/test-engine.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import {
  answer,
  closeReceivers,
  marker,
  newSecret,
  type Request,
  Setting,
  secret,
  started,
  succeed,
  webhookUrl,
} from './delivery-setting.ts';
import { networkTo, receiverName } from './receivers.ts';

useEmulators();

afterEach(closeReceivers);

const resultOf = ({ result }: Job) => JSON.parse(result?.kind === 'inline' ? result.json : 'null') as DeliveryResult;

describe('an end', () => {
  it.each<[string, TestWork]>([
    ['succeeded', succeed],
    [
      'failed',
      {
        run: async () => {
          throw new PermanentError('It is broken.', { code: 'broken', details: { part: 1 } });
        },
      },
    ],
  ])('of a job that %s reaches its receiver once, as the API shows the job', async (status, work) => {
    const setting = await Setting.open();
    const job = await setting.ended({}, work);
    const delivery = await setting.work(deliveryId(job));
    expect(delivery).toMatchObject({ status: 'succeeded', owner: 'tester', type: 'deliver-webhook' });
    expect(setting.requests).toHaveLength(1);
    const [request] = setting.received() as [Request];
    const { id, event } = setting.verified(request);
    expect(resultOf(delivery)).toEqual({
      messageId: id,
      tries: [{ at: expect.any(String), outcome: 'delivered', status: 204, code: null }],
    });
    const { body } = await setting.api.get(`/v1/jobs/${job.id}`);
    expect(event).toEqual({
      type: `job.${status}`,
      timestamp: body['finishedAt'],
      sequence: expect.any(Number),
      data: JSON.parse(JSON.stringify(body)),
    });
    expect(body['webhook']).toEqual({ url: `https://${receiverName}/hook`, events: ['ended'], delivery: delivery.id });
  });

  it('of a job that was cancelled before it started reaches it, too', async () => {
    const setting = await Setting.open();
    const { body } = await setting.api.post('/v1/jobs', { type: setting.engine.contract.name, input: { text: 'x' }, webhookUrl });
    expect(body['webhook']).toEqual({ url: `https://${receiverName}/hook`, events: ['ended'], delivery: null });
    await setting.api.post(`/v1/jobs/${body.id}/cancel`);
    await setting.work(deliveryId(await setting.engine.read(body)));
    expect(setting.verified(setting.received()[0] as Request).event).toMatchObject({
      type: 'job.cancelled',
      data: { status: 'cancelled' },
    });
  });

  it('makes no delivery where no webhook was named, and none before the end', async () => {
    const setting = await Setting.open();
    const other = await setting.engine.accept();
    await setting.engine.wake(other, succeed);
    const retried = await setting.ended({}, { run: () => Promise.reject(new RetryableError('later')) });
    expect(retried.status).toBe('waiting');
    for (const job of [await setting.engine.read(other), retried])
      expect(await setting.engine.ports.store.get(deliveryId(job), 0)).toBeUndefined();
  });

  it('is delivered after the clock where its worker died before it announced it', async () => {
    const setting = await Setting.open();
    const { store } = setting.engine.ports;
    const create = jest.spyOn(store, 'create');
    const job = await setting.engine.accept({ webhookUrl });
    create.mockRejectedValueOnce(new UnavailableError('the table does not answer'));
    await setting.engine.wake(job, succeed).catch(() => undefined);
    const ended = await setting.engine.read(job);
    expect(ended).toMatchObject({ status: 'succeeded', isUnannounced: true });
    expect(await store.get(deliveryId(ended), 0)).toBeUndefined();
    setting.engine.runtime.skip(600_000);
    await setting.engine.clock();
    const { isUnannounced, alarm } = await setting.engine.read(job);
    expect([isUnannounced, alarm]).toEqual([undefined, undefined]);
    expect(await setting.work(deliveryId(ended))).toMatchObject({ status: 'succeeded' });
    expect(setting.requests).toHaveLength(1);
  });

  it('of a job of the service itself is delivered as well, and that of a delivery never', async () => {
    const setting = await Setting.open();
    const ofType = (contract: unknown) => setting.engine.accept({ contract: contract as JobTypeContract, webhookUrl });
    const [bulk, delivery] = [await ofType(bulkAction), await ofType(deliverWebhook)];
    for (const job of [bulk, delivery]) await setting.engine.cancel(job);
    expect(await setting.work(deliveryId(bulk))).toMatchObject({ status: 'succeeded' });
    const { event } = setting.verified(setting.received()[0] as Request);
    expect(event).toMatchObject({ type: 'job.cancelled', data: { id: bulk.id, type: 'bulk-action', links: { retry: null } } });
    expect(await setting.engine.ports.store.get(deliveryId(delivery), 0)).toBeUndefined();
  });

  it('that is announced twice is delivered once', async () => {
    const setting = await Setting.open();
    const job = await setting.ended();
    await setting.engine.ports.ends.announce({ ...job, isUnannounced: true });
    await setting.work(deliveryId(job));
    await setting.work(deliveryId(job));
    expect(setting.requests).toHaveLength(1);
  });

  it('takes no place in the quota, and no submission of it', async () => {
    const setting = await Setting.open();
    const quota = { submissionsPerMinute: 1, jobsInFlight: 1 };
    Object.assign(setting.engine.ports, { settings: { ...setting.engine.ports.settings, quota } });
    const job = await setting.ended();
    expect(await setting.work(deliveryId(job))).toMatchObject({ status: 'succeeded' });
  });

  it('is thin where it is large: what links lead to is left out, and 20 kB are never exceeded', async () => {
    const setting = await Setting.open();
    const job = await setting.ended(
      { input: { text: 'ü'.repeat(900) }, tags: { team: 'data' } },
      {
        run: async (_, ctx) => {
          for (let i = 0; i < 60; i++) await ctx.step(`${i} ${'x'.repeat(90)}`, async () => i);
          throw new PermanentError('It is broken.', { code: 'broken', details: { much: 'x'.repeat(15_000) } });
        },
      },
    );
    await setting.work(deliveryId(job));
    const [request] = setting.received() as [Request];
    expect(Buffer.byteLength(request.body)).toBeLessThanOrEqual(20_000);
    const { data } = setting.verified(request).event as { data: Record<string, unknown> };
    expect(data).toMatchObject({
      id: job.id,
      input: null,
      result: null,
      timeline: [],
      error: { code: 'broken', message: 'It is broken.' },
    });
    expect(data['error']).not.toHaveProperty('details');
    expect(data['links']).toMatchObject({ self: `/v1/jobs/${job.id}` });
  });

  it('hides what the contract calls secret', async () => {
    const setting = await Setting.open({ redact: ['text'] });
    const job = await setting.ended({ input: { text: 'a secret of the caller' } }, { run: async () => ({ echo: 'done' }) });
    await setting.work(deliveryId(job));
    expect(setting.requests[0]).not.toContain('a secret of the caller');
  });
});

describe('tries', () => {
  it('wait as Standard Webhooks says, with jitter, and send the same bytes under the same id, each signed for its own time', async () => {
    const setting = await Setting.open();
    setting.engine.runtime.chance = 0.5;
    setting.answers = Array.from({ length: 10 }, () => answer('500 Oops'));
    const job = await setting.ended();
    let delivery = await setting.work(deliveryId(job));
    const waits: number[] = [];
    while (delivery.status === 'waiting') {
      const next = await setting.next(delivery);
      waits.push(Math.round(next.waitMs / 1.1));
      delivery = next.delivery;
    }
    const hour = 3_600_000;
    expect(waits).toEqual([5_000, 300_000, 1_800_000, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]);
    expect(delivery).toMatchObject({ status: 'failed', error: { code: 'webhook_undeliverable', retryable: false } });
    expect(delivery.error?.message).toBe('The webhook was given up after 10 tries: answered with 500.');
    const requests = setting.received();
    expect(requests).toHaveLength(10);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    expect(new Set(requests.map((one) => setting.verified(one).id)).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(10);
    const stored = JSON.stringify([delivery, setting.engine.logs, setting.engine.calls]);
    for (const hidden of [marker, secret, 'key=hidden"'])
      expect([hidden, stored.includes(hidden)]).toEqual([hidden, hidden.startsWith('key')]);
  });

  it('wait longer where the receiver is overloaded, and as long as it asks for', async () => {
    const setting = await Setting.open();
    setting.engine.runtime.chance = 0;
    setting.answers = [answer('503 Busy'), answer('429 Slow', 'retry-after: 3600\r\n')];
    const first = await setting.work(deliveryId(await setting.ended()));
    expect(first).toMatchObject({ status: 'waiting', reason: { code: 'sleeping', detail: 'try 1 of 10: answered with 503' } });
    const second = await setting.next(first);
    expect(second.waitMs).toBe(10_000);
    const third = await setting.next(second.delivery);
    expect(third.waitMs).toBe(3_600_000);
    expect(third.delivery.status).toBe('succeeded');
    expect(resultOf(third.delivery).tries.map(({ status }) => status)).toEqual([503, 429, 204]);
  });

  it('end where the receiver is gone', async () => {
    const setting = await Setting.open();
    setting.answers = [answer('410 Gone')];
    const delivery = await setting.work(deliveryId(await setting.ended()));
    expect(delivery).toMatchObject({ status: 'failed', error: { code: 'webhook_gone', details: { tries: [{ status: 410 }] } } });
    expect(setting.requests).toHaveLength(1);
  });

  it('are not made to a host that the settings no longer allow', async () => {
    const setting = await Setting.open({}, ['other.example.com']);
    const delivery = await setting.work(deliveryId(await setting.ended()));
    expect(delivery).toMatchObject({ status: 'failed', error: { code: 'webhook_undeliverable' } });
    expect(delivery.error?.message).toBe('The webhook was given up after 1 try: nothing may be sent there (host_not_allowed).');
    expect(setting.requests).toHaveLength(0);
  });

  it('are repeated under the same id where the worker died after one, before it was recorded', async () => {
    const setting = await Setting.open();
    const id = deliveryId(await setting.ended());
    const write = jest.spyOn(setting.engine.ports.store, 'write');
    const dies: DeliveryDeps['post'] = async (message, options) => {
      const outcome = await postWebhook(message, { ...options, network: networkTo(started[0]?.port ?? 0) });
      write.mockRejectedValue(new UnavailableError('nothing more is written'));
      return outcome;
    };
    await setting.work(id, { post: dies }).catch(() => undefined);
    write.mockRestore();
    setting.engine.runtime.skip(200_000);
    expect(await setting.work(id)).toMatchObject({ status: 'succeeded' });
    const [one, two, ...more] = setting.received() as [Request, Request];
    expect(more).toEqual([]);
    expect([one.headers['webhook-id'], one.body]).toEqual([two.headers['webhook-id'], two.body]);
  });

  it('wait for the secret, and sign with both while it rotates', async () => {
    const setting = await Setting.open();
    const id = deliveryId(await setting.ended());
    const unavailable = new RetryableError('The secret could not be read.', { code: 'webhook_secret_unavailable' });
    const waiting = await setting.work(id, { secrets: () => Promise.reject(unavailable) });
    expect(waiting).toMatchObject({ status: 'waiting', attempt: 2, reason: { code: 'backing_off' } });
    setting.secrets = [newSecret, secret];
    await setting.next(waiting);
    const [request] = setting.received() as [Request];
    for (const one of [secret, newSecret]) expect(setting.verified(request, one).id).toBe(request.headers['webhook-id']);
  });

  it('are not started where the record of the job has expired', async () => {
    const setting = await Setting.open();
    const id = deliveryId(await setting.ended());
    const delivery = await setting.work(id, { store: { get: async () => undefined } });
    expect(delivery).toMatchObject({ status: 'failed', error: { code: 'webhook_undeliverable' } });
  });
});

describe('a webhook that is sent again by hand', () => {
  it('is a new delivery with the id of the first, also where that one failed', async () => {
    const setting = await Setting.open();
    setting.answers = [answer('410 Gone')];
    const job = await setting.ended();
    await setting.work(deliveryId(job));
    const headers = { 'idempotency-key': 'again-1' };
    const again = await setting.api.request('POST', `/v1/jobs/${job.id}/webhook`, { headers });
    expect([again.status, again.body.type]).toEqual([202, 'deliver-webhook']);
    expect(again.body.id).not.toBe(deliveryId(job));
    const replay = await setting.api.request('POST', `/v1/jobs/${job.id}/webhook`, { headers });
    expect([replay.body.id, replay.headers.get('idempotent-replayed')]).toEqual([again.body.id, 'true']);
    expect(await setting.work(again.body.id)).toMatchObject({ status: 'succeeded' });
    const [first, second] = setting.received() as [Request, Request];
    expect([first.headers['webhook-id'], first.body]).toEqual([second.headers['webhook-id'], second.body]);
  });

  it('is refused where there is nothing to send, and to strangers', async () => {
    const setting = await Setting.open();
    const plain = await setting.engine.accept();
    await setting.engine.wake(plain, succeed);
    const waiting = await setting.engine.accept({ webhookUrl });
    const ended = await setting.ended();
    const codeOf = async (caller: ApiCaller, id: string) => {
      const { status, body } = await caller.post<{ code: string }>(`/v1/jobs/${id}/webhook`);
      return [status, body.code];
    };
    expect(await codeOf(setting.api, plain.id)).toEqual([409, 'no-webhook']);
    expect(await codeOf(setting.api, waiting.id)).toEqual([409, 'job-not-finished']);
    expect(await codeOf(setting.api.as('mallory'), ended.id)).toEqual([404, 'job-not-found']);
    const off = ApiCaller.of(setting.engine, { settings: { ...setting.engine.ports.settings, webhooks: undefined } as never });
    expect(await codeOf(off, ended.id)).toEqual([409, 'no-webhook']);
    const { body } = await off.get(`/v1/jobs/${ended.id}`);
    expect([body['webhook'], body.links]).toMatchObject([{ delivery: null }, { webhook: null }]);
  });
});

describe('a submission', () => {
  it.each([
    ['http://receiver.example.com/', 'must begin with https://'],
    ['https://127.0.0.1/', 'public addresses only'],
    ['https://[::ffff:10.0.0.1]/', 'public addresses only'],
    ['https://2852039166/latest/meta-data', 'public addresses only'],
    ['https://user:pw@receiver.example.com/', 'must not hold a user name or a password'],
    ['https://receiver.example.com:444/', '443 or 8443'],
    ['https://elsewhere.example.org/', 'do not allow webhooks to elsewhere.example.org'],
    ['/relative', 'must be an absolute URL'],
    ['https://receiver.example.com/%0a'.padEnd(2_049, 'x'), ''],
  ])('that names %s is refused, as a job, in a batch, in a schedule and in a retry', async (url, detail) => {
    const setting = await Setting.open({}, [receiverName]);
    const job = { type: setting.engine.contract.name, input: { text: 'x' }, webhookUrl: url };
    const errors = [{ pointer: '#/webhookUrl', detail: expect.stringContaining(detail) }];
    expect((await setting.api.post('/v1/jobs', job)).body).toMatchObject({ code: 'invalid-submission', errors });
    const batch = await setting.api.post<{ results: unknown[] }>('/v1/jobs/batch', { jobs: [job] });
    expect(batch.body.results).toMatchObject([{ status: 422, problem: { errors: [{ ...errors[0], pointer: '#/jobs/0/webhookUrl' }] } }]);
    const schedule = await setting.api.request('PUT', '/v1/schedules/daily', { body: { cron: '0 0 * * *', job } });
    expect(schedule.body).toMatchObject({ code: 'invalid-schedule', errors: [{ ...errors[0], pointer: '#/job/webhookUrl' }] });
    const failed = await setting.ended({}, { run: () => Promise.reject(new PermanentError('no')) });
    const retry = await setting.api.post(`/v1/jobs/${failed.id}/retry`, { webhookUrl: url });
    expect(retry.body).toMatchObject({ code: 'invalid-submission', errors });
  });

  it('is refused where webhooks are off, with the setting that turns them on', async () => {
    const { engine } = await Setting.open();
    const api = ApiCaller.of(engine, { settings: { ...engine.ports.settings, webhooks: undefined } as never });
    const { status, body } = await api.post('/v1/jobs', { type: engine.contract.name, input: { text: 'x' }, webhookUrl });
    expect([status, body.errors]).toMatchObject([422, [{ pointer: '#/webhookUrl', detail: expect.stringContaining('`webhooks`') }]]);
  });

  it('with another URL is another submission, and a retry keeps the URL or replaces it', async () => {
    const setting = await Setting.open();
    const type = setting.engine.contract.name;
    const send = (url: string) =>
      setting.api.request('POST', '/v1/jobs', {
        body: { type, input: { text: 'x' }, webhookUrl: url },
        headers: { 'idempotency-key': 'k1' },
      });
    const { body } = await send(webhookUrl);
    expect((await send(`${webhookUrl}2`)).body).toMatchObject({ code: 'idempotency-key-reused' });
    await setting.api.post(`/v1/jobs/${body.id}/cancel`);
    const retried = await setting.api.post(`/v1/jobs/${body.id}/retry`);
    expect((await setting.engine.read(retried.body)).webhookUrl).toBe(webhookUrl);
    await setting.api.post(`/v1/jobs/${retried.body.id}/cancel`);
    const other = await setting.api.post(`/v1/jobs/${retried.body.id}/retry`, { webhookUrl: `https://${receiverName}/other` });
    expect((await setting.engine.read(other.body)).webhookUrl).toBe(`https://${receiverName}/other`);
  });
});
