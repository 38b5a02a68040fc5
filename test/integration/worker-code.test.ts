/** What ordinary worker code does: it catches failures and goes on, runs branches at once, awaits late or never, and throws and returns anything. */
import * as z from 'zod';
import type { JobContext } from '../../lambdas/core/contract/context.ts';
import { PermanentError, RetryableError } from '../../lambdas/core/contract/errors.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { isTerminal } from '../../lambdas/core/job/states.ts';
import { canonicalJson, parseExactJson } from '../../lambdas/text/exact-json.ts';
import { Engine, leaseMs, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

type Code = (ctx: JobContext, log: (event: string) => void) => Promise<unknown>;

const anyResult = { output: z.strictObject({ echo: z.unknown() }) } as object;
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const rejects = async (error: unknown, ms = 0): Promise<never> => {
  await pause(ms);
  throw error;
};

async function withEngine(changes: Parameters<typeof Engine.open>[0] = {}) {
  const engine = await Engine.open({ ...anyResult, ...changes });
  const events: string[] = [];
  const work = (code: Code): TestWork => ({
    run: async (_input, ctx) => ({ echo: (await code(ctx, (event) => events.push(event))) as string }),
  });
  /** Wakes a job whenever it is due, until it ends. */
  const runToEnd = async (code: Code, job?: Job): Promise<Job> => {
    const accepted = job ?? (await engine.accept());
    for (let i = 0; i < 30; i++) {
      const before = await engine.read(accepted);
      if (isTerminal(before.status)) return before;
      engine.runtime.advance(Math.max(0, before.notBeforeMs - engine.runtime.nowMs()));
      await engine.wake(accepted, work(code));
    }
    throw new Error('The job did not end within 30 invocations.');
  };
  return { engine, events, work, runToEnd };
}

const resultOf = ({ result }: Job) => (result?.kind === 'inline' ? (JSON.parse(result.json) as { echo: unknown }).echo : undefined);

describe('what the code received, it receives again', () => {
  it('a failed step that was caught fails again in the next invocation of the attempt, so the same branch is taken', async () => {
    const { runToEnd, events } = await withEngine();
    let declines = true;
    const job = await runToEnd(async (ctx, log) => {
      let path = 'card';
      try {
        await ctx.step('charge', async () => {
          if (declines) throw Object.assign(new Error('declined'), { name: 'CardDeclined', code: 'card_declined' });
          log('charged');
        });
      } catch (error) {
        log(`caught ${(error as Error).name} ${(error as { code?: string }).code} ${(error as Error).message}`);
        path = 'invoice';
        await ctx.step('send-invoice', async () => log('invoice'));
      }
      declines = false;
      await ctx.sleep('a while', { minutes: 30 });
      return path;
    });
    expect(resultOf(job)).toBe('invoice');
    expect(events).toEqual(['caught CardDeclined card_declined declined', 'invoice', 'caught CardDeclined card_declined declined']);
  });

  it('a failure that was caught is in the record before the next effect begins', async () => {
    const { engine, work } = await withEngine();
    const job = await engine.accept();
    let known: Job | undefined;
    await engine.wake(
      job,
      work(async (ctx) => {
        await ctx.step('fails', () => rejects(new Error('no'))).catch(() => undefined);
        await ctx.step('effect', async () => {
          known = await engine.read(job);
        });
      }),
    );
    expect(Object.keys(known?.journal ?? {})).toEqual(['failed:1:step:fails']);
  });

  it('a new attempt forgets the failures of the one before, and keeps its results', async () => {
    const { runToEnd, events } = await withEngine();
    const job = await runToEnd(async (ctx, log) => {
      await ctx.step('good', async () => log('good'));
      await ctx.step('bad', async () => {
        log('bad');
        if (ctx.job.attempt === 1) throw new RetryableError('not yet');
      });
      return ctx.job.attempt;
    });
    expect([resultOf(job), events]).toEqual([2, ['good', 'bad', 'bad']]);
  });

  it.each(['allSettled', 'all'] as const)('of many steps under Promise.%s of which some fail, each keeps its outcome', async (how) => {
    const { runToEnd } = await withEngine();
    let isLater = false;
    const job = await runToEnd(async (ctx) => {
      const steps = Array.from({ length: 20 }, (_, i) =>
        ctx.step(`s${i}`, async () => (i % 2 === 1 && !isLater ? rejects(new Error(`e${i}`)) : i)),
      );
      const outcomes = await (how === 'all'
        ? Promise.all(steps.map((step) => step.catch((error: Error) => error.message)))
        : Promise.allSettled(steps).then((all) =>
            all.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
          ));
      isLater = true;
      await ctx.sleep('a while', { seconds: 5 });
      return outcomes.filter((outcome) => typeof outcome === 'string').length;
    });
    expect(resultOf(job)).toBe(10);
  });

  it('a wait that timed out and was caught times out again', async () => {
    const { runToEnd, events } = await withEngine();
    let isPaid = false;
    const job = await runToEnd(async (ctx, log) => {
      try {
        await ctx.waitUntil('paid', async () => (isPaid ? 'paid' : undefined), { every: { seconds: 1 }, timeout: { seconds: 2 } });
        await ctx.step('ship', async () => log('shipped'));
        return 'paid';
      } catch (error) {
        await ctx.step('cancel-order', async () => log(`cancelled: ${(error as { code: string }).code}`));
        isPaid = true;
        await ctx.sleep('a while', { seconds: 5 });
        return 'cancelled';
      }
    });
    expect([resultOf(job), events]).toEqual(['cancelled', ['cancelled: wait_timed_out']]);
  });

  it('a wait that timed out and was not caught ends the job, and no attempt more', async () => {
    const { runToEnd } = await withEngine();
    const job = await runToEnd((ctx) => ctx.waitUntil('never', async () => undefined, { every: { seconds: 1 }, timeout: { seconds: 3 } }));
    expect(job).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'wait_timed_out', retryable: false } });
  });

  it('a check that fails in a way that may pass spends no attempt, and the reason says why it waits', async () => {
    const { engine, runToEnd, work } = await withEngine();
    let isDown = true;
    const code: Code = (ctx) =>
      ctx.waitUntil(
        'up',
        async () => (isDown ? rejects(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })) : 'up'),
        {
          every: { seconds: 10 },
          timeout: { hours: 1 },
        },
      );
    const job = await engine.accept();
    await engine.wake(job, work(code));
    expect((await engine.read(job)).reason).toMatchObject({
      code: 'sleeping',
      detail: expect.stringContaining('fetch failed: connect ECONNREFUSED'),
    });
    isDown = false;
    expect(await runToEnd(code, job)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it.each<[string, unknown, string]>([
    ['of a million characters', 'x'.repeat(1_000_000), 'x'.repeat(20)],
    ['that is a BigInt', 12345678901234567890n, '12345678901234567890'],
    ['that is an object', { gpus: 8 }, '{"gpus":8}'],
  ])('a reason with a detail %s is shown as a short text', async (_what, detail, beginning) => {
    const { engine, work } = await withEngine();
    for (const code of [
      (ctx) => ctx.sleep('a while', { hours: 1 }, { detail: detail as string }),
      (ctx) =>
        ctx.waitUntil('it', async () => undefined, { every: { hours: 1 }, timeout: { days: 1 }, reason: { detail: detail as string } }),
    ] satisfies Code[]) {
      const job = await engine.accept();
      await engine.wake(job, work(code));
      const { status, reason } = await engine.read(job);
      expect([status, reason?.code, reason?.detail?.slice(0, 20)]).toEqual(['waiting', 'sleeping', beginning]);
      expect(reason?.detail?.length).toBeLessThanOrEqual(300);
    }
  });

  it('a reason with a code of its own is refused, with the codes that there are', async () => {
    const { runToEnd } = await withEngine();
    const job = await runToEnd((ctx) => ctx.sleep('a while', { hours: 1 }, { code: 'tired' as 'sleeping' }));
    expect(job.error).toMatchObject({
      code: 'invalid_call',
      message: 'The reason of sleep "a while" must have one of the codes sleeping, waiting_for_capacity (was tired).',
    });
  });

  it('a permanent error of a check ends the wait', async () => {
    const { runToEnd } = await withEngine();
    const job = await runToEnd((ctx) =>
      ctx.waitUntil('gone', () => rejects(new PermanentError('is gone', { code: 'gone' })), {
        every: { seconds: 1 },
        timeout: { hours: 1 },
      }),
    );
    expect(job).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'gone' } });
  });

  it('a race has the same winner in every invocation', async () => {
    const { runToEnd } = await withEngine();
    const winners: unknown[] = [];
    await runToEnd(async (ctx) => {
      const slow = ctx.step('slow', () => pause(60).then(() => 'slow'));
      const fast = ctx.step('fast', () => pause(5).then(() => 'fast'));
      winners.push(await Promise.race([slow, fast]));
      await Promise.all([slow, fast]);
      await ctx.sleep('a while', { seconds: 5 });
      winners.push('again');
      return null;
    });
    expect(winners).toEqual(['fast', 'fast', 'again']);
  });

  it('a race between a step whose write is slow and a wait that is over has the same winner in every invocation', async () => {
    const { engine, runToEnd, work } = await withEngine();
    const { write } = engine.ports.store;
    const job = await engine.accept();
    const writing = Promise.withResolvers<void>();
    engine.ports.store.write = async (...change) => {
      if (change[2].journal !== undefined) {
        writing.resolve();
        await pause(30);
      }
      return write.apply(engine.ports.store, change);
    };
    const winners: unknown[] = [];
    const code: Code = async (ctx) => {
      const step = ctx.step('step', async () => 'step');
      const wait = ctx.waitUntil('wait', () => writing.promise.then(() => 'wait'), { every: { seconds: 1 }, timeout: { minutes: 1 } });
      winners.push(await Promise.race([step, wait]));
      await Promise.all([step, wait]);
      await ctx.sleep('a while', { seconds: 5 });
      return null;
    };
    await engine.wake(job, work(code));
    await runToEnd(code, job);
    expect(winners).toEqual([winners[0], winners[0]]);
  });

  it('a race against a sleep that a slow step lost stays lost', async () => {
    const { engine, runToEnd, work } = await withEngine();
    const code: Code = async (ctx) => {
      const slow = ctx.step('slow', () => pause(30).then(() => 'slow'));
      const winner = await Promise.race([slow, ctx.sleep('limit', { seconds: 2 }).then(() => 'limit')]);
      await ctx.step('noted', async () => winner);
      await ctx.sleep('a while', { seconds: 10 });
      return winner;
    };
    const job = await engine.accept();
    await engine.wake(job, work(code));
    expect(resultOf(await runToEnd(code, job))).toBe('slow');
  });

  it('of two sleeps that are over, the one that ended first is received first, also after a crash', async () => {
    const { engine, runToEnd, work, events } = await withEngine();
    const code: Code = async (ctx, log) => {
      const winner = await Promise.race([
        ctx.sleep('long', { seconds: 10 }).then(() => 'long'),
        ctx.sleep('short', { seconds: 5 }).then(() => 'short'),
      ]);
      await ctx.step(winner, async () => {
        log(winner);
        if (events.length === 1) await new Promise(() => undefined); // killed here
      });
      return winner;
    };
    const job = await engine.accept();
    await engine.wake(job, work(code));
    engine.runtime.advance(5_000);
    void engine.wake(job, work(code));
    await settle();
    engine.runtime.skip(6_000);
    await engine.killProcess(job);
    expect(resultOf(await runToEnd(code, job))).toBe('short');
    expect(events).toEqual(['short', 'short']);
  });

  it("a worker's own loop around a step tries it again, and finds the same tries in the next invocation", async () => {
    const { runToEnd, events } = await withEngine();
    let calls = 0;
    const job = await runToEnd(async (ctx, log) => {
      for (let i = 1; i <= 3; i++) {
        try {
          const value = await ctx.step('flaky', async () => {
            calls += 1;
            if (calls < 3) throw new Error(`try ${calls}`);
            return calls;
          });
          await ctx.sleep('a while', { seconds: 2 });
          return `${value} in loop ${i}`;
        } catch (error) {
          log((error as Error).message);
        }
      }
      return 'gave up';
    });
    expect([resultOf(job), calls, events]).toEqual(['3 in loop 3', 3, ['try 1', 'try 2', 'try 1', 'try 2']]);
  });

  it('what a wait found has one shape: JSON, at once and later', async () => {
    const { runToEnd } = await withEngine();
    const seen: string[] = [];
    await runToEnd(async (ctx) => {
      const found = await ctx.waitUntil('it', async () => ({ at: new Date(0), map: new Map([[1, 2]]), none: undefined, nan: Number.NaN }), {
        every: { seconds: 1 },
        timeout: { hours: 1 },
      });
      seen.push(JSON.stringify(found));
      await ctx.sleep('a while', { seconds: 1 });
      return null;
    });
    expect(seen).toEqual(Array(2).fill('{"at":"1970-01-01T00:00:00.000Z","map":{},"nan":null}'));
  });
});

describe('branches that run at once', () => {
  it('keep their own waits and sleeps, in any order of arrival', async () => {
    const { runToEnd } = await withEngine();
    const job = await runToEnd(async (ctx) => {
      const branch = async (name: string, ms: number) => {
        await ctx.step(`register ${name}`, () => pause(ms));
        const ticket = await ctx.waitUntil(`ticket ${name}`, async () => `ticket of ${name}`, {
          every: { seconds: 1 },
          timeout: { hours: 1 },
        });
        await ctx.sleep(`rest ${name}`, { seconds: name === 'anna' ? 3 : 1 });
        return ticket;
      };
      const [anna, bert] = await Promise.all([branch('anna', 40), branch('bert', 1)]);
      await ctx.sleep('after', { seconds: 1 });
      return { anna, bert };
    });
    expect(resultOf(job)).toEqual({ anna: 'ticket of anna', bert: 'ticket of bert' });
  });

  it('go on while another one sleeps, and the earliest wake-up counts', async () => {
    const { engine, work, events } = await withEngine();
    const job = await engine.accept();
    const startedAtMs = engine.runtime.nowMs();
    await engine.wake(
      job,
      work(async (ctx, log) => {
        const long = ctx.sleep('long', { days: 3 }); // longer than the deadline, which is not what is waited for here
        const other = async () => {
          for (let i = 0; i < 3; i++) await ctx.step(`s${i}`, () => pause(5).then(() => log(`s${i}`)));
          await ctx.sleep('short', { seconds: 2 });
        };
        await Promise.all([long, other()]);
      }),
    );
    expect(events).toEqual(['s0', 's1', 's2']);
    expect((await engine.read(job)).notBeforeMs).toBe(startedAtMs + 2_000);
  });
});

describe('nothing of an attempt survives it', () => {
  it('a step under way when another one fails is waited for and remembered, before the next attempt', async () => {
    const { runToEnd, events } = await withEngine();
    const job = await runToEnd(async (ctx, log) => {
      await Promise.all([
        ctx.step('charge', () => pause(60).then(() => log(`charged in ${ctx.job.attempt}`))),
        ctx.step('mail', async () => {
          if (ctx.job.attempt === 1) throw new RetryableError('no mail');
        }),
      ]);
      log(`through in ${ctx.job.attempt}`);
    });
    expect([job.status, events]).toEqual(['succeeded', ['charged in 1', 'through in 2']]);
  });

  it('a step under way at a permanent failure is done before the clean-up and the end', async () => {
    const { engine, events, work } = await withEngine({ cleansUp: true });
    const job = await engine.accept();
    await engine.wake(job, {
      ...work(async (ctx, log) => {
        void ctx.step('make', () => pause(40).then(() => log('made'))).catch(() => undefined);
        await ctx.step('mail', () => rejects(new PermanentError('no')));
      }),
      cleanUp: async () => void events.push('cleaned up'),
    });
    expect((await engine.read(job)).status).toBe('failed');
    expect(events).toEqual(['made', 'cleaned up']);
  });

  it('a step that was not awaited is waited for and named in a warning, and the one after it never begins', async () => {
    const { engine, runToEnd, events } = await withEngine();
    const job = await runToEnd(async (ctx, log) => {
      void (async () => {
        await ctx.step('notify', () => pause(30).then(() => log('notified')));
        await ctx.step('late', async () => log('late'));
      })();
      return 'returned';
    });
    await pause(50);
    expect([job.status, events]).toEqual(['succeeded', ['notified']]);
    expect(engine.logs.find((line) => line.includes('step_not_awaited'))).toContain('step \\"notify\\"');
  });

  it('what a step left behind delegates nothing once the step is over', async () => {
    const { engine, runToEnd } = await withEngine();
    (engine.contract as { delegatesTo?: readonly string[] }).delegatesTo = [engine.contract.name];
    let late: Promise<unknown> | undefined;
    const job = await runToEnd(async (ctx) => {
      await ctx.step('step', async () => {
        setTimeout(() => {
          late = ctx.delegate('late', { type: engine.contract.name, input: { text: 'x' } });
        }, 30);
      });
    });
    const creates = () => engine.calls.filter(({ name }) => name === 'PutItemCommand').length;
    const before = creates();
    await pause(60);
    expect([job.status, late === undefined, creates() - before]).toEqual(['succeeded', false, 0]);
  });

  it('a step whose failure is awaited late, or never, is not an unhandled rejection', async () => {
    const { runToEnd } = await withEngine();
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const job = await runToEnd(async (ctx) => {
      void ctx.step('ignored', () => rejects(new Error('ignored'), 5));
      const late = ctx.step('late', () => rejects(new Error('late'), 5));
      await ctx.step('other', () => pause(40));
      return late.catch((error: Error) => error.message);
    });
    await settle();
    process.off('unhandledRejection', listen);
    expect([resultOf(job), unhandled]).toEqual(['late', []]);
  });

  it.each([
    ['sleep', (ctx: JobContext) => ctx.sleep('inner', { seconds: 2 })],
    ['wait', (ctx: JobContext) => ctx.waitUntil('inner', async () => 1, { every: { seconds: 1 }, timeout: { seconds: 9 } })],
    ['step', (ctx: JobContext) => ctx.step('inner', async () => 1)],
  ])('a %s within a step is refused at once', async (_, inner) => {
    const { runToEnd } = await withEngine();
    const job = await runToEnd((ctx) => ctx.step('outer', () => inner(ctx) as Promise<unknown>));
    expect(job).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'nested_call', message: expect.stringContaining('"inner"') },
    });
  });
});

describe('a process that was frozen beyond its lease', () => {
  it.each([
    ['step', (ctx: JobContext, log: (event: string) => void) => ctx.step('effect', async () => log('effect'))],
    ['checkpoint', (ctx: JobContext) => ctx.checkpoint.save({ done: 1 })],
    ['progress', async (ctx: JobContext) => ctx.progress(0.5)],
  ])('begins no %s', async (_, effect) => {
    const { engine, work, events } = await withEngine();
    const job = await engine.accept();
    const disposition = await engine.wake(
      job,
      work(async (ctx, log) => {
        engine.runtime.skip(leaseMs); // no timer fires
        await effect(ctx, log);
        log('went on');
      }),
    );
    expect([disposition.kind, events]).toEqual(['retry-later', []]);
  });
});

describe('what code throws is handled within that one attempt', () => {
  const noMessage = new Error('x');
  Object.defineProperty(noMessage, 'message', { value: undefined });
  const hostile = new Proxy(new Error('x'), {
    get: () => {
      throw new Error('no');
    },
  });
  it.each<[string, unknown, unknown]>([
    ['undefined', undefined, 'undefined'],
    ['an object', { status: 503 }, '{"status":503}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['an error without a message', noMessage, 'Error'],
    ['an error whose message is an object', Object.assign(new Error('odd'), { message: { reason: 'odd' } }), '{"reason":"odd"}'],
    ['an error that cannot be read', hostile, ''],
    // biome-ignore lint/suspicious/useErrorMessage: Promise.any makes them without one
    ['an AggregateError', new AggregateError([new Error('first'), new Error('second')]), 'AggregateError: first; second'],
    [
      'a chain of causes',
      new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:9') }),
      'fetch failed: connect ECONNREFUSED 127.0.0.1:9',
    ],
    ['a symbol', Symbol('odd'), 'Symbol(odd)'],
    ['a number as code', Object.assign(new PermanentError('no'), { code: 404 }), 'no'],
    ['details with a BigInt and a cycle', new PermanentError('no', { details: { id: 5n, self: hostile } }), 'no'],
  ])('%s', async (_, thrown, said) => {
    const { engine, work } = await withEngine({ maxAttempts: 1 });
    const job = await engine.accept();
    expect(
      await engine.wake(
        job,
        work(() => rejects(thrown)),
      ),
    ).toEqual({ kind: 'acknowledge' });
    const { status, attempt, crashes, error } = await engine.read(job);
    expect([status, attempt, crashes]).toEqual(['failed', 1, 0]);
    expect(typeof error?.code).toBe('string');
    expect(error?.message).toContain(said);
  });

  it('details keep the digits of a BigInt', async () => {
    const { runToEnd } = await withEngine();
    const job = await runToEnd(() => rejects(new PermanentError('no', { details: { id: 12345678901234567890n, why: 'because' } })));
    expect(canonicalJson(job.error?.details)).toBe('{"id":12345678901234567890,"why":"because"}');
  });

  it.each([Number.NaN, -5, Number.POSITIVE_INFINITY])(
    'a wait of %p seconds after a retryable error leaves the computed backoff',
    async (seconds) => {
      const { engine, work } = await withEngine();
      const job = await engine.accept();
      await engine.wake(
        job,
        work(() => rejects(new RetryableError('429', { after: { seconds } }))),
      );
      expect(await engine.read(job)).toMatchObject({ status: 'waiting', attempt: 2, notBeforeMs: engine.runtime.nowMs() + 5_000 });
    },
  );

  it('a backoff beyond the deadline ends the job at once, with its own error', async () => {
    const { engine, work } = await withEngine();
    const job = await engine.accept({ deadlineMs: engine.runtime.nowMs() + 6_000 });
    await engine.wake(
      job,
      work(() => rejects(new RetryableError('the disk is full', { code: 'disk_full', after: { hours: 1 } }))),
    );
    expect(await engine.read(job)).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'disk_full' } });
  });

  it.each<[string, unknown]>([
    ['5', 5],
    ["'5 minutes'", '5 minutes'],
    ['{ milliseconds: 500 }', { milliseconds: 500 }],
    ['{}', {}],
    ['NaN', { seconds: Number.NaN }],
    ['null', null],
  ])('a sleep of %s is refused', async (_, duration) => {
    const { runToEnd } = await withEngine();
    expect(await runToEnd((ctx) => ctx.sleep('odd', duration as never))).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_duration' },
    });
  });

  it.each<[unknown, unknown]>([
    [0.1, null],
    [undefined, undefined],
    [Number.NaN, 5],
    ['half', {}],
  ])('progress(%p, %p) never fails a job', async (fraction, message) => {
    const { runToEnd } = await withEngine();
    const job = await runToEnd(async (ctx) => ctx.progress(fraction as never, message as never));
    expect([job.status, [null, 1]]).toEqual(['succeeded', expect.arrayContaining([job.progress?.fraction ?? null])]);
  });
});

describe('what code hands over', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  it.each([
    ['a BigInt', 5n],
    ['a cycle', cycle],
    ['a function', () => 1],
  ])('%s as a step’s result is a permanent error that names the step, after one effect', async (_, value) => {
    const { runToEnd, events } = await withEngine();
    const job = await runToEnd((ctx, log) =>
      ctx.step('big', async () => {
        log('effect');
        return value;
      }),
    );
    expect([job.error?.code, events]).toEqual(['invalid_step_result', ['effect']]);
    expect(job.error?.message).toContain('"big"');
  });

  it.each([
    ['undefined', undefined],
    ['a BigInt', 5n],
    ['a cycle', cycle],
  ])('%s as a checkpoint is a permanent error', async (_, value) => {
    const { runToEnd } = await withEngine();
    expect(await runToEnd((ctx) => ctx.checkpoint.save(value))).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'invalid_checkpoint' },
    });
  });

  it.each([
    ['a BigInt', 5n],
    ['a cycle', cycle],
    ['a function', () => 1],
    ['more than 8 MiB', 'x'.repeat(9_000_000)],
  ])('%s as a result is a permanent error, after one attempt', async (_, value) => {
    const { engine, work } = await withEngine({ output: z.unknown() } as never);
    const job = await engine.accept();
    await engine.wake(job, { run: async () => value as never } satisfies TestWork);
    void work;
    expect(await engine.read(job)).toMatchObject({ status: 'failed', attempt: 1, crashes: 0, error: { code: 'invalid_result' } });
  });

  it('numbers keep their digits through a step, a wait, a checkpoint and the result', async () => {
    const { runToEnd } = await withEngine();
    const exact = parseExactJson('{"id":12345678901234567890,"small":0.10000000000000000001}');
    const job = await runToEnd(async (ctx) => {
      const step = await ctx.step('step', async () => exact);
      const wait = await ctx.waitUntil('wait', async () => exact, { every: { seconds: 1 }, timeout: { hours: 1 } });
      if (ctx.checkpoint.load() === undefined) await ctx.checkpoint.save(exact);
      await ctx.sleep('a while', { seconds: 1 });
      return [step, wait, ctx.checkpoint.load()];
    });
    expect(job.result?.kind === 'inline' && job.result.json).toBe(`{"echo":[${Array(3).fill(canonicalJson(exact)).join(',')}]}`);
  });

  it.each([[null], [false], [0], [''], [undefined], [[]], [{}]])('%j is remembered like any other value', async (value) => {
    const { runToEnd, events } = await withEngine();
    const seen: unknown[] = [];
    const waits = { every: { seconds: 1 }, timeout: { hours: 1 } };
    await runToEnd(async (ctx, log) => {
      const step = await ctx.step('step', async () => {
        log('step');
        return value;
      });
      const wait =
        value === undefined
          ? step
          : await ctx.waitUntil(
              'wait',
              async () => {
                log('wait');
                return value;
              },
              waits,
            );
      seen.push(step, wait);
      await ctx.sleep('a while', { seconds: 1 });
      return null;
    });
    expect(seen).toEqual(Array(4).fill(value ?? null));
    expect(events).toEqual(value === undefined ? ['step'] : ['step', 'wait']);
  });

  it('the last step that there is room for fails with its own error', async () => {
    const { runToEnd } = await withEngine();
    const job = await runToEnd(async (ctx) => {
      await Promise.all(Array.from({ length: 499 }, (_, i) => ctx.sleep(`s${i}`, { seconds: 1 })));
      return ctx.step('charge', () => rejects(new PermanentError('declined', { code: 'declined' })));
    });
    expect(job.error?.code).toBe('declined');
  });

  it('the step beyond the limit does not begin', async () => {
    const { runToEnd } = await withEngine();
    let effects = 0;
    const job = await runToEnd(async (ctx) => {
      for (let i = 0; i < 502; i++) {
        await ctx.step(`s${i}`, async () => {
          effects += 1;
        });
      }
    });
    expect([job.error?.code, effects]).toEqual(['too_many_steps', 500]);
  });
});

describe('logging', () => {
  it('never throws, shows errors with their causes, and keeps the line’s own fields', async () => {
    const { engine, runToEnd } = await withEngine({ redact: ['secret'] });
    const cycle: Record<string, unknown> = { secret: 'hidden' };
    cycle['self'] = cycle;
    const job = await runToEnd(async (ctx) => {
      ctx.log.info('circular', { cycle });
      ctx.log.info('big', { id: 5n, map: new Map([['a', 1]]), at: new Date(0) });
      ctx.log.info('getter', {
        get bad(): never {
          throw new Error('no');
        },
      });
      ctx.log.error('failed', { error: new Error('card declined', { cause: new Error('no money') }) });
      ctx.log.info('forged', { job: 'job_other', type: 'x', attempt: 9, level: 'fatal' });
      ctx.log.info('text', 'fields that are text' as never);
      (ctx.log.info as (message: unknown) => void)(Symbol('odd'));
    });
    expect(job.status).toBe('succeeded');
    const lineOf = (message: string) => engine.logs.find((line) => line.startsWith(`{"message":"${message}`));
    expect(lineOf('circular')).toContain('[circular]');
    expect(lineOf('circular')).not.toContain('hidden');
    expect(lineOf('big')).toContain('"at":"1970-01-01T00:00:00.000Z"');
    expect(lineOf('getter')).toContain('[unreadable');
    expect(lineOf('failed')).toContain('no money');
    expect(lineOf('forged')).toContain(`"job":"${job.id}"`);
    expect(lineOf('text')).toContain('fields that are text');
  });
});

describe('a delegation', () => {
  it('is decided by its first call: later ones get its id although they ask for something else', async () => {
    const { engine } = await withEngine();
    const name = engine.contract.name;
    (engine.contract as { delegatesTo?: readonly string[] }).delegatesTo = [name];
    const ids: string[] = [];
    let calls = 0;
    const parent = await engine.accept();
    const work: TestWork = {
      run: async (_input, ctx) => {
        calls += 1;
        const startAt = new Date(engine.runtime.nowMs() + 3_600_000 + calls).toISOString();
        ids.push(await ctx.delegate('follow-up', { type: name, input: { text: String(calls) }, startAt }));
        await ctx.sleep('a while', { seconds: 1 });
        return { echo: 'done' };
      },
    };
    await engine.wake(parent, work);
    engine.runtime.advance(1_000);
    await engine.wake(parent, work);
    expect([(await engine.read(parent)).status, new Set(ids).size, ids.length]).toEqual(['succeeded', 1, 2]);
  });

  it.each([
    ['tomorrow', 'must be an ISO-8601 time'],
    ['2026-12-01T06:00:00', 'must have an offset'],
    ['2036-12-01T06:00:00Z', 'at most a year ahead'],
    [5, 'must be an ISO-8601 time'],
  ])('to start at %p is refused', async (startAt, said) => {
    const { engine, runToEnd } = await withEngine();
    (engine.contract as { delegatesTo?: readonly string[] }).delegatesTo = [engine.contract.name];
    const job = await runToEnd((ctx) =>
      ctx.delegate('x', { type: engine.contract.name, input: { text: 'x' }, startAt: startAt as string }),
    );
    expect(job).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'invalid_delegation', message: expect.stringContaining(said) },
    });
  });

  it('counts against the quota of its owner, and the job waits for room without spending an attempt', async () => {
    const { engine } = await withEngine();
    const name = engine.contract.name;
    (engine.contract as { delegatesTo?: readonly string[] }).delegatesTo = [name];
    (engine.ports as { settings: object }).settings = { ...engine.ports.settings, quota: { jobsInFlight: 2 } };
    const parent = await engine.accept();
    const children: string[] = [];
    const work: TestWork = {
      run: async (_input, ctx) => {
        for (let i = 0; i < 3; i++) children[i] = await ctx.delegate(`child ${i}`, { type: name, input: { text: 'x' } });
        return { echo: 'done' };
      },
    };
    await engine.wake(parent, work);
    expect(await engine.read(parent)).toMatchObject({ status: 'waiting', attempt: 1, reason: { code: 'quota' } });
    expect(children).toHaveLength(2);
    for (const id of children) await engine.wake({ id }, { run: async () => ({ echo: 'child' }) });
    engine.runtime.advance(120_000);
    await engine.wake(parent, work);
    expect([(await engine.read(parent)).status, children.length]).toEqual(['succeeded', 3]);
  });

  it('that was refused and caught is refused again in the next invocation of the attempt', async () => {
    const { engine, events } = await withEngine();
    const name = engine.contract.name;
    (engine.contract as { delegatesTo?: readonly string[] }).delegatesTo = [name];
    const parent = await engine.accept();
    let input: object = { text: 5 };
    const work: TestWork = {
      run: async (_input, ctx) => {
        await ctx.delegate('child', { type: name, input }).catch((error: { code: string }) => events.push(error.code));
        input = { text: 'fits now' };
        await ctx.sleep('a while', { seconds: 1 });
        return { echo: 'done' };
      },
    };
    await engine.wake(parent, work);
    engine.runtime.advance(1_000);
    await engine.wake(parent, work);
    expect([(await engine.read(parent)).status, events]).toEqual(['succeeded', ['invalid_delegation', 'invalid_delegation']]);
  });

  it('that was taken before a crash is found again, although it would be refused now', async () => {
    const { engine } = await withEngine();
    const name = engine.contract.name;
    (engine.contract as { delegatesTo?: readonly string[] }).delegatesTo = [name];
    const parent = await engine.accept();
    let child: string | undefined;
    void engine.wake(parent, {
      run: async (_input, ctx) => {
        child = await ctx.delegate('child', { type: name, input: { text: 'x' } });
        return new Promise<never>(() => undefined); // killed before anything is written
      },
    });
    await pause(100);
    await engine.killProcess(parent);
    await engine.wake(parent, { run: async (_input, ctx) => ({ echo: await ctx.delegate('child', { type: name, input: { text: 5 } }) }) });
    expect([resultOf(await engine.read(parent)), child]).toEqual([child, expect.any(String)]);
  });

  it('has an end: jobs cannot delegate to each other without bound', async () => {
    const { engine } = await withEngine();
    const name = engine.contract.name;
    (engine.contract as { delegatesTo?: readonly string[] }).delegatesTo = [name];
    let next: string | undefined = (await engine.accept()).id;
    let last: Job | undefined;
    for (let depth = 0; depth < 25 && next !== undefined; depth++) {
      const id: string = next;
      next = undefined;
      await engine.wake(
        { id },
        {
          run: async (_input, ctx) => {
            next = await ctx.delegate('next', { type: name, input: { text: 'x' } });
            return { echo: next };
          },
        },
      );
      last = await engine.read({ id });
    }
    expect(last?.error).toMatchObject({ code: 'invalid_delegation', message: expect.stringContaining('20 levels') });
  });
});

it('a schema that transforms is applied once', async () => {
  const { engine } = await withEngine({ input: z.strictObject({ text: z.string().transform((text) => `${text}!`) }) } as never);
  const job = await engine.accept({ input: { text: 'hi' } });
  await engine.wake(job, { run: async ({ text }) => ({ echo: text }) });
  expect(resultOf(await engine.read(job))).toBe('hi!');
});

it('an idempotency key that is used again after its job expired makes other tokens and other children', async () => {
  const { engine } = await withEngine();
  const name = engine.contract.name;
  (engine.contract as { delegatesTo?: readonly string[] }).delegatesTo = [name];
  const seen: { token: string; child: string }[] = [];
  const work: TestWork = {
    run: async (_input, ctx) => {
      seen.push({ token: ctx.idempotencyToken('effect'), child: await ctx.delegate('child', { type: name, input: { text: 'x' } }) });
      return { echo: '' };
    },
  };
  const first = await engine.accept({ idempotencyKey: 'k' });
  await engine.wake(first, work);
  engine.runtime.advance(engine.ports.retentionMs + 60_000);
  const second = await engine.accept({ idempotencyKey: 'k' });
  await engine.wake(second, work);
  expect(second.id).toBe(first.id);
  expect([seen.length, new Set(seen.map(({ token }) => token)).size, new Set(seen.map(({ child }) => child)).size]).toEqual([2, 2, 2]);
});

it('a job whose worker died runs alone the next time, so that it takes no neighbour with it', async () => {
  const { engine, events } = await withEngine();
  const [poison, innocent] = [await engine.accept(), await engine.accept()];
  await engine.die(poison);
  engine.runtime.skip(leaseMs + 1_000);
  const slow = engine.wake(innocent, {
    run: async () => {
      events.push('innocent starts');
      await pause(60);
      events.push('innocent ends');
      return { echo: '' };
    },
  });
  await settle();
  const alone = engine.wake(poison, {
    run: async () => {
      events.push('poison starts');
      await pause(30);
      events.push('poison ends');
      return { echo: '' };
    },
  });
  await settle();
  const third = await engine.accept();
  expect((await engine.wake(third, { run: async () => ({ echo: '' }) })).kind).toBe('retry-later');
  await Promise.all([slow, alone]);
  expect(events).toEqual(['innocent starts', 'innocent ends', 'poison starts', 'poison ends']);
  expect((await engine.wake(third, { run: async () => ({ echo: '' }) })).kind).toBe('acknowledge');
});
