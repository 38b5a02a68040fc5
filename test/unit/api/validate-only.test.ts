/** `validateOnly` answers as the request itself would, in all circumstances: each combination is asked about first, and then done. */
import type { Quota } from '../../../lambdas/core/contract/runtime-settings.ts';
import type { ApiAnswer, ApiCaller } from '../../support/api-caller.ts';
import { memoryApi } from '../../support/memory-api.ts';
import { greetings, hourMs, ScheduleBench } from '../../support/schedule-bench.ts';

interface Circumstances {
  readonly body: 'valid' | 'invalid';
  /** What was sent with the key, or as a retry, before. */
  readonly earlier: 'nothing' | 'the same' | 'the same, which failed' | 'something else';
  readonly type: 'active' | 'draining' | 'removed' | 'refuses';
  readonly isLate: boolean;
  readonly quota: Quota | undefined;
  readonly release: 'never' | 'failed';
}

function* combinations(): Generator<Circumstances> {
  for (const body of ['valid', 'invalid'] as const)
    for (const earlier of ['nothing', 'the same', 'the same, which failed', 'something else'] as const)
      for (const type of ['active', 'draining', 'removed', 'refuses'] as const)
        for (const isLate of [false, true])
          for (const quota of [undefined, { submissionsPerMinute: 1 }, { jobsInFlight: 1 }])
            for (const release of ['never', 'failed'] as const) yield { body, earlier, type, isLate, quota, release };
}

class Case {
  readonly bench = new ScheduleBench();
  private readonly circumstances: Circumstances;

  constructor(circumstances: Circumstances) {
    this.circumstances = circumstances;
  }

  api(): ApiCaller {
    const { settings } = this.bench.ports();
    const released = this.circumstances.release === 'failed' ? { idempotencyRelease: 'failed' as const } : {};
    return memoryApi(this.bench, { settings: { ...settings, admins: ['olga'], ...released } });
  }

  /** Makes the rest of what is the case, once what was sent before is there. */
  async arrange(): Promise<void> {
    const { bench } = this;
    const { type, isLate, quota } = this.circumstances;
    if (isLate) bench.nowMs += hourMs;
    bench.quota = quota;
    // It uses the quota up.
    if (quota !== undefined) await this.api().post('/v1/jobs', { type: 'greet', input: { text: 'other' }, delaySeconds: 7_200 });
    if (type === 'draining')
      await this.api()
        .as('olga')
        .request('PUT', '/v1/job-types/greet/state', { body: { state: type } });
    if (type === 'removed') bench.catalogue = [];
    if (type === 'refuses') bench.catalogue = [{ ...greetings, check: () => [{ pointer: '/text', detail: 'is not allowed' }] }];
  }
}

/** What an answer says of the request: whether it is accepted, and which job was there before, or why it is refused. */
function verdictOf({ status, headers, body }: ApiAnswer<Record<string, unknown>>) {
  if (status >= 400) return { status, code: body['code'], detail: body['detail'], errors: body['errors'] };
  return { isAccepted: true, replayOf: 'replayOf' in body ? body['replayOf'] : headers.get('idempotent-replayed') && body['id'] };
}

const cases = [...combinations()];

it('of a submission answers as the submission would', async () => {
  const seen = new Set<string>();
  for (const one of cases) {
    const setting = new Case(one);
    const deadline = new Date(setting.bench.nowMs + hourMs / 2).toISOString();
    const input = { text: one.body === 'valid' ? 'hello' : 1 };
    const send = (changes: object, query = '') =>
      setting.api().request<Record<string, unknown>>('POST', `/v1/jobs${query}`, {
        body: { type: 'greet', input, deadline, ...changes },
        headers: { 'idempotency-key': 'k' },
      });
    if (one.earlier !== 'nothing') await send(one.earlier === 'something else' ? { input: { text: 'else' } } : {});
    if (one.earlier === 'the same, which failed') await setting.bench.endAll('failed');
    await setting.arrange();
    const writes = setting.bench.jobs.rows.size;
    const foreseen = verdictOf(await send({}, '?validateOnly=true'));
    expect(setting.bench.jobs.rows.size).toBe(writes);
    expect({ one, ...foreseen }).toEqual({ one, ...verdictOf(await send({})) });
    seen.add('code' in foreseen ? String(foreseen.code) : `accepted, ${foreseen.replayOf === null ? 'new' : 'known'}`);
  }
  expect([...seen].sort()).toEqual([
    'accepted, known',
    'accepted, new',
    'idempotency-key-reused',
    'invalid-submission',
    'job-type-draining',
    'over-quota',
    'unknown-job-type',
  ]);
});

it('of a retry answers as the retry would', async () => {
  const seen = new Set<string>();
  for (const one of cases) {
    const setting = new Case(one);
    const { body: ended } = await setting.api().post('/v1/jobs', { type: 'greet', input: { text: 'hello' } });
    if (one.isLate) await setting.bench.endAll('failed');
    const retry = one.body === 'valid' ? { maxAttempts: 5 } : { input: { text: 1 } };
    const send = (body: object, query = '') =>
      setting.api().request<Record<string, unknown>>('POST', `/v1/jobs/${ended.id}/retry${query}`, { body });
    if (one.earlier !== 'nothing') await send(one.earlier === 'something else' ? { maxAttempts: 7 } : retry);
    if (one.earlier === 'the same, which failed') await setting.bench.endAll('failed');
    await setting.arrange();
    const writes = setting.bench.jobs.rows.size;
    const foreseen = verdictOf(await send(retry, '?validateOnly=true'));
    expect(setting.bench.jobs.rows.size).toBe(writes);
    expect({ one, ...foreseen }).toEqual({ one, ...verdictOf(await send(retry)) });
    seen.add('code' in foreseen ? String(foreseen.code) : `accepted, ${foreseen.replayOf === null ? 'new' : 'known'}`);
  }
  expect([...seen].sort()).toEqual([
    'accepted, known',
    'accepted, new',
    'already-retried',
    'invalid-submission',
    'job-not-finished',
    'job-type-draining',
    'job-type-removed',
    'over-quota',
  ]);
});

it('of a repeat names the job that there is, with its own times, and no cost where its type is no longer deployed', async () => {
  const bench = new ScheduleBench();
  const body = { type: 'greet', input: { text: 'hello' }, delaySeconds: 60 };
  const send = (query = '') =>
    memoryApi(bench).request<Record<string, unknown>>('POST', `/v1/jobs${query}`, { body, headers: { 'idempotency-key': 'k' } });
  const { body: job } = await send();
  bench.nowMs += hourMs;
  bench.catalogue = [];
  expect((await send('?validateOnly=true')).body).toEqual({
    type: 'greet',
    startAt: job['notBefore'],
    deadline: job['deadline'],
    replayOf: job['id'],
    estimatedCost: null,
  });
});
