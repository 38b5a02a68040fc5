import { Readable } from 'node:stream';
import { S3ServiceException } from '@aws-sdk/client-s3';
import { s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { s3PayloadStore } from '../../lambdas/adapters/s3-payload-store.ts';
import { PermanentError, RetryableError, UnavailableError } from '../../lambdas/core/contract/errors.ts';
import { sqsHandler } from '../../lambdas/worker/sqs-handler.ts';
import { local } from '../../local/resources.ts';
import { requestsAnswered } from '../support/requests-answered.ts';
import { Engine, graceMs, leaseMs, type TestWork } from '../support/test-engine.ts';
import { refusalsBringTheItem, useEmulators } from '../support/use-emulators.ts';

useEmulators();

const echo: TestWork = { run: async ({ text }) => ({ echo: text }) };
const failing = (error: () => unknown): TestWork => ({
  run: async () => {
    throw error();
  },
});
/** Lets promises that are ready go on, and their requests be answered: DynamoDB Local takes longer than the emulator. */
const settle = () => requestsAnswered(refusalsBringTheItem ? 150 : 30);

describe('a job', () => {
  it('is accepted, done once, and keeps its result', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    expect(await engine.wake(job, echo)).toEqual({ kind: 'acknowledge' });
    expect(await engine.read(job)).toMatchObject({ status: 'succeeded', attempt: 1, result: { kind: 'inline', json: '{"echo":"hello"}' } });
  });

  it('makes one effect of a message sent ten times, one after the other and at the same time', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    let effects = 0;
    const counting: TestWork = {
      run: async ({ text }) => {
        effects += 1;
        await settle();
        return { echo: text };
      },
    };
    await Promise.all(Array.from({ length: 5 }, () => engine.wake(job, counting)));
    for (let i = 0; i < 5; i++) expect(await engine.wake(job, counting)).toEqual({ kind: 'acknowledge' });
    expect(effects).toBe(1);
  });

  it('carries a large input and result through the bucket', async () => {
    const engine = await Engine.open();
    const text = 'x'.repeat(500_000);
    const job = await engine.accept({ input: { text } });
    expect(job.input.kind).toBe('stored');
    await engine.wake(job, echo);
    const { result } = await engine.read(job);
    expect(result?.kind === 'stored' && (await engine.ports.payloads.get(result.key))).toBe(JSON.stringify({ echo: text }));
  });

  it('fails clearly when its stored input was changed or is gone', async () => {
    const engine = await Engine.open();
    const changed = await engine.accept({ input: { text: 'x'.repeat(5_000) } });
    if (changed.input.kind !== 'stored') throw new Error('not stored');
    await engine.ports.payloads.put(changed.input.key, '{"text":"forged"}');
    await engine.wake(changed, echo);
    expect((await engine.read(changed)).error).toMatchObject({ code: 'payload_changed', retryable: false });
  });

  it('is not found by a message that overtook its write: looked for once more, then dropped', async () => {
    const engine = await Engine.open();
    const body = JSON.stringify({ v: 1, id: 'job_00000000000000000000000000' });
    expect(await engine.deliver(body, echo)).toEqual({ kind: 'retry-later', afterSeconds: 2 });
    expect(await engine.deliver(body, echo, { receiveCount: 2 })).toEqual({ kind: 'acknowledge' });
  });

  it.each(['garbage', '{"v":2,"id":"job_00000000000000000000000000"}', '{"v":1,"id":"../x"}', 'null'])(
    'moves the message %j to the dead-letter queue',
    async (body) => {
      const engine = await Engine.open();
      expect(await engine.deliver(body, echo)).toEqual({ kind: 'acknowledge' });
      const [dead] = await engine.drain(engine.deadLetterUrl);
      expect(dead).toMatchObject({ Body: body, MessageAttributes: { reason: { StringValue: 'not_a_wake_up' } } });
    },
  );

  it('moves the beginning of a message as large as SQS takes to the dead-letter queue, since its reason makes it larger', async () => {
    const engine = await Engine.open();
    expect(await engine.deliver('ü'.repeat(524_288), echo)).toEqual({ kind: 'acknowledge' });
    const [dead] = await engine.drain(engine.deadLetterUrl);
    expect(dead?.Body).toMatch(/^ü{200000,}…$/);
    expect(dead?.MessageAttributes).toMatchObject({ reason: { StringValue: 'not_a_wake_up' } });
  });

  it('is left alone by a message in the queue of another type', async () => {
    const engine = await Engine.open();
    const other = await Engine.open({}, engine.contract.name);
    const job = await engine.accept();
    expect(await other.wake(job, echo)).toEqual({ kind: 'acknowledge' });
    expect((await engine.read(job)).status).toBe('queued');
  });
});

it('names the owner of a message to SQS, so that no owner’s flood holds up another’s', async () => {
  const engine = await Engine.open();
  for (const owner of ['ann', 'ann', 'bob']) await engine.accept({ owner });
  const groups = engine.calls.filter(({ name }) => name === 'SendMessageCommand').map(({ input }) => String(input['MessageGroupId']));
  expect(groups).toHaveLength(3);
  expect(groups[0]).toBe(groups[1]);
  expect(groups[0]).not.toBe(groups[2]);
  expect(groups.join()).not.toContain('ann');
});

describe('an idempotency key', () => {
  it('makes one job of any number of submissions at the same moment', async () => {
    const engine = await Engine.open();
    const all = await Promise.all(Array.from({ length: 10 }, () => engine.submit({ idempotencyKey: 'k' })));
    const ids = all.map((one) => (one.kind === 'accepted' ? one.job.id : one.kind));
    expect(new Set(ids).size).toBe(1);
    expect(all.filter((one) => one.kind === 'accepted' && !one.isReplay)).toHaveLength(1);
  });

  it('is refused for another submission, and free for another owner', async () => {
    const engine = await Engine.open();
    await engine.accept({ idempotencyKey: 'k' });
    expect((await engine.submit({ idempotencyKey: 'k', input: { text: 'other' }, canonicalBody: 'other' })).kind).toBe('key-reused');
    expect(await engine.submit({ idempotencyKey: 'k', owner: 'somebody else' })).toMatchObject({ kind: 'accepted', isReplay: false });
  });
});

describe('a failing attempt', () => {
  it('is followed by another after a backoff with jitter, by a delayed message, until the attempts are spent', async () => {
    const engine = await Engine.open();
    engine.runtime.chance = 0.5;
    const job = await engine.accept();
    const work = failing(() => new RetryableError('not yet', { code: 'busy' }));
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({
      status: 'waiting',
      attempt: 2,
      reason: { code: 'backing_off', detail: 'attempt 1 of 3 failed: busy: not yet' },
      notBeforeMs: engine.runtime.nowMs() + 5_000,
    });
    expect(engine.sent().at(-1)).toMatchObject({ delaySeconds: 5 });
    expect(await engine.wake(job, work)).toEqual({ kind: 'retry-later', afterSeconds: 5 });
    engine.runtime.advance(5_000);
    await engine.wake(job, work);
    engine.runtime.advance(10_000);
    await engine.wake(job, work);
    const ended = await engine.read(job);
    expect(ended).toMatchObject({ status: 'failed', attempt: 3, error: { code: 'busy', message: 'not yet' } });
    expect(ended.timeline.map(({ event }) => event)).toEqual([
      'queued',
      'started',
      'attempt_failed',
      'started',
      'attempt_failed',
      'started',
      'failed',
    ]);
  });

  it.each([
    ['throws for good', failing(() => new PermanentError('wrong', { code: 'wrong_input' })), 'wrong_input'],
    ['returns what its contract does not allow', { run: async () => ({ echo: 5 }) as never }, 'invalid_result'],
    ['returns nothing', { run: async () => undefined as never }, 'invalid_result'],
  ] as const)('ends the job at once when the worker %s', async (_what, work, code) => {
    const engine = await Engine.open();
    const job = await engine.accept();
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code, retryable: false } });
  });

  it('honours the wait that the worker asks for', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    await engine.wake(
      job,
      failing(() => new RetryableError('later', { after: { minutes: 30 } })),
    );
    expect(await engine.read(job)).toMatchObject({
      notBeforeMs: engine.runtime.nowMs() + 1_800_000,
      alarm: { kind: 'timer', dueAtMs: engine.runtime.nowMs() + 1_800_000 },
    });
  });

  it('ends a worker that never returns, even one that ignores its signal: its process is ended first', async () => {
    const engine = await Engine.open({ maxAttempts: 1 });
    const job = await engine.accept();
    let runaways = 0;
    const running = engine.wake(
      job,
      { run: () => new Promise(() => undefined) },
      {
        reportRunaway: () => {
          runaways += 1;
        },
      },
    );
    for (let i = 0; i < 60; i++) {
      await settle();
      engine.runtime.advance(2_000);
    }
    await running;
    expect(runaways).toBe(1);
    const pendingOutcome = { error: { code: 'invocation_timed_out', retryable: true } };
    // Its lease runs out before another worker goes on.
    expect(await engine.read(job)).toMatchObject({ status: 'running', pendingOutcome });
    expect(await engine.wake(job, echo)).toMatchObject({ kind: 'retry-later' });
    engine.runtime.advance(leaseMs);
    await engine.wake(job, echo);
    expect(await engine.read(job)).toMatchObject({ status: 'failed', ...pendingOutcome });
  });
});

describe('steps and sleeps', () => {
  it('run a step once, however often the worker starts again', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    let [effects, starts] = [0, 0];
    const work: TestWork = {
      run: async (_input, ctx) => {
        starts += 1;
        const first = await ctx.step('first', async () => {
          effects += 1;
          return { n: effects };
        });
        await ctx.sleep('a while', { seconds: 30 });
        const second = await ctx.step('second', async () => first.n + 1);
        return { echo: `${first.n} ${second}` };
      },
    };
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', attempt: 1, reason: { code: 'sleeping' } });
    expect(engine.sent().at(-1)).toMatchObject({ delaySeconds: 30 });
    engine.runtime.advance(30_000);
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ status: 'succeeded', attempt: 1, result: { json: '{"echo":"1 2"}' } });
    expect([effects, starts]).toEqual([1, 2]);
  });

  it('remember a step whose result is large', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    let effects = 0;
    const work: TestWork = {
      run: async (_input, ctx) => {
        const text = await ctx.step('large', async () => {
          effects += 1;
          return 'y'.repeat(100_000);
        });
        await ctx.sleep('a while', { seconds: 1 });
        return { echo: String(text.length) };
      },
    };
    await engine.wake(job, work);
    engine.runtime.advance(1_000);
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ result: { json: '{"echo":"100000"}' } });
    expect(effects).toBe(1);
  });

  it('look again and again while waiting, without an attempt spent, and give up after the time-out', async () => {
    const engine = await Engine.open({ maxAttempts: 1 });
    let looks = 0;
    const waiting = (ready: number): TestWork => ({
      run: async (_input, ctx) => {
        const found = await ctx.waitUntil('ready', async () => (++looks >= ready ? `after ${looks}` : undefined), {
          every: { seconds: 10 },
          timeout: { seconds: 35 },
          reason: { code: 'waiting_for_capacity', detail: 'no room' },
        });
        return { echo: found };
      },
    });
    const job = await engine.accept();
    for (let i = 0; i < 3; i++) {
      await engine.wake(job, waiting(3));
      if (i < 2)
        expect(await engine.read(job)).toMatchObject({ status: 'waiting', reason: { code: 'waiting_for_capacity', detail: 'no room' } });
      engine.runtime.advance(10_000);
    }
    expect(await engine.read(job)).toMatchObject({ status: 'succeeded', result: { json: '{"echo":"after 3"}' } });

    const hopeless = await engine.accept();
    for (let i = 0; i < 5; i++) {
      await engine.wake(hopeless, waiting(1_000));
      engine.runtime.advance(10_000);
    }
    expect(await engine.read(hopeless)).toMatchObject({ status: 'failed', error: { code: 'wait_timed_out' } });
  });

  it('refuse two steps of one name', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    await engine.wake(job, {
      run: async (_input, ctx) => {
        await ctx.step('same', async () => 1);
        await ctx.step('same', async () => 2);
        return { echo: '' };
      },
    });
    expect((await engine.read(job)).error?.code).toBe('step_name_reused');
  });

  it('stop at a step when the time is nearly over, and go on behind it', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    let effects = 0;
    const work: TestWork = {
      run: async (_input, ctx) => {
        const n = await ctx.step('only', async () => {
          engine.remainingMs = 1_000;
          effects += 1;
          return effects;
        });
        return { echo: String(n) };
      },
    };
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', attempt: 1 });
    engine.remainingMs = 60_000;
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ status: 'succeeded', result: { json: '{"echo":"1"}' } });
  });

  it('resume from a checkpoint, and stop at one when the time is nearly over, without an attempt spent', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    const seen: number[] = [];
    const work: TestWork = {
      run: async (_input, ctx) => {
        for (let n = (ctx.checkpoint.load<number>() ?? 0) + 1; n <= 4; n++) {
          seen.push(n);
          if (n === 2) engine.remainingMs = 1_000;
          await ctx.checkpoint.save(n);
        }
        return { echo: 'done' };
      },
    };
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', attempt: 1, reason: { code: 'waiting_for_worker' } });
    engine.remainingMs = 60_000;
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});

it.each([30, 45, 60, 900])(
  'work that saves a checkpoint every second rests before an invocation of %s s ends, and spends no attempt',
  async (seconds) => {
    const engine = await Engine.open({ timeoutSeconds: seconds });
    const job = await engine.accept();
    const startedMs = engine.runtime.nowMs();
    engine.remainingMs = seconds * 1000;
    const remainingMs = () => seconds * 1000 - (engine.runtime.nowMs() - startedMs);
    let rounds = 0;
    await engine.deliver(
      JSON.stringify({ v: 1, id: job.id }),
      {
        run: async (_input, ctx) => {
          for (; rounds < 2 * seconds; rounds++) {
            engine.runtime.advance(1_000);
            ctx.signal.throwIfAborted();
            await ctx.checkpoint.save(rounds);
          }
          return { echo: '' };
        },
      },
      { remainingMs },
    );
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', attempt: 1, reason: { code: 'waiting_for_worker' } });
    expect(rounds).toBeGreaterThan(seconds / 3);
  },
);

describe('a lease', () => {
  const hanging = (onSignal: (signal: AbortSignal) => void = () => undefined): TestWork => ({
    run: (_input, ctx) => {
      onSignal(ctx.signal);
      return new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));
    },
  });

  it('is kept by a heartbeat that carries progress out', async () => {
    const engine = await Engine.open();
    engine.remainingMs = 900_000;
    const job = await engine.accept();
    const running = engine.wake(job, {
      run: async (_input, ctx) => {
        ctx.progress(0.5, 'half-way');
        await engine.runtime.sleep(60_000, ctx.signal);
        return { echo: 'done' };
      },
    });
    await settle();
    const before = await engine.read(job);
    engine.runtime.advance(15_000);
    await settle();
    const after = await engine.read(job);
    expect(after.progress).toEqual({ fraction: 0.5, message: 'half-way' });
    expect((after.leaseEndsAtMs ?? 0) - (before.leaseEndsAtMs ?? 0)).toBe(15_000);
    expect(await engine.wake(job, echo)).toEqual({ kind: 'retry-later', afterSeconds: leaseMs / 1000 + 1 });
    engine.runtime.advance(45_000);
    await running;
    expect((await engine.read(job)).status).toBe('succeeded');
  });

  it('brings a cancel in', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    const running = engine.wake(job, hanging());
    await settle();
    expect((await engine.cancel(job)).kind).toBe('requested');
    engine.runtime.advance(15_000);
    await running;
    const ended = await engine.read(job);
    expect([ended.status, ended.error, ended.result]).toEqual(['cancelled', undefined, undefined]);
  });

  it('brings a cancel in sooner where the contract says so, and reads the record only there', async () => {
    for (const [seconds, reads] of [
      [1, 2],
      [undefined, 0],
    ] as const) {
      const engine = await Engine.open(seconds === undefined ? {} : { cancelCheckSeconds: seconds });
      const { get } = engine.ports.store;
      let [looks, answered] = [0, 0];
      const job = await engine.accept();
      const running = engine.wake(job, hanging());
      await settle();
      engine.ports.store.get = async (...which) => {
        looks += 1;
        const found = await get(...which);
        answered += 1;
        return found;
      };
      const pass = async (ms: number, expectedLooks = 0) => {
        engine.runtime.advance(ms);
        do await settle();
        while (answered < Math.max(looks, expectedLooks));
      };
      await pass(1_000, reads / 2);
      await pass(1_000, reads);
      expect(looks).toBe(reads);
      expect((await engine.cancel(job)).kind).toBe('requested');
      await pass(seconds === undefined ? 13_000 : 1_000);
      await running;
      expect((await engine.read(job)).status).toBe('cancelled');
    }
  });

  it('goes to another worker when it ran out, and the first one writes nothing any more', async () => {
    const engine = await Engine.open();
    engine.remainingMs = 900_000;
    const job = await engine.accept();
    const { store } = engine.ports;
    const leaseToken = await engine.die(job);
    engine.runtime.advance(leaseMs + 1);
    await engine.wake(job, echo);
    const ended = await engine.read(job);
    expect(ended).toMatchObject({ status: 'succeeded', attempt: 1, crashes: 1 });
    expect(ended.timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'worker_lost', 'started', 'succeeded']);
    expect(await store.write(job, { kind: 'lease', leaseToken }, { status: 'failed' })).toBeUndefined();
    expect(await engine.read(job)).toEqual(ended);
  });

  it('that was lost aborts the signal, and what the worker then returns is not written', async () => {
    const engine = await Engine.open();
    engine.remainingMs = 900_000;
    const job = await engine.accept();
    let signal: AbortSignal | undefined;
    const running = engine.wake(
      job,
      hanging((its) => {
        signal = its;
      }),
    );
    await settle();
    const { revision } = await engine.read(job);
    await engine.ports.store.write(job, { kind: 'revision', revision }, { leaseToken: 'another' });
    engine.runtime.advance(15_000);
    expect(await running).toEqual({ kind: 'retry-later', afterSeconds: 1 });
    expect(signal?.reason).toMatchObject({ code: 'lease_lost' });
    expect(await engine.read(job)).toMatchObject({ status: 'running', leaseToken: 'another' });
  });

  it('taken over too often ends the job as crashed, with a dead letter', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    let starts = 0;
    for (let i = 0; i < 6 && (await engine.read(job)).status !== 'failed'; i++) {
      // Killed: the invocation just never goes on.
      void engine.wake(job, {
        run: () => {
          starts += 1;
          return new Promise(() => undefined);
        },
      });
      await settle();
      if ((await engine.read(job)).status !== 'running') break;
      await engine.killProcess(job);
    }
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'worker_crashed' } });
    expect(starts).toBe(4);
    expect(await engine.drain(engine.deadLetterUrl)).toHaveLength(1);
  });

  it.each([
    ['came further each time', (n: number) => n, 'running'],
    ['came no further', () => 0, 'failed'],
  ])('taken over six times from workers that %s leaves the job %s', async (_how, position, status) => {
    const engine = await Engine.open();
    const job = await engine.accept();
    for (let i = 0; i < 6; i++) {
      void engine.wake(job, {
        run: async (_input, ctx) => {
          await ctx.checkpoint.save(position(i));
          return new Promise<never>(() => undefined);
        },
      });
      await settle();
      if ((await engine.read(job)).status !== 'running') break;
      if (i < 5) await engine.killProcess(job);
    }
    expect((await engine.read(job)).status).toBe(status);
  });

  it('taken over too often ends the job also where no dead letter can be sent', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    jest.spyOn(engine.ports.queues, 'deadLetter').mockRejectedValue(new Error('refused'));
    for (let i = 0; i < 12 && (await engine.read(job)).status !== 'failed'; i++) {
      void engine.wake(job, { run: () => new Promise<never>(() => undefined) }).catch(() => undefined);
      await settle();
      if ((await engine.read(job)).status === 'running') await engine.killProcess(job);
    }
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'worker_crashed' } });
  });
});

describe('cleaning up', () => {
  const contract = { cleansUp: true };

  it('runs before a failed job is ended, and the error says what it did', async () => {
    const engine = await Engine.open(contract);
    const job = await engine.accept();
    await engine.wake(job, { ...failing(() => new PermanentError('no')), cleanUp: async () => 'took it all back' });
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { details: { cleanUp: 'took it all back' } } });
  });

  it('wakes a sleeping job that is cancelled, and shows it on its timeline', async () => {
    const engine = await Engine.open(contract);
    const job = await engine.accept();
    const work: TestWork = {
      run: async (_input, ctx) => {
        await ctx.sleep('a while', { hours: 1 });
        return { echo: '' };
      },
      cleanUp: async () => 'terminated i-1',
    };
    await engine.wake(job, work);
    expect((await engine.cancel(job)).kind).toBe('requested');
    await engine.wake(job, work);
    const ended = await engine.read(job);
    expect(ended.status).toBe('cancelled');
    expect(ended.timeline.at(-2)).toMatchObject({ event: 'cleaned_up', detail: 'terminated i-1' });
  });

  it('is woken at once by a cancel that came while the worker was on its way to sleep', async () => {
    for (const [cleansUp, status] of [
      [true, 'waiting'],
      [false, 'cancelled'],
    ] as const) {
      const engine = await Engine.open({ cleansUp });
      const job = await engine.accept();
      await engine.wake(job, {
        run: async (_input, ctx) => {
          expect((await engine.cancel(job)).kind).toBe('requested');
          await ctx.sleep('a while', { hours: 1 });
          return { echo: '' };
        },
      });
      expect(await engine.read(job)).toMatchObject({
        status,
        notBeforeMs: status === 'waiting' ? engine.runtime.nowMs() : expect.any(Number),
      });
      await engine.wake(job, { ...echo, cleanUp: async () => 'took it back' });
      expect((await engine.read(job)).status).toBe('cancelled');
    }
  });

  it('is tried again when it fails, and only then is the job ended', async () => {
    const engine = await Engine.open(contract);
    const job = await engine.accept();
    let tries = 0;
    const work: TestWork = {
      ...failing(() => new PermanentError('no', { code: 'nope' })),
      cleanUp: async () => {
        tries += 1;
        if (tries === 1) throw new Error('not now');
        return 'done';
      },
    };
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', reason: { code: 'cleaning_up' } });
    engine.runtime.advance(2_000);
    await engine.wake(job, work);
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'nope', details: { cleanUp: 'done' } } });
  });
});

describe('cancelling', () => {
  it('ends at once what no worker is at', async () => {
    const engine = await Engine.open();
    const queued = await engine.accept();
    const scheduled = await engine.accept({ startAtMs: engine.runtime.nowMs() + 3_600_000 });
    for (const job of [queued, scheduled]) expect((await engine.cancel(job)).kind).toBe('cancelled');
    expect(await engine.wake(queued, echo)).toEqual({ kind: 'acknowledge' });
    expect((await engine.read(queued)).status).toBe('cancelled');
    expect((await engine.cancel(queued)).kind).toBe('already-ended');
  });

  it('ends at once what a worker left when it died, and asks for the clean-up where there is one', async () => {
    for (const [cleansUp, kind] of [
      [false, 'cancelled'],
      [true, 'requested'],
    ] as const) {
      const engine = await Engine.open({ cleansUp });
      const job = await engine.accept();
      await engine.die(job);
      expect((await engine.cancel(job)).kind).toBe('requested');
      engine.runtime.advance(leaseMs + 1);
      expect((await engine.cancel(job)).kind).toBe(kind);
      await engine.wake(job, echo);
      expect((await engine.read(job)).status).toBe('cancelled');
    }
  });
});

describe('the handler of a batch', () => {
  const eventOf = (...jobs: readonly { readonly id: string }[]) =>
    ({
      Records: jobs.map(({ id }) => ({
        messageId: id,
        receiptHandle: id,
        body: JSON.stringify({ v: 1, id }),
        attributes: { ApproximateReceiveCount: '1' },
      })),
    }) as never;

  it('has a message come again soon when it could not be handled', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    const hidden: number[] = [];
    const claim = () => Promise.reject(new UnavailableError('throttled'));
    const ports = { ...engine.ports, store: { ...engine.ports.store, claim } };
    const changeVisibility = async (_receipt: string, seconds: number) => void hidden.push(seconds);
    const handler = sqsHandler({ contract: engine.contract, definition: echo as never }, ports, { changeVisibility });
    const { batchItemFailures } = await handler(eventOf(job), { getRemainingTimeInMillis: () => 60_000 });
    expect([batchItemFailures, hidden]).toEqual([[{ itemIdentifier: job.id }], [30]]);
  });

  it('keeps the lease of a job whose code goes on although its process is to end because of another', async () => {
    const engine = await Engine.open();
    const [deaf, neighbour] = [await engine.accept(), await engine.accept()];
    const definition = { run: () => new Promise(() => undefined) };
    const handler = sqsHandler({ contract: engine.contract, definition: definition as never }, engine.ports, {
      changeVisibility: async () => undefined,
      endProcess: () => new Promise(() => undefined),
    });
    void handler(eventOf(deaf, neighbour), { getRemainingTimeInMillis: () => 900_000 });
    await settle();
    await engine.cancel(deaf);
    for (let i = 0; i < 12; i++) {
      engine.runtime.advance(3_000);
      await settle();
    }
    expect((await engine.read(deaf)).pendingOutcome?.status).toBe('cancelled');
    const held = await engine.read(neighbour);
    expect([held.status, held.attempt, held.crashes]).toEqual(['running', 1, 0]);
    expect(await engine.wake(neighbour, echo)).toMatchObject({ kind: 'retry-later' });
    engine.runtime.advance(leaseMs + 1);
    await engine.wake(neighbour, echo);
    expect(await engine.read(neighbour)).toMatchObject({ status: 'succeeded', attempt: 1, crashes: 0 });
  });
});

describe('the clock', () => {
  it('wakes a job whose message was lost, once its grace is over', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    await engine.drain();
    expect(await engine.clock()).toMatchObject({ woken: 0 });
    engine.runtime.advance(graceMs);
    expect(await engine.clock()).toMatchObject({ woken: 1 });
    const [message] = await engine.drain();
    expect(message?.Body).toBe(JSON.stringify({ v: 1, id: job.id }));
    expect(await engine.clock()).toMatchObject({ woken: 0 });
  });

  it('leaves a job alone that ended meanwhile', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    await engine.wake(job, echo);
    engine.runtime.advance(graceMs);
    expect(await engine.clock()).toMatchObject({ woken: 0, postponed: 0 });
  });

  it('moves the alarm of a healthy job behind its lease, and wakes it when its worker died', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    await engine.drain();
    engine.runtime.advance(graceMs - 1_000);
    const nowMs = engine.runtime.nowMs();
    await engine.ports.store.claim(job.id, { type: engine.contract.name, leaseToken: 'dies', nowMs, leaseEndsAtMs: nowMs + leaseMs });
    engine.runtime.advance(1_000);
    expect(await engine.clock()).toMatchObject({ postponed: 1, woken: 0 });
    engine.runtime.advance(leaseMs);
    expect(await engine.clock()).toMatchObject({ woken: 1 });
    await engine.wake(job, echo);
    expect((await engine.read(job)).status).toBe('succeeded');
  });

  it('starts on the second what is too far ahead for SQS', async () => {
    const engine = await Engine.open();
    const job = await engine.accept({ startAtMs: engine.runtime.nowMs() + 3_600_000 });
    expect(engine.sent()).toHaveLength(0);
    engine.runtime.advance(3_500_000);
    expect(await engine.clock()).toMatchObject({ woken: 1 });
    expect(engine.sent()).toEqual([{ body: JSON.stringify({ v: 1, id: job.id }), delaySeconds: 100 }]);
  });

  it('does no harm when two run at once: one message is sent', async () => {
    const engine = await Engine.open();
    await engine.accept();
    await engine.drain();
    engine.runtime.advance(graceMs);
    await Promise.all([engine.clock(), engine.clock()]);
    expect(await engine.drain()).toHaveLength(1);
  });

  it('adds nothing to a deep queue', async () => {
    const engine = await Engine.open();
    for (let i = 0; i < 11; i++) await Promise.all(Array.from({ length: 10 }, () => engine.accept()));
    const before = engine.sent().length;
    engine.runtime.advance(graceMs);
    expect(await engine.clock()).toMatchObject({ woken: 0, skippedTypes: [engine.contract.name] });
    expect(engine.sent().length).toBe(before);
  });

  it('ends a job that no worker touched before its deadline', async () => {
    const engine = await Engine.open();
    const job = await engine.accept({ deadlineMs: engine.runtime.nowMs() + 60_000 });
    await engine.drain();
    engine.runtime.advance(graceMs);
    expect(await engine.clock()).toMatchObject({ expired: 1 });
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'deadline_exceeded' } });
  });
});

it('interrupts the work at the deadline', async () => {
  const engine = await Engine.open();
  const job = await engine.accept({ deadlineMs: engine.runtime.nowMs() + 10_000 });
  const running = engine.wake(job, {
    run: (_input, ctx) => new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(new Error('stopped')))),
  });
  await settle();
  engine.runtime.advance(10_000);
  await running;
  expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'deadline_exceeded' } });
});

describe('what the code is not to blame for', () => {
  const storedInput = { input: { text: 'x'.repeat(5_000) } };

  it('costs no attempt: storage that does not answer when the input is read or the result is kept', async () => {
    const engine = await Engine.open({ maxAttempts: 1 });
    const { payloads } = engine.ports;
    const [get, put] = [payloads.get, payloads.put];
    const refuse = async () => {
      throw new UnavailableError('not now');
    };
    const job = await engine.accept(storedInput);
    payloads.get = refuse;
    await engine.wake(job, echo);
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', attempt: 1, crashes: 0, reason: { code: 'waiting_for_worker' } });
    payloads.get = get;
    payloads.put = refuse;
    engine.runtime.advance(15_000);
    await engine.wake(job, echo);
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', attempt: 1, crashes: 0 });
    payloads.put = put;
    engine.runtime.advance(30_000);
    await engine.wake(job, echo);
    expect(await engine.read(job)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('rests longer from one outage to the next, and from the beginning after something else happened', async () => {
    const engine = await Engine.open();
    const { payloads } = engine.ports;
    const { get } = payloads;
    const job = await engine.accept({ ...storedInput, deadlineMs: engine.runtime.nowMs() + 86_400_000 });
    const restSeconds = async (work: TestWork = echo) => {
      await engine.wake(job, work);
      const restMs = (await engine.read(job)).notBeforeMs - engine.runtime.nowMs();
      engine.runtime.advance(restMs);
      return restMs / 1000;
    };
    payloads.get = () => Promise.reject(new UnavailableError('closed'));
    const rests: number[] = [];
    for (let i = 0; i < 9; i++) rests.push(await restSeconds());
    expect(rests).toEqual([15, 30, 60, 120, 240, 480, 900, 900, 900]);
    payloads.get = get;
    await restSeconds({ run: async (_input, ctx) => ({ echo: String(await ctx.sleep('a while', { seconds: 60 })) }) });
    payloads.get = () => Promise.reject(new UnavailableError('closed'));
    expect(await restSeconds()).toBe(15);
  });

  it('is not a failed try of a clean-up: an input that may not be read for a while', async () => {
    const engine = await Engine.open({ cleansUp: true });
    const { payloads } = engine.ports;
    const { get } = payloads;
    const job = await engine.accept(storedInput);
    const inputs: unknown[] = [];
    const work: TestWork = {
      run: async () => {
        payloads.get = () => Promise.reject(new UnavailableError('closed'));
        throw new PermanentError('It cannot be done.', { code: 'planned' });
      },
      cleanUp: async (input) => {
        inputs.push(input);
        return 'undone';
      },
    };
    await engine.wake(job, work);
    for (let i = 0; i < 12; i++) {
      const resting = await engine.read(job);
      expect(resting).toMatchObject({ status: 'waiting', reason: { code: 'cleaning_up' }, pendingOutcome: { cleanUpOutages: i + 1 } });
      engine.runtime.advance(resting.notBeforeMs - engine.runtime.nowMs());
      if (i === 11) payloads.get = get;
      await engine.wake(job, work);
    }
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'planned', details: { cleanUp: 'undone' } } });
    expect(inputs).toEqual([storedInput.input]);
  });

  it('does not hold up a clean-up for ever: after hours it does without its input', async () => {
    const engine = await Engine.open({ cleansUp: true });
    const job = await engine.accept(storedInput);
    const inputs: unknown[] = [];
    const work: TestWork = {
      run: async () => {
        engine.ports.payloads.get = () => Promise.reject(new UnavailableError('closed'));
        throw new PermanentError('It cannot be done.', { code: 'planned' });
      },
      cleanUp: async (input) => {
        inputs.push(input);
        return 'undone';
      },
    };
    const beganMs = engine.runtime.nowMs();
    for (let i = 0; i < 30 && (await engine.read(job)).status !== 'failed'; i++) {
      await engine.wake(job, work);
      engine.runtime.advance(Math.max(0, (await engine.read(job)).notBeforeMs - engine.runtime.nowMs()));
    }
    expect(inputs).toEqual([undefined]);
    expect((engine.runtime.nowMs() - beganMs) / 3_600_000).toBeCloseTo(4, 0);
  });

  it('is a fault of the worker: an error of its own stream into a file, from any service', async () => {
    const engine = await Engine.open({ files: 'write' });
    const job = await engine.accept();
    const refusal = Object.assign(new Error('no right to read the table'), {
      name: 'AccessDeniedException',
      $fault: 'client',
      $metadata: {},
    });
    await engine.wake(job, {
      run: async (_input, ctx) => {
        const rows = Readable.from(
          (async function* () {
            yield 'first';
            throw refusal;
          })(),
        );
        return { echo: await ctx.files.write('rows', rows, 'text/plain') };
      },
    });
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'AccessDeniedException' } });
  });

  it('costs no attempt: an input that the worker may not read for a while', async () => {
    const engine = await Engine.open({ maxAttempts: 1 });
    const job = await engine.accept(storedInput);
    const client = s3Client();
    let isClosed = true;
    client.middlewareStack.add(
      (next) => async (args) => {
        const $metadata = { httpStatusCode: 403 };
        if (isClosed) throw new S3ServiceException({ name: 'AccessDenied', $fault: 'client', $metadata, message: 'Access Denied' });
        return next(args);
      },
      { step: 'deserialize' },
    );
    Object.assign(engine.ports, { payloads: s3PayloadStore(client, local.payloadBucket) });
    for (let times = 0; times < 3; times++) {
      await engine.wake(job, echo);
      const resting = await engine.read(job);
      expect(resting).toMatchObject({ status: 'waiting', attempt: 1, crashes: 0, reason: { code: 'waiting_for_worker' } });
      engine.runtime.advance(resting.notBeforeMs - engine.runtime.nowMs());
    }
    expect(engine.logs.join('')).toContain('so its role, key or resources were changed: AccessDenied');
    isClosed = false;
    await engine.wake(job, echo);
    expect(await engine.read(job)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('costs no attempt: a claim in the last seconds of an invocation', async () => {
    const engine = await Engine.open({ maxAttempts: 1 });
    const job = await engine.accept();
    engine.remainingMs = 0;
    await engine.wake(job, echo);
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', attempt: 1 });
    engine.remainingMs = 60_000;
    await engine.wake(job, echo);
    expect((await engine.read(job)).status).toBe('succeeded');
  });

  it('is a deploy between acceptance and the first run: the version that remembers is the one that counts', async () => {
    const old = await Engine.open();
    const job = await old.accept();
    const table = old.contract.name;
    const [second, third] = [await Engine.open({ name: table, version: 2 }, table), await Engine.open({ name: table, version: 3 }, table)];
    const sleeping: TestWork = {
      run: async (_input, ctx) => {
        await ctx.sleep('a while', { seconds: 5 });
        return { echo: 'slept' };
      },
    };
    await second.wake(job, sleeping);
    second.runtime.advance(5_000);
    third.runtime.advance(5_000);
    const other = await old.accept();
    await second.wake(job, sleeping);
    expect(await second.read(job)).toMatchObject({ status: 'succeeded', version: 2 });
    await second.wake(other, sleeping);
    third.runtime.advance(5_000);
    await third.wake(other, sleeping);
    expect((await third.read(other)).error?.code).toBe('version_mismatch');
  });
});

it('keeps what a worker says of its error, number by number', async () => {
  const engine = await Engine.open({ cleansUp: true });
  const job = await engine.accept();
  const details = { bytes: 2 ** 60, huge: 1e200, tiny: 1e-200, list: [{ a: null }] };
  await engine.wake(
    job,
    failing(() => new PermanentError('no', { code: 'odd', details })),
  );
  expect((await engine.read(job)).error).toEqual({ code: 'odd', message: 'no', retryable: false, details });
});

describe("a worker's slips", () => {
  it.each([
    [
      'throws before it returns a promise',
      {
        run: () => {
          throw new PermanentError('at once', { code: 'thrown' });
        },
      } as TestWork,
      'thrown',
    ],
    ['returns what JSON cannot hold', { run: async () => ({ echo: 1n }) as never } as TestWork, 'invalid_result'],
    [
      'gives details that DynamoDB cannot hold',
      failing(() => new PermanentError('no', { code: 'odd', details: { at: new Date(0), n: 0 / 0 } })),
      'odd',
    ],
    [
      'gives numbers and depths that DynamoDB cannot hold',
      failing(
        () =>
          new PermanentError('no', {
            code: 'beyond',
            details: { bytes: 2 ** 60, huge: 1e200, tiny: 1e-200, deep: JSON.parse(`${'['.repeat(50)}${']'.repeat(50)}`) },
          }),
      ),
      'beyond',
    ],
    [
      'reports progress of 0 of 0',
      {
        run: async (_input, ctx) => {
          ctx.progress(0 / 0, 'nothing to do');
          throw new PermanentError('no', { code: 'after' });
        },
      } as TestWork,
      'after',
    ],
  ] as const)('end the job with a code: one that %s', async (_what, work, code) => {
    const engine = await Engine.open();
    const job = await engine.accept();
    expect(await engine.wake(job, work)).toEqual({ kind: 'acknowledge' });
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code } });
  });

  it('do not keep a job from its clean-up: an input that is gone, and a clean-up that never returns', async () => {
    const engine = await Engine.open({ cleansUp: true });
    const job = await engine.accept({ input: { text: 'x'.repeat(5_000) } });
    const { payloads } = engine.ports;
    const get = payloads.get;
    let cleaned = 0;
    const work: TestWork = {
      run: async () => {
        payloads.get = async () => undefined;
        throw new PermanentError('no', { code: 'failed_half_way' });
      },
      cleanUp: async (input) => {
        cleaned += 1;
        if (cleaned === 1) return new Promise(() => undefined);
        return input === undefined ? 'without its input' : 'with its input';
      },
    };
    const waking = engine.wake(job, work);
    await settle();
    engine.runtime.advance(57_000);
    await waking;
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', reason: { code: 'cleaning_up' } });
    engine.runtime.advance(2_000);
    await engine.wake(job, work);
    payloads.get = get;
    expect((await engine.read(job)).error).toMatchObject({ code: 'failed_half_way', details: { cleanUp: 'without its input' } });
  });
});

it('does not take a heartbeat that never answers for a lease that lasts', async () => {
  const engine = await Engine.open();
  engine.remainingMs = 900_000;
  const job = await engine.accept();
  let signal: AbortSignal | undefined;
  const { write } = engine.ports.store;
  const running = engine.wake(job, {
    run: (_input, ctx) => {
      signal = ctx.signal;
      engine.ports.store.write = () => new Promise(() => undefined);
      return new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));
    },
  });
  await settle();
  for (let i = 0; i < 8; i++) {
    engine.runtime.advance(leaseMs / 8);
    await settle();
  }
  expect(signal?.reason).toMatchObject({ code: 'lease_lost' });
  engine.ports.store.write = write;
  void running.catch(() => undefined);
});
