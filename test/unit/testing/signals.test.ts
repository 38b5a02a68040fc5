/** Signals on the test kit: what a job's code receives of what its callers send, and what callers are answered. */
import * as z from 'zod';
import type { WorkerDefinition } from '../../../lambdas/core/contract/context.ts';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';
import { PermanentError, RetryableError } from '../../../lambdas/core/contract/errors.ts';
import { killAnywhere, type RequestRefusedError, testKit } from '../../../testing/index.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const contract = defineJobType({
  ...contractLimits,
  name: 'pay-invoice',
  description: 'Pays an invoice after an approval.',
  input: z.strictObject({}),
  output: z.strictObject({ log: z.array(z.unknown()) }),
  signals: {
    approve: z.strictObject({ by: z.string().max(10_000), level: z.int().default(1) }),
    note: z.unknown(),
  },
  deadline: { days: 2 },
  maxAttempts: 3,
  backoff: { baseMs: 10_000, capMs: 60_000 },
  concurrency: 5,
  batchSize: 10,
});
type Definition = WorkerDefinition<typeof contract>;
type Context = Parameters<Definition['run']>[1];
const day = { timeout: { days: 1 } };
const startAt = new Date('2026-03-01T12:00:00Z');
const kitOf = (run: (ctx: Context) => Promise<readonly unknown[]>) =>
  testKit(contract, { run: async (_, ctx) => ({ log: [...(await run(ctx))] }) }, { startAt });
const eventsOf = ({ timeline }: { readonly timeline: readonly { readonly event: string }[] }) => timeline.map(({ event }) => event);
const refusal = (promise: Promise<unknown>): Promise<RequestRefusedError> =>
  promise.then(
    () => Promise.reject(new Error('The request was not refused.')),
    (error: RequestRefusedError) => error,
  );

describe('a signal', () => {
  it('that comes during the wait wakes the job at once, and its payload is parsed by the contract', async () => {
    const kit = kitOf(async (ctx) => [await ctx.waitForSignal('approve', { ...day, detail: 'the boss' })]);
    const job = await kit.submit({});
    await kit.settle();
    expect(job.status).toBe('waiting');
    expect(job.reason).toEqual({ code: 'waiting_for_signal', detail: 'the boss', until: '2026-03-02T12:00:00.000Z' });
    await kit.advance({ hours: 3 });
    await kit.signal(job, 'approve', { by: 'Ada' });
    expect(job.reason).toEqual({ code: 'waiting_for_worker', detail: 'signal "approve" came', until: null });
    await kit.settle();
    expect(job).toMatchObject({ status: 'succeeded', result: { log: [{ by: 'Ada', level: 1 }] }, attempts: 1 });
    expect(kit.now).toEqual(new Date('2026-03-01T15:00:00Z'));
    expect(eventsOf(job)).toEqual(['queued', 'started', 'sleeping', 'signalled', 'resumed', 'succeeded']);
    expect(job.timeline.find(({ event }) => event === 'signalled')).toEqual({
      at: '2026-03-01T15:00:00.000Z',
      event: 'signalled',
      by: 'tester',
      detail: 'approve',
    });
  });

  it('that comes before the job starts is kept, and the code does not wait', async () => {
    const kit = kitOf(async (ctx) => [await ctx.waitForSignal('approve', day)]);
    const job = await kit.submit({});
    await kit.signal(job, 'approve', { by: 'Ada', level: 2 });
    await kit.settle();
    expect(job.result).toEqual({ log: [{ by: 'Ada', level: 2 }] });
    expect(eventsOf(job)).toEqual(['queued', 'signalled', 'started', 'succeeded']);
  });

  it('that comes while another step runs is received by the wait after it', async () => {
    const kit = kitOf(async (ctx) => {
      await ctx.step('prepare', async () => 'done');
      return [await ctx.waitForSignal('note', day)];
    });
    const job = await kit.submit({});
    await kit.runUntil({ before: 'step prepare' });
    await kit.signal(job, 'note', 'early');
    await kit.settle();
    expect(job.result).toEqual({ log: ['early'] });
  });

  it('that comes during a sleep does not end it', async () => {
    const kit = kitOf(async (ctx) => {
      await ctx.sleep('night', { hours: 8 });
      return [await ctx.waitForSignal('note', day)];
    });
    const job = await kit.submit({});
    await kit.settle();
    await kit.signal(job, 'note', 'early');
    await kit.settle();
    expect(job.reason).toMatchObject({ code: 'sleeping', until: '2026-03-01T20:00:00.000Z' });
    await kit.run();
    expect(kit.now).toEqual(new Date('2026-03-01T20:00:00Z'));
    expect(job.result).toEqual({ log: ['early'] });
  });

  it('of another name does not end the wait, and is kept for its own', async () => {
    const kit = kitOf(async (ctx) => [await ctx.waitForSignal('approve', day), await ctx.waitForSignal('note', day)]);
    const job = await kit.submit({});
    await kit.settle();
    await kit.signal(job, 'note', 'for later');
    await kit.settle();
    expect(job.reason).toMatchObject({ code: 'waiting_for_signal', detail: 'signal "approve"' });
    await kit.signal(job, 'approve', { by: 'Ada' });
    await kit.settle();
    expect(job.result).toEqual({ log: [{ by: 'Ada', level: 1 }, 'for later'] });
  });

  it.each([1, 2, 3])('is received once each, the oldest first, by %d waits', async (waits) => {
    const kit = kitOf(async (ctx) => {
      const log: unknown[] = [];
      for (let i = 0; i < waits; i++) log.push(await ctx.waitForSignal('note', day));
      return log;
    });
    const job = await kit.submit({});
    const notes = Array.from({ length: waits }, (_, i) => `note ${i + 1}`);
    for (const note of notes) await kit.signal(job, 'note', note);
    await kit.run();
    expect(job.result).toEqual({ log: notes });
  });

  it('without a payload is null, and one of any JSON value comes as it was sent', async () => {
    const values = [null, 0, '', [], { deep: [{ x: null }] }, 12345.678, false, 'ü😀'];
    const kit = kitOf(async (ctx) => {
      const log: unknown[] = [];
      while (log.length <= values.length) log.push(await ctx.waitForSignal('note', day));
      return log;
    });
    const job = await kit.submit({});
    await kit.signal(job, 'note');
    for (const value of values) await kit.signal(job, 'note', value);
    await kit.run();
    expect(job.result).toEqual({ log: [null, ...values] });
  });

  it('with a large payload goes through the bucket', async () => {
    const by = 'x'.repeat(9_000);
    const kit = kitOf(async (ctx) => [(await ctx.waitForSignal('approve', day)).by]);
    const job = await kit.submit({});
    await kit.settle();
    await kit.signal(job, 'approve', { by });
    await kit.settle();
    expect(job.result).toEqual({ log: [by] });
  });

  it('with a secret is hidden in logs, timeline and errors, in later invocations, too', async () => {
    const secret = { ...contract, redact: ['pin'] };
    const kit = testKit(secret, {
      async run(_, ctx) {
        const { pin } = (await ctx.waitForSignal('note', day)) as { pin: string };
        await ctx.sleep('pause', { seconds: 5 }, { detail: `after ${pin}` });
        ctx.log.info(`The pin is ${pin}.`, { pin });
        throw new PermanentError(`The pin ${pin} is wrong.`, { details: { pin } });
      },
    });
    const job = await kit.submit({});
    await kit.signal(job, 'note', { pin: 'hunter22' });
    await kit.settle();
    expect(job.reason?.detail).toBe('after [redacted]');
    await kit.run();
    expect(job.error).toMatchObject({ message: 'The pin [redacted] is wrong.', details: { pin: '[redacted]' } });
    expect(JSON.stringify([kit.logs, job.resource])).not.toContain('hunter22');
  });

  it('that the deadline overtakes fails the job as any other wait', async () => {
    const kit = kitOf(async (ctx) => [await ctx.waitForSignal('note', { timeout: { days: 30 } })]);
    const job = await kit.submit({});
    await kit.run();
    expect(job).toMatchObject({ status: 'failed', error: { code: 'deadline_exceeded' } });
    expect(kit.now.getTime()).toBeGreaterThanOrEqual(startAt.getTime() + 2 * 86_400_000);
  });
});

describe('a wait for a signal', () => {
  it('that timed out stays timed out when the signal comes afterwards, which the next wait receives', async () => {
    const kit = kitOf(async (ctx) => {
      const first = await ctx.waitForSignal('note', { timeout: { minutes: 5 } }).catch((error: { code: string }) => error.code);
      await ctx.sleep('pause', { minutes: 5 });
      return [first, await ctx.waitForSignal('note', day)];
    });
    const job = await kit.submit({});
    await kit.advance({ minutes: 6 });
    expect(job.reason?.code).toBe('sleeping');
    await kit.signal(job, 'note', 'late');
    await kit.run();
    expect(job.result).toEqual({ log: ['wait_timed_out', 'late'] });
    expect(kit.now).toEqual(new Date('2026-03-01T12:10:00Z'));
  });

  it('that is not caught ends the job at its time-out, without another attempt', async () => {
    const kit = kitOf(async (ctx) => [await ctx.waitForSignal('note', { timeout: { minutes: 5 } })]);
    const job = await kit.submit({});
    await kit.run();
    expect(job).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'wait_timed_out', message: 'No signal "note" came within 300 s.', retryable: false },
    });
    expect(kit.now).toEqual(new Date('2026-03-01T12:05:00Z'));
  });

  it('of a new attempt keeps what an earlier one received, and counts its time-out from its own start', async () => {
    const seen: unknown[] = [];
    const kit = kitOf(async (ctx) => {
      const first = await ctx.waitForSignal('note', day);
      seen.push([ctx.job.attempt, first]);
      if (ctx.job.attempt === 1) throw new RetryableError('not yet');
      const second = await ctx.waitForSignal('note', { timeout: { minutes: 10 } }).catch((error: { code: string }) => error.code);
      return [first, second];
    });
    const job = await kit.submit({});
    await kit.signal(job, 'note', 'one');
    await kit.run();
    expect(seen[0]).toEqual([1, 'one']);
    expect(job).toMatchObject({ status: 'succeeded', attempts: 2, result: { log: ['one', 'wait_timed_out'] } });
  });

  it('in two branches at once takes two signals, in the order of the calls', async () => {
    const kit = kitOf((ctx) => Promise.all([ctx.waitForSignal('note', day), ctx.waitForSignal('note', day)]));
    const job = await kit.submit({});
    await kit.settle();
    await kit.signal(job, 'note', 'one');
    await kit.settle();
    expect(job.reason?.code).toBe('waiting_for_signal');
    await kit.signal(job, 'note', 'two');
    await kit.settle();
    expect(job.result).toEqual({ log: ['one', 'two'] });
  });

  it('beside another wakes for whichever of the names comes', async () => {
    const kit = kitOf(async (ctx) => [
      await Promise.race([
        ctx.waitForSignal('approve', day).then(({ by }) => `approved by ${by}`),
        ctx.waitForSignal('note', day).then(() => 'noted'),
      ]),
    ]);
    const [approved, noted] = [await kit.submit({}), await kit.submit({})];
    await kit.settle();
    await kit.signal(approved, 'approve', { by: 'Ada' });
    await kit.signal(noted, 'note');
    await kit.settle();
    expect([approved.result, noted.result]).toEqual([{ log: ['approved by Ada'] }, { log: ['noted'] }]);
  });

  it.each([
    [30, 'signal'],
    [90, 'limit'],
  ] as const)(
    'raced against a sleep of a minute by a signal after %d s is won by the %s, also in later invocations',
    async (after, winner) => {
      const winners: unknown[] = [];
      const kit = kitOf(async (ctx) => {
        const won = await Promise.race([
          ctx.waitForSignal('note', day).then(() => 'signal'),
          ctx.sleep('limit', { seconds: 60 }).then(() => 'limit'),
        ]);
        winners.push(won);
        await ctx.step('noted', async () => won);
        await ctx.sleep('later', { minutes: 5 });
        return [won];
      });
      const job = await kit.submit({});
      await kit.advance({ seconds: after });
      await kit.signal(job, 'note');
      await kit.run();
      expect([new Set(winners), job.result]).toEqual([new Set([winner]), { log: [winner] }]);
    },
  );

  it('that lost a race keeps no job open: it ends when its code returns', async () => {
    const kit = kitOf(async (ctx) => [await Promise.race([ctx.waitForSignal('approve', day), ctx.waitForSignal('note', day)])]);
    const job = await kit.submit({});
    await kit.settle();
    await kit.signal(job, 'note', 'first');
    await kit.settle();
    expect([job.status, kit.now]).toEqual(['succeeded', startAt]);
  });

  it('beside fifty others of one name wakes the job for each signal, and each branch receives one', async () => {
    const kit = kitOf(async (ctx) => Promise.all(Array.from({ length: 50 }, () => ctx.waitForSignal('note', day))));
    const job = await kit.submit({});
    for (let i = 0; i < 50; i++) {
      await kit.signal(job, 'note', i);
      if (i % 10 === 0) await kit.settle();
    }
    await kit.settle();
    expect(job.result).toEqual({ log: Array.from({ length: 50 }, (_, i) => i) });
  });

  it('is refused within a step and within a check', async () => {
    const kit = kitOf(async (ctx) => {
      const within = (call: () => Promise<unknown>) => call().catch((error: { code: string }) => error.code);
      return [
        await within(() => ctx.step('outer', () => ctx.waitForSignal('note', day))),
        await within(() => ctx.waitUntil('outer', () => ctx.waitForSignal('note', day), { every: { seconds: 1 }, timeout: { hours: 1 } })),
      ];
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: ['nested_call', 'nested_call'] });
  });

  it.each([
    ['a name that the contract does not have', (ctx: Context) => ctx.waitForSignal('deny' as 'note', day), 'unknown_signal'],
    ["a name of JavaScript's own", (ctx: Context) => ctx.waitForSignal('constructor' as 'note', day), 'unknown_signal'],
    ['no time-out', (ctx: Context) => ctx.waitForSignal('note', {} as typeof day), 'invalid_duration'],
    ['no options', (ctx: Context) => ctx.waitForSignal('note', undefined as unknown as typeof day), 'invalid_duration'],
  ])('with %s ends the job with a code of its own', async (_what, wait, code) => {
    const kit = kitOf(async (ctx) => [await wait(ctx)]);
    const job = await kit.submit({});
    await kit.run();
    expect(job).toMatchObject({ status: 'failed', error: { code, retryable: false } });
  });

  it('receives each signal once wherever its worker dies', async () => {
    let acted: unknown[] = [];
    await killAnywhere(
      () => {
        acted = [];
        return kitOf(async (ctx) => {
          const log: unknown[] = [];
          for (const name of ['a', 'b']) {
            const note = await ctx.waitForSignal('note', day);
            log.push(note);
            await ctx.step(name, async () => void acted.push(`${name} ${String(note)}`));
          }
          return log;
        });
      },
      async (kit) => {
        const job = await kit.submit({});
        await kit.signal(job, 'note', 1, { idempotencyKey: 'one' });
        await kit.advance({ minutes: 10 });
        await kit.signal(job, 'note', 2, { idempotencyKey: 'two' });
        await kit.run();
        expect(job).toMatchObject({ status: 'succeeded', result: { log: [1, 2] } });
        expect(new Set(acted)).toEqual(new Set(['a 1', 'b 2']));
      },
    );
  });
});

describe('a sender', () => {
  const waiting = () => kitOf(async (ctx) => [await ctx.waitForSignal('note', day), await ctx.waitForSignal('note', day)]);

  it('that repeats a signal with its key has sent one', async () => {
    const kit = waiting();
    const job = await kit.submit({});
    for (let i = 0; i < 3; i++) await kit.signal(job, 'note', { n: 1, m: 2 }, { idempotencyKey: 'k' });
    await kit.signal(job, 'note', { m: 2, n: 1 }, { idempotencyKey: 'k' });
    await kit.settle();
    expect(job.reason?.code).toBe('waiting_for_signal');
    await kit.signal(job, 'note', 'other', { idempotencyKey: 'l' });
    await kit.settle();
    expect(job.result).toEqual({ log: [{ n: 1, m: 2 }, 'other'] });
    await kit.signal(job, 'note', 'other', { idempotencyKey: 'l' }); // a repetition after the end is answered, too
  });

  it('without a key has sent as many signals as requests', async () => {
    const kit = waiting();
    const job = await kit.submit({});
    for (let i = 0; i < 2; i++) await kit.signal(job, 'note', 'same');
    await kit.settle();
    expect(job.result).toEqual({ log: ['same', 'same'] });
  });

  it.each([
    ['another payload', 'note', 'two'],
    ['another name', 'approve', { by: 'one' }],
  ])('that uses a key again for %s is refused', async (_what, name, payload) => {
    const kit = waiting();
    const job = await kit.submit({});
    await kit.signal(job, 'note', 'one', { idempotencyKey: 'k' });
    expect(await refusal(kit.signal(job, name, payload, { idempotencyKey: 'k' }))).toMatchObject({
      status: 422,
      problem: { type: expect.stringMatching(/idempotency-key-reused$/) },
    });
  });

  it('of a payload that the contract does not allow learns each place, and the job gets nothing', async () => {
    const kit = waiting();
    const job = await kit.submit({});
    const refused = await refusal(kit.signal(job, 'approve', { by: 5, level: 1.5, more: true }));
    expect(refused).toMatchObject({ status: 422, problem: { type: expect.stringMatching(/invalid-submission$/) } });
    const { errors } = refused.problem as unknown as { errors: readonly { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(['#/by', '#/level', '#/more']);
    expect(eventsOf(job)).not.toContain('signalled');
  });

  it.each(['deny', 'constructor', '__proto__', 'ü'])(
    'of a signal %s, which the type does not take, learns those that it takes',
    async (name) => {
      const kit = waiting();
      const job = await kit.submit({});
      expect(await refusal(kit.signal(job, name))).toMatchObject({
        status: 404,
        problem: { type: expect.stringMatching(/signal-not-found$/), detail: expect.stringContaining('It has: approve, note.') },
      });
    },
  );

  it('is refused after the end, and for another owner', async () => {
    const kit = testKit(contract, { run: async () => ({ log: [] }) }, { settings: { admins: [] } });
    const [ended, open] = [await kit.submit({}), await kit.submit({}, { delaySeconds: 60 })];
    await kit.settle();
    expect(await refusal(kit.signal(ended, 'note'))).toMatchObject({
      status: 409,
      problem: { type: expect.stringMatching(/job-already-ended$/) },
    });
    expect(await refusal(kit.signal(open, 'note', null, { owner: 'mallory' }))).toMatchObject({
      status: 404,
      problem: { type: expect.stringMatching(/job-not-found$/) },
    });
  });

  it('may send 100 signals to a job, and no more', async () => {
    const kit = kitOf(async (ctx) => {
      const log: unknown[] = [];
      while (log.length < 100) log.push(await ctx.waitForSignal('note', day));
      return [log.length, log[99]];
    });
    const job = await kit.submit({});
    for (let i = 1; i <= 100; i++) await kit.signal(job, 'note', i);
    expect(await refusal(kit.signal(job, 'note', 101))).toMatchObject({
      status: 409,
      problem: { type: expect.stringMatching(/too-many-signals$/), detail: 'A job may be sent 100 signals.' },
    });
    await kit.run();
    expect(job.result).toEqual({ log: [100, 100] });
  });

  it('to a job of a paused type is answered, and the job goes on after the pause', async () => {
    const kit = kitOf(async (ctx) => [await ctx.waitForSignal('note', day)]);
    const job = await kit.submit({});
    await kit.settle();
    await kit.setTypeState('paused');
    await kit.advance({ minutes: 1 });
    await kit.signal(job, 'note', 'patience');
    await kit.advance({ minutes: 30 });
    expect([job.status, job.reason?.code]).toEqual(['waiting', 'paused']);
    await kit.setTypeState('active');
    await kit.run();
    expect(job.result).toEqual({ log: ['patience'] });
  });

  it.each(['signal', 'cancel'])('at the moment of a cancel, the %s first, leaves a cancelled job', async (first) => {
    const kit = kitOf(async (ctx) => [await ctx.waitForSignal('note', day)]);
    const job = await kit.submit({});
    await kit.settle();
    const outcomes = await Promise.allSettled(
      first === 'signal' ? [kit.signal(job, 'note'), kit.cancel(job)] : [kit.cancel(job), kit.signal(job, 'note')],
    );
    await kit.run();
    expect(job.status).toBe('cancelled');
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [(one.reason as RequestRefusedError).status] : []));
    expect(refused.every((status) => status === 409)).toBe(true);
  });
});
