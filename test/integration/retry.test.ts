/** `POST /v1/jobs/{id}/retry`, over the real stores: each line of the contract, and of what other systems' suites check. */
import * as z from 'zod';
import { s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { s3PayloadStore } from '../../lambdas/adapters/s3-payload-store.ts';
import { PermanentError } from '../../lambdas/core/contract/errors.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { local } from '../../local/resources.ts';
import { ApiCaller } from '../support/api-caller.ts';
import { Engine, type TestSubmission, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

const fails: TestWork = {
  run: async () => {
    throw new PermanentError('no such table', { code: 'table_not_found' });
  },
};
const echo: TestWork = { run: async ({ text }) => ({ echo: text }) };

async function open(changes: Parameters<typeof Engine.open>[0] = {}) {
  const engine = await Engine.open(changes);
  const api = ApiCaller.of(engine);
  const failed = async (submission: TestSubmission = {}): Promise<Job> => {
    const job = await engine.accept(submission);
    await engine.wake(job, fails);
    return engine.read(job);
  };
  return { engine, api, failed, retry: (job: Pick<Job, 'id'>, body?: unknown) => api.post(`/v1/jobs/${job.id}/retry`, body) };
}

describe('a retry of a failed job', () => {
  it('is a new job with its own attempts, timeline and record, that says which job it repeats', async () => {
    const { engine, failed, retry } = await open();
    const ended = await failed({ tags: { team: 'data' }, maxAttempts: 7, input: { text: 'same' } });
    const { status, headers, body } = await retry(ended);
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/jobs/${body.id}`);
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(body.id).not.toBe(ended.id);
    expect(body).toMatchObject({ retryOf: ended.id, retriedBy: null, status: 'queued', attempt: 0, maxAttempts: 7, error: null });
    expect(body).toMatchObject({ input: { text: 'same' }, tags: { team: 'data' }, finishedAt: null, expiresAt: null });
    expect(body.timeline).toEqual([{ at: expect.any(String), event: 'queued', detail: `retry of ${ended.id}` }]);
    await engine.wake(body, echo);
    expect(await engine.read(body)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('leaves the ended record as it ended, byte for byte, and shows there who retried it', async () => {
    const { engine, api, failed, retry } = await open();
    const ended = await failed();
    const before = await api.get(`/v1/jobs/${ended.id}`);
    expect(before.body).toMatchObject({ retriedBy: null, links: { retry: `/v1/jobs/${ended.id}/retry`, cancel: null } });
    const { body } = await retry(ended);
    expect(await engine.read(ended)).toEqual(ended);
    expect((await api.get(`/v1/jobs/${ended.id}`)).body).toEqual({ ...before.body, retriedBy: body.id });
    const { jobs } = (await api.get<{ jobs: readonly object[] }>('/v1/jobs')).body;
    expect(jobs).toContainEqual({ ...before.body, retriedBy: body.id });
  });

  it('has idempotency tokens of its own, since its effects are new ones', async () => {
    const { engine, failed, retry } = await open();
    const tokens: string[] = [];
    const work: TestWork = {
      run: async (_, ctx) => {
        tokens.push(ctx.idempotencyToken('charge'));
        throw new PermanentError('declined');
      },
    };
    const job = await engine.accept();
    await engine.wake(job, work);
    await engine.wake((await retry(job)).body, work);
    await engine.wake((await retry(await failed())).body, work);
    expect(new Set(tokens).size).toBe(3);
  });

  it('starts from the top: no step, checkpoint or file of the former job is remembered', async () => {
    const { engine, retry } = await open({ files: 'write' });
    let charges = 0;
    const work: TestWork = {
      run: async (_, ctx) => {
        expect(ctx.checkpoint.load()).toBeUndefined();
        expect(ctx.files.list()).toEqual([]);
        await ctx.step('charge', async () => {
          charges += 1;
        });
        await ctx.checkpoint.save({ done: 1 });
        await ctx.files.write('report.txt', 'text', 'text/plain');
        throw new PermanentError('declined');
      },
    };
    const job = await engine.accept();
    await engine.wake(job, work);
    await engine.wake((await retry(job)).body, work);
    expect(charges).toBe(2);
  });

  it('of a retry goes on from that one: each record is retried once', async () => {
    const { engine, failed, retry, api } = await open();
    const first = await failed();
    const second = (await retry(first)).body;
    await engine.wake(second, fails);
    const third = (await retry(second)).body;
    expect(third).toMatchObject({ retryOf: second.id });
    expect((await api.get(`/v1/jobs/${first.id}`)).body).toMatchObject({ retriedBy: second.id });
    expect((await api.get(`/v1/jobs/${second.id}`)).body).toMatchObject({ retryOf: first.id, retriedBy: third.id });
  });

  it('runs the code of today, regardless of the version that the former job ran', async () => {
    const { engine, failed } = await open();
    const ended = await failed();
    const newer = { ...engine.contract, version: 2 };
    const { body } = await ApiCaller.of(engine, { catalogue: [newer] }).post(`/v1/jobs/${ended.id}/retry`);
    expect(await engine.read(body)).toMatchObject({ version: 2 });
  });

  it('counts as an accepted job, so that what was accepted and what ended add up', async () => {
    const { engine, failed, retry } = await open();
    const ended = await failed();
    await retry(ended);
    await retry(ended);
    expect(engine.logs.filter((line) => line.includes('"accepted"'))).toHaveLength(1);
  });
});

describe('which jobs can be retried', () => {
  it('a cancelled one can', async () => {
    const { engine, retry } = await open();
    const job = await engine.accept();
    await engine.cancel(job);
    expect((await retry(job)).status).toBe(202);
  });

  it('one that succeeded cannot: its effects would happen twice', async () => {
    const { engine, retry, api } = await open();
    const job = await engine.accept();
    await engine.wake(job, echo);
    const before = await engine.read(job);
    const { status, body } = await retry(job);
    expect([status, body.type]).toEqual([409, expect.stringContaining('not-retryable')]);
    expect(await engine.read(job)).toEqual(before);
    expect((await api.get(`/v1/jobs/${job.id}`)).body).toMatchObject({ retriedBy: null, links: { retry: null } });
  });

  it.each(['queued', 'scheduled', 'running', 'waiting'] as const)('one that is %s cannot, and stays as it is', async (state) => {
    const { engine, retry, api } = await open();
    const job = await engine.accept(state === 'scheduled' ? { startAtMs: engine.runtime.nowMs() + 60_000 } : {});
    if (state === 'running') await engine.die(job);
    if (state === 'waiting') {
      await engine.wake(job, {
        run: async (_, ctx) => {
          await ctx.sleep('a while', { minutes: 5 });
          return { echo: '' };
        },
      });
    }
    const before = await engine.read(job);
    expect(before.status).toBe(state);
    const { status, headers, body } = await retry(job);
    expect([status, body.type]).toEqual([409, expect.stringContaining('job-not-finished')]);
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await engine.read(job)).toEqual(before);
    expect((await api.get(`/v1/jobs/${job.id}`)).body.links).toMatchObject({ retry: null });
  });

  it("not another owner's, which is not found; an admin's retry belongs to the job's owner", async () => {
    const { failed, api } = await open();
    const ended = await failed();
    const missing = await api.post('/v1/jobs/job_00000000000000000000000000/retry');
    const foreign = await api.as('eve').post(`/v1/jobs/${ended.id}/retry`);
    expect([missing.status, foreign.status]).toEqual([404, 404]);
    expect(foreign.text.replaceAll(ended.id, 'ID')).toBe(missing.text.replaceAll('job_00000000000000000000000000', 'ID'));
    expect((await api.as('olga').post(`/v1/jobs/${ended.id}/retry`)).body).toMatchObject({ owner: 'tester', retryOf: ended.id });
  });

  it('one of a type that is draining is refused, of a paused type waits, and of a removed type is refused', async () => {
    const { engine, failed } = await open();
    const [one, other, gone] = [await failed(), await failed(), await failed()];
    const states = engine.ports.typeStates;
    await states.setState(engine.contract.name, 'draining');
    const draining = await ApiCaller.of(engine).post(`/v1/jobs/${one.id}/retry`);
    expect([draining.status, draining.body.type]).toEqual([409, expect.stringContaining('job-type-draining')]);
    await states.setState(engine.contract.name, 'paused', { by: 'olga', atMs: engine.runtime.nowMs(), reason: 'an outage' });
    const paused = await ApiCaller.of(engine).post(`/v1/jobs/${other.id}/retry`);
    expect(paused).toMatchObject({ status: 202, body: { reason: { code: 'paused', detail: expect.stringContaining('an outage') } } });
    const removed = await ApiCaller.of(engine, { catalogue: [] }).post(`/v1/jobs/${gone.id}/retry`);
    expect([removed.status, removed.body.type]).toEqual([409, expect.stringContaining('job-type-removed')]);
  });
});

describe('the same retry again', () => {
  it('at one moment makes one job, however many send it', async () => {
    const { engine, failed, retry, api } = await open();
    const ended = await failed();
    const answers = await Promise.all(Array.from({ length: 20 }, () => retry(ended)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(19);
    expect((await api.get<{ jobs: readonly object[] }>('/v1/jobs')).body.jobs).toHaveLength(2);
    expect(engine.sent().length).toBeLessThanOrEqual(21);
  });

  it('later answers the same job, also after that has ended', async () => {
    const { engine, failed, retry } = await open();
    const ended = await failed();
    const first = await retry(ended, {});
    const again = await retry(ended);
    expect([again.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([202, first.body.id, 'true']);
    await engine.wake(first.body, fails);
    const later = await retry(ended, {});
    expect(later.headers.get('delegation-note')).toContain(`/v1/jobs/${first.body.id}/retry`);
    expect([later.status, later.body.id, later.headers.get('idempotent-replayed')]).toEqual([200, first.body.id, 'true']);
  });

  it('with another content is refused, and the problem names the job that retried it', async () => {
    const { failed, retry } = await open();
    const ended = await failed();
    const first = await retry(ended, { tags: { why: 'a' } });
    const other = await retry(ended, { tags: { why: 'b' } });
    expect([other.status, other.body.type]).toEqual([409, expect.stringContaining('already-retried')]);
    expect(other.body.detail).toContain(first.body.id);
    expect((await retry(ended, { tags: { why: 'a' } })).body.id).toBe(first.body.id);
  });

  it('with another content at one moment makes one job, and refuses the others', async () => {
    const { failed, retry } = await open();
    const ended = await failed();
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((why) => retry(ended, { tags: { why } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409]);
    expect(answers.filter(({ status }) => status === 409).every(({ body }) => body.type.endsWith('already-retried'))).toBe(true);
  });

  it('is not of an earlier job under the same idempotency key', async () => {
    const { engine, failed, retry } = await open();
    const first = await failed({ idempotencyKey: 'k' });
    const retried = (await retry(first)).body;
    engine.runtime.advance(31 * 86_400_000);
    const second = await failed({ idempotencyKey: 'k' });
    expect(second.id).toBe(first.id);
    expect((await retry(second)).body.id).not.toBe(retried.id);
  });
});

describe('what a retry replaces', () => {
  it('its input, checked like that of a submission, while the former one stays readable', async () => {
    const { engine, failed, retry, api } = await open();
    const ended = await failed({ input: { text: 'wrong' } });
    const wrong = await retry(ended, { input: { text: 3, more: 1 } });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors?.map(({ pointer }) => pointer).sort()).toEqual(['#/input/more', '#/input/text']);
    const { body } = await retry(ended, { input: { text: 'right' } });
    await engine.wake(body, echo);
    expect((await api.get(`/v1/jobs/${body.id}/result`)).body).toEqual({ echo: 'right' });
    expect((await api.get(`/v1/jobs/${ended.id}/input`)).body).toEqual({ text: 'wrong' });
  });

  it('its tags, attempts and deadline', async () => {
    const { engine, failed, retry } = await open();
    const ended = await failed({ tags: { team: 'data' } });
    const deadline = new Date(engine.runtime.nowMs() + 60_000).toISOString();
    const { body } = await retry(ended, { tags: { run: '2' }, maxAttempts: 9, deadline });
    expect(body).toMatchObject({ tags: { run: '2' }, maxAttempts: 9 });
    expect(await engine.read(body)).toMatchObject({ deadlineMs: Date.parse(deadline), hasOwnDeadline: true });
  });

  it.each([
    [{ type: 'other' }, '#/type'],
    [{ startAt: '2030-01-01T00:00:00Z' }, '#/startAt'],
    [{ tags: Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`t${i}`, ''])) }, '#/tags'],
    [{ maxAttempts: 0 }, '#/maxAttempts'],
    [{ deadline: '2020-01-01T00:00:00Z' }, '#/deadline'],
    [{ deadline: 'tomorrow' }, '#/deadline'],
    [[], '#'],
    ['null', '#'],
    [{ input: { text: '\ud800' } }, '#/input/text'],
  ])('and refuses %j at %s, before anything is written', async (body, pointer) => {
    const { engine, failed, retry } = await open();
    const ended = await failed();
    const sent = engine.sent().length;
    const answer = await retry(ended, typeof body === 'string' ? body : JSON.stringify(body));
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((one) => one.pointer)).toContain(pointer);
    expect(engine.sent()).toHaveLength(sent);
  });

  it('nothing where there is no body; one that is not JSON is refused', async () => {
    const { failed, api } = await open();
    const ended = await failed();
    const path = `/v1/jobs/${ended.id}/retry`;
    expect((await api.request('POST', path, { body: '{', headers: { 'content-type': 'application/json' } })).status).toBe(400);
    expect((await api.request('POST', path, { body: '{}', headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    expect((await api.request('POST', path, { headers: { 'content-type': 'text/plain' } })).status).toBe(202);
  });
});

describe('the deadline of a retry', () => {
  it("is the caller's own one while that is ahead", async () => {
    const { engine, failed, retry } = await open();
    const deadlineMs = engine.runtime.nowMs() + 600_000;
    const ended = await failed({ deadlineMs });
    engine.runtime.advance(60_000);
    expect(await engine.read((await retry(ended)).body)).toMatchObject({ deadlineMs, hasOwnDeadline: true });
  });

  it('is that of the type where the own one has passed, so that it does not fail the moment it starts', async () => {
    const { engine, failed, retry } = await open();
    const ended = await failed({ deadlineMs: engine.runtime.nowMs() + 600_000 });
    engine.runtime.advance(600_001);
    const { body } = await retry(ended);
    expect(await engine.read(body)).toMatchObject({ deadlineMs: engine.runtime.nowMs() + 3_600_000 });
    await engine.wake(body, echo);
    expect((await engine.read(body)).status).toBe('succeeded');
  });

  it('is that of the type, counted again, where the former job had no own one', async () => {
    const { engine, failed, retry } = await open();
    const ended = await failed();
    engine.runtime.advance(3_000_000);
    expect(await engine.read((await retry(ended)).body)).toMatchObject({ deadlineMs: engine.runtime.nowMs() + 3_600_000 });
  });
});

describe('the input of a retry', () => {
  const large = { text: 'x'.repeat(50_000) };

  it('is carried over where it is large, as an object of the new job, with its checksum', async () => {
    const { engine, failed, retry } = await open();
    const ended = await failed({ input: large });
    const { body, text } = await retry(ended);
    expect(text.length).toBeLessThan(5_000);
    const { input } = await engine.read(body);
    expect(input).toMatchObject({ kind: 'stored', key: expect.stringContaining(`payloads/${body.id}/input-`) });
    expect(input).toMatchObject({ sha256: (ended.input as { sha256: string }).sha256 });
    await engine.wake(body, { run: async ({ text: got }) => ({ echo: String(got.length) }) });
    expect((await engine.read(body)).status).toBe('succeeded');
  });

  it('is exact: a number keeps all of its digits', async () => {
    const { engine, failed, retry } = await open({ input: z.unknown() });
    const ended = await failed();
    const exact = await engine.read((await retry(ended, '{"input":{"n":12345678901234567890.123456789}}')).body);
    await engine.wake(exact, fails);
    const again = await engine.read((await retry(exact)).body);
    expect(again.input).toEqual({ kind: 'inline', json: '{"n":12345678901234567890.123456789}' });
  });

  it('is refused where it is gone or changed, unless the retry brings one', async () => {
    const { engine, failed, retry } = await open();
    const ended = await failed({ input: large });
    await s3PayloadStore(s3Client(), local.payloadBucket).put((ended.input as { key: string }).key, '{"text":"forged"}');
    const lost = await retry(ended);
    expect([lost.status, lost.body.type]).toEqual([409, expect.stringContaining('input-lost')]);
    const { body } = await retry(ended, { input: { text: 'new' } });
    expect((await engine.read(body)).input).toMatchObject({ kind: 'inline' });
  });

  it('keeps its secrets, and shows none of them', async () => {
    const { engine, failed, retry, api } = await open({ redact: ['text'] });
    const ended = await failed({ input: { text: 's3cr3t' } });
    const { body, text } = await retry(ended);
    expect(text).not.toContain('s3cr3t');
    expect((await api.get(`/v1/jobs/${body.id}/input`)).body).toEqual({ text: '[redacted]' });
    expect((await engine.read(body)).input).toMatchObject({ json: '{"text":"s3cr3t"}' });
  });

  it('that the type of today no longer accepts is refused, with a pointer', async () => {
    const { engine, failed } = await open();
    const ended = await failed();
    const stricter = { ...engine.contract, input: z.strictObject({ text: z.string().min(100) }) };
    const { status, body } = await ApiCaller.of(engine, { catalogue: [stricter] }).post(`/v1/jobs/${ended.id}/retry`);
    expect([status, body.errors?.[0]?.pointer]).toEqual([422, '#/input/text']);
  });
});

it('counts in the quota of the owner, and a repeat of it does not', async () => {
  const { engine, failed } = await open();
  const [one, other] = [await failed(), await failed()];
  const api = ApiCaller.of(engine, { settings: { ...engine.ports.settings, quota: { submissionsPerMinute: 1 } } });
  const first = await api.post(`/v1/jobs/${one.id}/retry`);
  expect(first.headers.get('ratelimit')).toMatch(/r=0/);
  const refused = await api.post(`/v1/jobs/${other.id}/retry`);
  expect([refused.status, refused.body.type]).toEqual([429, expect.stringContaining('over-quota')]);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect((await api.post(`/v1/jobs/${one.id}/retry`)).status).toBe(202);
});

it('costs what the ledger says: two reads and a submission; an answer about a failed job costs one read more', async () => {
  const { engine, failed, retry, api } = await open();
  const ended = await failed();
  await retry(await failed()); // the states of the types are read
  const callsOf = async (act: () => Promise<unknown>) => {
    const before = engine.calls.length;
    await act();
    return engine.calls
      .slice(before)
      .map(({ name }) => name)
      .sort();
  };
  expect(await callsOf(() => retry(ended))).toEqual(['GetItemCommand', 'GetItemCommand', 'PutItemCommand', 'SendMessageCommand']);
  expect(await callsOf(() => api.get(`/v1/jobs/${ended.id}`))).toEqual(['GetItemCommand', 'GetItemCommand']);
});
