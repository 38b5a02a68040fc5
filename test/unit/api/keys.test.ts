/** `concurrencyKey` and `priority` over HTTP: what is accepted, refused and shown. */
import * as z from 'zod';
import { jobSchema, jobTypeSchema } from '../../../lambdas/api/openapi/resource-schemas.ts';
import { defineJobType, type JobTypeContract } from '../../../lambdas/core/contract/contract.ts';
import { gateId } from '../../../lambdas/core/job/gate.ts';
import { MemoryDeployment } from '../../../testing/memory-deployment.ts';
import { everythingAllowed } from '../../../testing/test-kit.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const base = {
  ...contractLimits,
  description: 'Is described.',
  input: z.strictObject({ key: z.unknown().optional() }),
  output: z.unknown(),
} as const;
const contracts = [
  defineJobType({ ...base, name: 'plain' }),
  defineJobType({ ...base, name: 'keyed', keys: { limit: 1 }, priorities: true }),
  defineJobType({ ...base, name: 'computed', keys: { limit: 2, of: ({ key }) => key as string | undefined } }),
] as unknown as readonly JobTypeContract[];

function open() {
  const deployment = new MemoryDeployment({
    jobTypes: contracts.map((contract) => ({ contract })),
    settings: { ...everythingAllowed, admins: ['olga'] },
    startMs: Date.parse('2026-03-01T12:00:00Z'),
    patienceMs: 3_000,
    random: () => 0.5,
    onTimeMoved: () => undefined,
  });
  const ask = async (method: string, path: string, body?: object) => {
    const { status, text } = await deployment.request({ method, path, owner: 'ann', ...(body === undefined ? {} : { body }) });
    return { status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return { ask, deployment };
}
const { ask, deployment } = open();
const submit = (members: object) => ask('POST', '/v1/jobs', { type: 'keyed', input: {}, ...members });

it.each(['a', '*', '#', 'a:b/c,d;e', 'two words', 'łódź 🚀', "'", '"', '0', 'null', 'x'.repeat(255)])(
  'takes %j as a key, as it is',
  async (key) => {
    const { status, body } = await submit({ concurrencyKey: key });
    expect(status).toBe(202);
    expect(jobSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({ concurrencyKey: key, priority: 'normal' });
  },
);

it.each(
  [
    ['', ' a', 'a ', '\t', 'a\nb', 'a\0', 'a\u200bb', '\u2028', 'x'.repeat(256)],
    [null, false, 0, 1, [], {}],
  ].flat(),
)('refuses %j as a key', async (key) => {
  const { status, body } = await submit({ concurrencyKey: key });
  expect(status).toBe(422);
  expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toContain('#/concurrencyKey');
});

it.each(['highest', 'HIGH', '', 1, 1.5, null, true])('refuses %j as a priority', async (priority) => {
  const { status, body } = await submit({ priority });
  expect([status, body.errors[0].pointer]).toEqual([422, '#/priority']);
});

it('refuses both for a type that has no keys, with the reason', async () => {
  const { status, body } = await submit({ type: 'plain', concurrencyKey: 'a', priority: 'high' });
  expect(status).toBe(422);
  expect(body.errors).toEqual([
    { pointer: '#/concurrencyKey', detail: 'is not for plain, whose jobs run without keys' },
    { pointer: '#/priority', detail: 'is not for plain, whose jobs have no priorities' },
  ]);
  const plain = await submit({ type: 'plain' });
  expect(plain.body).toMatchObject({ status: 'queued', concurrencyKey: null, priority: null });
});

it('refuses a key where the type computes it, and a computed one that is none', async () => {
  expect((await submit({ type: 'computed', concurrencyKey: 'a' })).body.errors[0].detail).toContain('computed computes it from the input');
  expect((await submit({ type: 'computed', input: { key: 'a b' } })).body.concurrencyKey).toBe('a b');
  expect((await submit({ type: 'computed' })).body.concurrencyKey).toBeNull();
  for (const key of ['', ' a', 5, null]) {
    const { status, body } = await submit({ type: 'computed', input: { key } });
    expect([status, body.errors[0].pointer]).toEqual([422, '#/input']);
  }
});

it('says so before anything is written with validateOnly', async () => {
  const valid = await ask('POST', '/v1/jobs?validateOnly=true', { type: 'keyed', input: {}, concurrencyKey: 'a', priority: 'low' });
  expect(valid.status).toBe(200);
  expect((await ask('POST', '/v1/jobs?validateOnly=true', { type: 'plain', input: {}, concurrencyKey: 'a' })).status).toBe(422);
});

it('takes them in a batch, each on its own, and shows them in lists', async () => {
  const jobs = [
    { type: 'keyed', input: {}, concurrencyKey: 'b1', priority: 'low', tags: { batch: '1' } },
    { type: 'keyed', input: {}, concurrencyKey: ' b1', tags: { batch: '1' } },
  ];
  const { body } = await ask('POST', '/v1/jobs/batch', { jobs });
  expect(body.results.map(({ status }: { status: number }) => status)).toEqual([202, 422]);
  const list = await ask('GET', '/v1/jobs?tag=batch:1');
  expect(list.body.jobs).toMatchObject([{ concurrencyKey: 'b1', priority: 'low' }]);
});

it('keeps them in a schedule, and refuses there what a submission is refused for', async () => {
  const schedule = (job: object) => ask('PUT', '/v1/schedules/nightly', { cron: '0 3 * * *', job: { type: 'keyed', input: {}, ...job } });
  const set = await schedule({ concurrencyKey: 'k', priority: 'high' });
  expect(set.status).toBe(201);
  expect(set.body.job).toMatchObject({ concurrencyKey: 'k', priority: 'high' });
  expect((await schedule({ concurrencyKey: '' })).body.errors[0].pointer).toBe('#/job/concurrencyKey');
  expect((await schedule({ type: 'plain', priority: 'low' })).body.errors[0].pointer).toBe('#/job/priority');
});

it('fires a schedule with its key and priority, under the same gate as submissions', async () => {
  const job = { type: 'keyed', input: {}, concurrencyKey: 'fired', priority: 'low', tags: { by: 'schedule' } };
  await ask('PUT', '/v1/schedules/often', { every: { minutes: 1 }, overlap: 'allow', job });
  await deployment.time.runUntil(deployment.scheduler.nowMs + 150_000, 'move on');
  const { body } = await ask('GET', '/v1/jobs?tag=by:schedule');
  expect(body.jobs.length).toBeGreaterThan(0);
  for (const fired of body.jobs) expect(fired).toMatchObject({ schedule: 'often', concurrencyKey: 'fired', priority: 'low' });
  await ask('DELETE', '/v1/schedules/often');
  const record = deployment.store.rows.get(body.jobs[0].id)?.job;
  expect(record?.gate?.id).toBe(gateId('ann', 'keyed', 'fired'));
});

it('makes a key part of what makes two submissions the same', async () => {
  const send = (concurrencyKey: string) => submit({ concurrencyKey, tags: { t: 'same' } });
  expect((await send('x')).body.id).not.toBe((await send('y')).body.id);
});

it('repeats a job with its key and priority', async () => {
  const { body: job } = await submit({ concurrencyKey: 'again', priority: 'high' });
  await ask('POST', `/v1/jobs/${job.id}/cancel`);
  const { body: retry } = await ask('POST', `/v1/jobs/${job.id}/retry`);
  expect(retry).toMatchObject({ retryOf: job.id, concurrencyKey: 'again', priority: 'high' });
});

it('shows what a type takes', async () => {
  const shown = async (type: string) => {
    const { body } = await ask('GET', `/v1/job-types/${type}`);
    expect(jobTypeSchema.parse(body)).toEqual(body);
    return [body.keys, body.priorities];
  };
  expect(await shown('plain')).toEqual([null, false]);
  expect(await shown('keyed')).toEqual([{ limit: 1, isComputed: false }, true]);
  expect(await shown('computed')).toEqual([{ limit: 2, isComputed: true }, false]);
});

it('gives each owner, type and key a gate of its own, also where their names run together', () => {
  const names = ['a', 'b', 'a","b', 'a,b', 'ab', '', '"', 'gate', 'a:b', 'a\0b'];
  const ids = names.flatMap((owner) => names.flatMap((type) => [undefined, ...names].map((key) => gateId(owner, type, key))));
  expect(new Set(ids).size).toBe(ids.length);
});
