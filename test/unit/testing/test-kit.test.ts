import { Readable } from 'node:stream';
import * as z from 'zod';
import type { WorkerDefinition } from '../../../lambdas/core/contract/context.ts';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';
import { PermanentError, RetryableError } from '../../../lambdas/core/contract/errors.ts';
import { killAnywhere, PointNotReachedError, RequestRefusedError, type TestKitOptions, testKit } from '../../../testing/index.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const numbers = {
  ...contractLimits,
  deadline: { days: 2 },
  maxAttempts: 3,
  backoff: { baseMs: 10_000, capMs: 60_000 },
  concurrency: 5,
  batchSize: 10,
};
const chargeCard = {
  ...numbers,
  name: 'charge-card',
  description: 'Charges a card, and sends the receipt later.',
  input: z.strictObject({ amount: z.number().positive().default(1), secret: z.string().optional() }),
  output: z.strictObject({ receipt: z.string() }),
  redact: ['secret'],
  delegatesTo: ['send-receipt'],
};
const contract = defineJobType({ ...chargeCard, files: 'write-and-read' });
const receiptContract = defineJobType({
  ...numbers,
  name: 'send-receipt',
  description: 'Sends a receipt.',
  input: z.strictObject({ receipt: z.string() }),
  output: z.strictObject({ sent: z.boolean() }),
});
type Work = WorkerDefinition<typeof contract>['run'];
const kitOf = (run: Work, options?: TestKitOptions) => testKit(contract, { run }, options);
const startAt = new Date('2026-03-01T12:00:00Z');
const eventsOf = ({ timeline }: { readonly timeline: readonly { readonly event: string }[] }) => timeline.map(({ event }) => event);

describe('a job in the test kit', () => {
  it('stays queued until the kit goes on, and then succeeds with what the worker returned', async () => {
    const kit = kitOf(async ({ amount }, ctx) => ({ receipt: await ctx.step('charge', async () => `charged ${amount}`) }));
    const job = await kit.submit({ amount: 5 });
    expect(job.status).toBe('queued');
    await kit.run();
    expect(job).toMatchObject({ status: 'succeeded', result: { receipt: 'charged 5' }, error: undefined, attempts: 1 });
    expect(eventsOf(job)).toEqual(['queued', 'started', 'step', 'succeeded']);
  });

  it('sleeps in no time, is resumed at the right moment, and repeats no step', async () => {
    let charges = 0;
    const kit = kitOf(
      async (_, ctx) => {
        await ctx.step('charge', async () => ++charges);
        await ctx.sleep('grace', { hours: 20 }, { detail: 'cancel to be paid back' });
        return { receipt: 'sent' };
      },
      { startAt },
    );
    const job = await kit.submit({});
    await kit.settle();
    expect(job.status).toBe('waiting');
    expect(job.reason).toEqual({ code: 'sleeping', detail: 'cancel to be paid back', until: '2026-03-02T08:00:00.000Z' });
    await kit.advance({ hours: 19, minutes: 59 });
    expect(job.status).toBe('waiting');
    await kit.advance({ minutes: 1 });
    expect(job.status).toBe('succeeded');
    expect(eventsOf(job)).toEqual(['queued', 'started', 'step', 'sleeping', 'resumed', 'succeeded']);
    expect(kit.now).toEqual(new Date('2026-03-02T08:00:00Z'));
    expect(charges).toBe(1);
  });

  it('is scheduled for a day in months, and run on that day in no more than a moment', async () => {
    const kit = kitOf(async () => ({ receipt: 'late' }), { startAt });
    const startedMs = Date.now();
    const job = await kit.submit({}, { startAt: '2026-12-24T18:00:00Z' });
    await kit.run();
    expect(job.timeline.find(({ event }) => event === 'started')?.at).toBe('2026-12-24T18:00:00.000Z');
    expect(Date.now() - startedMs).toBeLessThan(60_000);
  });

  it('is tried again after a retryable failure, waiting for the backoff of its contract, and fails with its last attempt', async () => {
    const attempts: number[] = [];
    const kit = kitOf(async (_, ctx) => {
      attempts.push(ctx.job.attempt);
      throw new RetryableError('The bank is closed.', { code: 'bank_closed' });
    });
    const job = await kit.submit({});
    await kit.settle();
    expect(job).toMatchObject({ status: 'waiting', attempts: 1, reason: { code: 'backing_off' } });
    await kit.run();
    expect(attempts).toEqual([1, 2, 3]);
    expect(job).toMatchObject({ status: 'failed', attempts: 3, error: { code: 'bank_closed', message: 'The bank is closed.' } });
    expect(eventsOf(job).filter((event) => event === 'attempt_failed')).toHaveLength(2);
  });

  it('fails at once when a step throws a permanent error that nothing catches', async () => {
    const kit = kitOf(async (_, ctx) => {
      await ctx.step('charge', async () => {
        throw new PermanentError('The card is stolen.', { code: 'card_stolen', details: { last4: '4242' } });
      });
      return { receipt: 'never' };
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'card_stolen', details: { last4: '4242' }, retryable: false },
    });
    expect(job.result).toBeUndefined();
  });

  it('shows the details of its error as numbers, also those of a BigInt', async () => {
    const kit = kitOf(async () => {
      throw new PermanentError('Too much.', { details: { limit: 2n ** 70n, of: [1n] } });
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.error?.details).toEqual({ limit: 2 ** 70, of: [1] });
  });

  it('runs each step of parallel branches once', async () => {
    const runs: string[] = [];
    const kit = kitOf(async (_, ctx) => {
      const step = (name: string) => ctx.step(name, async () => runs.push(name));
      await Promise.all([step('a'), step('b'), ctx.sleep('pause', { minutes: 1 })]);
      await step('c');
      return { receipt: 'done' };
    });
    await kit.submit({});
    await kit.run();
    expect(runs).toEqual(['a', 'b', 'c']);
  });

  it('takes a result of megabytes, as callers get it', async () => {
    const receipt = 'x'.repeat(3_000_000);
    const kit = kitOf(async () => ({ receipt }));
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ receipt });
  });

  it('keeps the secrets of its input out of logs and errors', async () => {
    const kit = kitOf(async ({ secret }, ctx) => {
      ctx.log.info(`The secret is ${secret}.`);
      throw new PermanentError(`No bank takes ${secret}.`);
    });
    const job = await kit.submit({ secret: 's3cr3t-word' });
    await kit.run();
    expect(JSON.stringify([kit.logs, job.error, job.timeline])).not.toContain('s3cr3t-word');
    expect(kit.logs).toContainEqual(expect.objectContaining({ level: 'info', fields: expect.objectContaining({ job: job.id }) }));
  });

  it('is refused as the API refuses it, with a pointer to each fault', async () => {
    const kit = kitOf(async () => ({ receipt: '' }));
    const refusal = await kit.submit({ amount: -1 }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RequestRefusedError);
    expect(refusal).toMatchObject({ status: 422, problem: { errors: [expect.objectContaining({ pointer: '#/input/amount' })] } });
  });

  it('is made once for one idempotency key', async () => {
    const kit = kitOf(async () => ({ receipt: 'once' }));
    const [first, second] = [await kit.submit({}, { idempotencyKey: 'k1' }), await kit.submit({}, { idempotencyKey: 'k1' })];
    expect(second).toBe(first);
    expect(kit.jobs()).toHaveLength(1);
  });

  it('is another job when its idempotency key is used again after its record expired', async () => {
    const kit = kitOf(async () => ({ receipt: 'once' }));
    const first = await kit.submit({}, { idempotencyKey: 'k1' });
    await kit.run();
    await kit.advance({ days: 31 });
    const second = await kit.submit({}, { idempotencyKey: 'k1' });
    expect([second.id, second.status, first.status]).toEqual([first.id, 'queued', 'succeeded']);
    await kit.run();
    expect(second.status).toBe('succeeded');
    expect(kit.jobs()).toEqual([first, second]);
  });
});

describe('the limits of the engine', () => {
  const failureOf = async (run: Work) => {
    const kit = kitOf(run);
    const job = await kit.submit({});
    await kit.run();
    return job.error?.code;
  };

  it('refuse a second step of one name', async () => {
    const code = await failureOf(async (_, ctx) => {
      await ctx.step('charge', async () => 1);
      await ctx.step('charge', async () => 2);
      return { receipt: '' };
    });
    expect(code).toBe('step_name_reused');
  });

  it('refuse the step after 500', async () => {
    const code = await failureOf(async (_, ctx) => {
      for (let i = 0; i <= 500; i++) await ctx.step(`step ${i}`, async () => i);
      return { receipt: '' };
    });
    expect(code).toBe('too_many_steps');
  });

  it('refuse a checkpoint of more than 32 KiB', async () => {
    const code = await failureOf(async (_, ctx) => {
      await ctx.checkpoint.save('x'.repeat(32_767));
      return { receipt: '' };
    });
    expect(code).toBe('checkpoint_too_large');
  });

  it('refuse a sleep within a step, a result that is not JSON, and an output that the contract does not allow', async () => {
    const nested: Work = async (_, ctx) => {
      await ctx.step('outer', () => ctx.sleep('inner', { seconds: 1 }));
      return { receipt: '' };
    };
    const bigint: Work = async (_, ctx) => ({ receipt: String(await ctx.step('count', async () => 1n)) });
    expect([await failureOf(nested), await failureOf(bigint)]).toEqual(['nested_call', 'invalid_step_result']);
    expect(await failureOf(async () => ({ receipt: 1 }) as unknown as { receipt: string })).toBe('invalid_result');
  });

  it('refuse files to a contract that does not ask for them, a name with a slash, and a body of another type', async () => {
    const write: Work = async (_, ctx) => ({ receipt: await ctx.files.write('report.csv', 'a,b', 'text/csv') });
    const kit = testKit(defineJobType(chargeCard), { run: write });
    const job = await kit.submit({});
    await kit.run();
    expect(job.error).toMatchObject({ code: 'worker_error', message: expect.stringContaining("files: 'write'") });
    expect(await failureOf(async (__, ctx) => ({ receipt: await ctx.files.write('a/b', '', 'text/csv') }))).toBe('worker_error');
    expect(await failureOf(async (__, ctx) => ({ receipt: await ctx.files.write('a', 7 as unknown as string, 'text/csv') }))).toBe(
      'worker_error',
    );
  });
});

describe('files in the test kit', () => {
  it('are what callers could download: the last of each name that the record points at, from text, bytes and streams', async () => {
    const kit = kitOf(async (_, ctx) => {
      await ctx.files.write('a.txt', 'first', 'text/plain');
      await ctx.files.write('a.txt', Buffer.from('second'), 'text/plain; charset=utf-8');
      await ctx.files.write('b.csv', Readable.from(['1,', '2']), 'text/csv');
      await ctx.files.write('c.csv', 'gone', 'text/csv');
      ctx.files.remove('c.csv');
      await ctx.sleep('between', { minutes: 1 });
      const [chunk] = await (await ctx.files.read('b.csv')).toArray();
      return { receipt: String(chunk) };
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ receipt: '1,2' });
    expect([...job.files].map(([name, { contentType, text }]) => [name, contentType, text])).toEqual([
      ['a.txt', 'text/plain; charset=utf-8', 'second'],
      ['b.csv', 'text/csv', '1,2'],
    ]);
  });

  it('fail with the error of the stream that they are written from', async () => {
    const kit = kitOf(async (_, ctx) => {
      const broken = new Readable({ read() {} });
      queueMicrotask(() => broken.destroy(new PermanentError('The source is gone.', { code: 'source_gone' })));
      return { receipt: await ctx.files.write('a.txt', broken, 'text/plain') };
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.error).toMatchObject({ code: 'source_gone' });
    expect(job.files.size).toBe(0);
  });
});

describe('delegation in the test kit', () => {
  const delegating: Work = async (_, ctx) => {
    const id = await ctx.delegate('receipt', { type: 'send-receipt', input: { receipt: 'r-1' } });
    return { receipt: id };
  };
  const receiptWorker: WorkerDefinition<typeof receiptContract> = { run: async () => ({ sent: true }) };

  it('runs the delegated job on its own worker', async () => {
    const kit = kitOf(delegating, { jobTypes: [{ contract: receiptContract, worker: receiptWorker }] });
    const job = await kit.submit({});
    await kit.run();
    const [child] = kit.jobs('send-receipt');
    expect(child).toMatchObject({ id: job.result?.receipt, status: 'succeeded', result: { sent: true } });
  });

  it('leaves a job of a type without a worker queued, and does not wait for it', async () => {
    const kit = kitOf(delegating, { jobTypes: [{ contract: receiptContract }] });
    const job = await kit.submit({});
    await kit.run();
    expect([job.status, kit.jobs('send-receipt').map(({ status }) => status)]).toEqual(['succeeded', ['queued']]);
  });

  it('is refused to a type that the contract does not name, and to one that does not exist', async () => {
    const kit = kitOf(delegating);
    const job = await kit.submit({});
    await kit.run();
    expect(job.error?.code).toBe('invalid_delegation');
    const other = kitOf(async (_, ctx) => ({ receipt: await ctx.delegate('x', { type: 'other', input: {} }) }));
    const refused = await other.submit({});
    await other.run();
    expect(refused.error?.code).toBe('delegation_not_allowed');
  });

  it('waits for room in the quota of the owner', async () => {
    const slow: WorkerDefinition<typeof receiptContract> = {
      run: async (_, ctx) => {
        await ctx.sleep('post', { hours: 1 });
        return { sent: true };
      },
    };
    const kit = kitOf(delegating, {
      jobTypes: [{ contract: receiptContract, worker: slow }],
      settings: { quota: { jobsInFlight: 2 } },
    });
    await kit.submitTo('send-receipt', { receipt: 'r-0' });
    const job = await kit.submit({});
    await kit.settle();
    expect(job.reason).toMatchObject({ code: 'quota' });
    await kit.run();
    expect(job.status).toBe('succeeded');
  });
});

describe('an operator and a caller in the test kit', () => {
  const sleeping: Work = async (_, ctx) => {
    await ctx.sleep('night', { hours: 8 });
    return { receipt: 'morning' };
  };

  it('cancel a job that sleeps, at once', async () => {
    const kit = kitOf(sleeping);
    const job = await kit.submit({});
    await kit.settle();
    await kit.cancel(job);
    expect(job.status).toBe('cancelled');
    await expect(kit.cancel(job)).rejects.toMatchObject({ status: 409 });
  });

  it('cancel a job that runs, with its next heartbeat', async () => {
    const kit = kitOf(
      (_, ctx) => new Promise((_resolve, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))),
      {
        patienceMs: 50,
      },
    );
    const job = await kit.submit({});
    await kit.advance({ seconds: 1 });
    await kit.cancel(job);
    expect(job).toMatchObject({ status: 'running', resource: { cancelRequestedAt: expect.any(String) } });
    await kit.advance({ seconds: 15 });
    expect(job.status).toBe('cancelled');
  });

  it('are over quota with the submission that is one too many', async () => {
    const kit = kitOf(sleeping, { settings: { quota: { submissionsPerMinute: 1 } } });
    await kit.submit({});
    await expect(kit.submit({})).rejects.toMatchObject({ status: 429 });
    await kit.submit({}, { owner: 'somebody else' });
    await kit.advance({ minutes: 1 });
    await kit.submit({});
  });

  it('pause a type, which keeps its jobs until it is active again', async () => {
    const kit = kitOf(async () => ({ receipt: 'r' }));
    await kit.setTypeState('paused');
    const job = await kit.submit({});
    await kit.advance({ hours: 1 });
    expect(job).toMatchObject({ status: 'queued', reason: { code: 'paused' } });
    await kit.setTypeState('draining');
    await expect(kit.submit({})).rejects.toMatchObject({ status: 409 });
    await kit.run();
    expect(job.status).toBe('succeeded');
  });
});

describe('time in the test kit', () => {
  const deaf: Work = () => new Promise(() => undefined);

  it('does not move while code runs, and the kit reports code that takes too long', async () => {
    const kit = kitOf(deaf, { patienceMs: 50, startAt });
    const job = await kit.submit({});
    await expect(kit.run()).rejects.toThrow(`The code of charge-card ${job.id} has run for 50 ms`);
    expect(kit.now).toEqual(startAt);
  });

  it('lets an attempt time out where a test moves it, and ends a process whose code does not stop', async () => {
    const kit = kitOf(deaf, { patienceMs: 50 });
    const job = await kit.submit({}, { maxAttempts: 1 });
    await kit.advance({ minutes: 5 });
    expect(job).toMatchObject({ status: 'failed', error: { code: 'invocation_timed_out' } });
    expect(kit.deaths).toEqual(['code ignored its signal to stop']);
  });

  it('waits for code that reacts to its interrupt, before it moves on', async () => {
    const kit = kitOf(
      (_, ctx) =>
        new Promise((_resolve, reject) =>
          ctx.signal.addEventListener('abort', () => setTimeout(() => reject(new PermanentError('stopped in order')), 300)),
        ),
      { patienceMs: 1_000 },
    );
    const job = await kit.submit({}, { maxAttempts: 1 });
    await kit.advance({ minutes: 5 });
    expect([job.error?.code, kit.deaths]).toEqual(['invocation_timed_out', []]);
  });

  it('lets a deadline pass', async () => {
    const kit = kitOf(async (_, ctx) => {
      await ctx.sleep('long', { days: 30 });
      return { receipt: '' };
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.error?.code).toBe('deadline_exceeded');
  });

  it('waits for steps that take their time, without moving on', async () => {
    const kit = kitOf(
      async (_, ctx) => {
        for (const name of ['a', 'b', 'c']) await ctx.step(name, () => new Promise((resolve) => setTimeout(resolve, 300)));
        return { receipt: '' };
      },
      { patienceMs: 600, startAt },
    );
    await kit.submit({});
    await kit.run();
    expect(kit.now).toEqual(startAt);
  });

  it('is handed to a test that keeps its own clock with it', async () => {
    const moments: string[] = [];
    const kit = kitOf(
      async (_, ctx) => {
        await ctx.sleep('a', { minutes: 1 });
        return { receipt: '' };
      },
      { startAt, onTimeMoved: (now) => moments.push(now.toISOString()) },
    );
    await kit.submit({});
    await kit.run();
    expect(moments).toEqual(['2026-03-01T12:01:00.000Z']);
  });

  it('moves under the fake timers of a test runner, too', async () => {
    jest.useFakeTimers();
    try {
      const kit = kitOf(async (_, ctx) => {
        await ctx.sleep('a', { days: 1 });
        return { receipt: await ctx.files.write('a.txt', 'x', 'text/plain') };
      });
      const job = await kit.submit({});
      await kit.run();
      expect(job.status).toBe('succeeded');
    } finally {
      jest.useRealTimers();
    }
  });

  it('goes from one thing that is due to the next', async () => {
    const kit = kitOf(
      async (_, ctx) => {
        for (const name of ['a', 'b']) await ctx.sleep(name, { minutes: 1 });
        return { receipt: '' };
      },
      { startAt },
    );
    const job = await kit.submit({});
    await kit.next();
    expect(kit.now).toEqual(new Date('2026-03-01T12:01:00Z'));
    expect(job.status).toBe('waiting');
    await kit.next();
    expect(job.status).toBe('succeeded');
    expect(await kit.next()).toBe(false);
  });
});

describe('a worker that the test kills', () => {
  const charging = (effects: string[]): Work => {
    return async (_, ctx) => {
      const receipt = await ctx.step('charge', async () => {
        effects.push(ctx.idempotencyToken('charge'));
        return `r-${effects.length}`;
      });
      await ctx.checkpoint.save({ receipt });
      await ctx.sleep('grace', { hours: 1 });
      await ctx.files.write('receipt.txt', receipt, 'text/plain');
      return { receipt };
    };
  };

  it('before its step is remembered runs the step again, with the same idempotency token', async () => {
    const effects: string[] = [];
    const kit = kitOf(charging(effects));
    const job = await kit.submit({});
    kit.kill({ before: 'step charge' });
    await kit.run();
    expect(kit.deaths).toEqual(['before step charge']);
    expect(job).toMatchObject({ status: 'succeeded', attempts: 1, result: { receipt: 'r-2' } });
    expect([effects.length, new Set(effects).size]).toEqual([2, 1]);
    expect(eventsOf(job)).toContain('worker_lost');
  });

  it('after its step is remembered does not run it again', async () => {
    const effects: string[] = [];
    const kit = kitOf(charging(effects));
    const job = await kit.submit({});
    kit.kill({ after: 'step charge' });
    await kit.run();
    expect([job.status, effects.length, kit.deaths]).toEqual(['succeeded', 1, ['after step charge']]);
  });

  it('at a checkpoint goes on from the one before', async () => {
    const loaded: unknown[] = [];
    const kit = kitOf(async (_, ctx) => {
      const from = ctx.checkpoint.load<number>() ?? 0;
      loaded.push(from);
      for (let i = from + 1; i <= 3; i++) await ctx.checkpoint.save(i);
      return { receipt: '' };
    });
    const job = await kit.submit({});
    kit.kill({ before: 'checkpoint', nth: 2 });
    kit.kill({ after: 'write', nth: 6 });
    await kit.run();
    expect([loaded, job.status, kit.deaths]).toEqual([[0, 1, 3], 'succeeded', ['before checkpoint', 'after checkpoint']]);
  });

  it('from within a step changes nothing more, and neither does another job of its batch', async () => {
    let lives = 0;
    const kit = kitOf(async (_, ctx) => {
      await ctx.step('charge', async () => {
        lives += 1;
        if (lives === 1) kit.kill();
      });
      return { receipt: '' };
    });
    const jobs = [await kit.submit({}), await kit.submit({})];
    await kit.run();
    expect(jobs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(kit.deaths).toEqual(['killed by the test']);
    expect(eventsOf(jobs[0] ?? { timeline: [] })).toContain('worker_lost');
  });

  it('again and again ends its job as one that kills its workers', async () => {
    const kit = kitOf(async (_, ctx) => {
      await ctx.step('crash', async () => kit.kill());
      return { receipt: '' };
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.error?.code).toBe('worker_crashed');
    expect(kit.deadLetters).toHaveLength(1);
  });

  it('cannot be killed while none runs', () => {
    expect(() => kitOf(async () => ({ receipt: '' })).kill()).toThrow('no process to kill');
  });

  it('anywhere ends its job right, when its effects carry their tokens', async () => {
    let effects: string[] = [];
    const points = await killAnywhere(
      () => {
        effects = [];
        return kitOf(charging(effects));
      },
      async (kit) => {
        const job = await kit.submit({});
        await kit.run();
        expect(job.status).toBe('succeeded');
        expect(new Set(effects).size).toBe(1);
        expect(job.files.get('receipt.txt')?.text).toBe(job.result?.receipt);
      },
    );
    const names = points.map(({ phase, operation }) => `${phase} ${operation}`);
    expect(names).toEqual(
      ['claim', 'step charge', 'checkpoint', 'sleep grace', 'claim', 'save', 'file receipt.txt', 'end'].flatMap((operation) => [
        `before ${operation}`,
        `after ${operation}`,
      ]),
    );
  });

  it('anywhere is found out, when an effect of it happens twice', async () => {
    let charged = 0;
    const makeKit = () => {
      charged = 0;
      return kitOf(async (_, ctx) => {
        await ctx.step('charge', async () => ++charged);
        return { receipt: '' };
      });
    };
    const scenario = killAnywhere(makeKit, async (kit) => {
      await kit.submit({});
      await kit.run();
      expect(charged).toBe(1);
    });
    await expect(scenario).rejects.toThrow(/^With the worker killed before "step charge" \(point 3 of 6\)/);
  });
});

describe('a worker that the kit holds at a point', () => {
  const charging = (charges: string[]) =>
    kitOf(async (_, ctx) => {
      await ctx.step('charge', async () => charges.push('charged'));
      await ctx.sleep('pause', { minutes: 5 });
      return { receipt: 'sent' };
    });

  it('stays there while the test looks, and goes on with the next call', async () => {
    const charges: string[] = [];
    const kit = charging(charges);
    const job = await kit.submit({});
    await kit.runUntil({ before: 'step charge' });
    expect(charges).toEqual(['charged']);
    expect([job.status, eventsOf(job)]).toEqual(['running', ['queued', 'started']]);
    await kit.runUntil({ after: 'sleep pause' });
    expect(job.status).toBe('waiting');
    await kit.run();
    expect([job.status, charges]).toEqual(['succeeded', ['charged']]);
  });

  it('can be killed there, and its job be cancelled', async () => {
    const charges: string[] = [];
    const kit = charging(charges);
    const killed = await kit.submit({});
    await kit.runUntil({ before: 'step charge' });
    kit.kill();
    const cancelled = await kit.submit({});
    await kit.runUntil({ before: 'step charge' });
    await kit.cancel(cancelled);
    await kit.run();
    expect(kit.deaths).toEqual(['killed by the test']);
    expect([killed.status, cancelled.status]).toEqual(['succeeded', 'cancelled']);
    expect(eventsOf(killed)).toContain('worker_lost');
    expect(charges).toHaveLength(3);
  });

  it('is reached wherever it is: in time, in an invocation to come, in a clean-up', async () => {
    const kit = testKit(defineJobType({ ...chargeCard, cleansUp: true }), {
      run: async (_, ctx) => {
        await ctx.sleep('pause', { days: 1 });
        throw new PermanentError('It went wrong.', { code: 'went_wrong' });
      },
      cleanUp: async () => 'removed it',
    });
    const job = await kit.submit({});
    await kit.runUntil({ after: 'clean up' });
    expect(job.error).toBeUndefined();
    await kit.runUntil({ before: 'end' });
    expect(job.status).toBe('running');
    await kit.settle();
    expect(job.error).toMatchObject({ code: 'went_wrong', details: { cleanUp: 'removed it' } });
  });

  it('is reported with what was passed where no worker reaches it', async () => {
    const kit = charging([]);
    await kit.submit({});
    const missed = await kit.runUntil({ before: 'step refund', nth: 2 }).catch((error: unknown) => error);
    expect(missed).toBeInstanceOf(PointNotReachedError);
    expect(String(missed)).toMatch(/before "step refund" 2 times .* They passed: .*after "step charge", .*before "end"/);
    // It is not armed any more.
    const job = await kit.submit({});
    await kit.run();
    expect(job.status).toBe('succeeded');
  });
});

describe('cleaning up in the test kit', () => {
  it('runs after a job failed, and is in its timeline', async () => {
    const cleaning = defineJobType({ ...chargeCard, cleansUp: true });
    const kit = testKit(cleaning, {
      run: async (_, ctx) => {
        await ctx.checkpoint.save({ made: 'thing-1' });
        throw new PermanentError('It went wrong.', { code: 'went_wrong' });
      },
      cleanUp: async (_, ctx) => `removed ${ctx.checkpoint.load<{ made: string }>()?.made}`,
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.error?.code).toBe('went_wrong');
    expect(job.timeline).toContainEqual(expect.objectContaining({ event: 'cleaned_up', detail: 'removed thing-1' }));
  });
});
