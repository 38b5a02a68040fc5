/** Jobs that run other jobs, on the test kit: what their code receives, what ends with what, and what it costs. */
import * as z from 'zod';
import type { WorkerDefinition } from '../../../lambdas/core/contract/context.ts';
import { defineJobType, type JobTypeContract } from '../../../lambdas/core/contract/contract.ts';
import { PermanentError, RetryableError } from '../../../lambdas/core/contract/errors.ts';
import { killAnywhere, type TestJob, type TestKitOptions, testKit } from '../../../testing/index.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const limits = {
  ...contractLimits,
  deadline: { hours: 6 },
  maxAttempts: 2,
  backoff: { baseMs: 10_000, capMs: 60_000 },
  concurrency: 100,
} as const;
const count = defineJobType({
  ...limits,
  name: 'count-rows',
  description: 'Counts the rows of a table.',
  input: z.strictObject({ table: z.string(), does: z.string().default('work') }),
  output: z.strictObject({ rows: z.string() }),
});
const report = defineJobType({
  ...limits,
  name: 'build-report',
  description: 'Counts the rows of several tables.',
  input: z.strictObject({ tables: z.array(z.string()).default([]) }),
  output: z.strictObject({ log: z.array(z.unknown()) }),
  delegatesTo: ['count-rows', 'build-report'],
});
type Counting = WorkerDefinition<typeof count>;
type Reporting = WorkerDefinition<typeof report>;
type Context = Parameters<Reporting['run']>[1];

const startAt = new Date('2026-03-01T12:00:00Z');
/** What a child does is in its input. */
const counting: Counting = {
  async run({ table, does }, ctx) {
    if (does === 'sleep') await ctx.sleep('long', { hours: 2 });
    if (does === 'fail') throw new PermanentError(`no table ${table}`, { code: 'no_such_table', details: { table } });
    if (does === 'fail once' && ctx.job.attempt === 1) throw new RetryableError('busy');
    if (does === 'large') return { rows: 'x'.repeat(300_000) };
    return { rows: `rows of ${table}` };
  },
};
interface Setup extends TestKitOptions {
  readonly child?: Counting;
  readonly childContract?: JobTypeContract;
  readonly cleanUp?: Reporting['cleanUp'];
}
function kitOf(run: (ctx: Context, input: { readonly tables: readonly string[] }) => Promise<readonly unknown[]>, setup: Setup = {}) {
  const { child = counting, childContract = count, cleanUp, ...options } = setup;
  const contract = cleanUp === undefined ? report : { ...report, cleansUp: true };
  const worker: Reporting = {
    run: async (input, ctx) => ({ log: [...(await run(ctx, input))] }),
    ...(cleanUp === undefined ? {} : { cleanUp }),
  };
  return testKit(contract, worker, {
    startAt,
    jobTypes: [{ contract: childContract, worker: child as unknown as WorkerDefinition<JobTypeContract> }],
    ...options,
  });
}
const failureOf = (error: unknown) => {
  const { message, code, details, retryable } = error as PermanentError;
  return { message, code, details, retryable };
};
const caught = (promise: Promise<unknown>) => promise.then(() => 'nothing', failureOf);
const eventsOf = ({ timeline }: Pick<TestJob, 'timeline'>) => timeline.map(({ event }) => event);
const minutesAfterStart = (kit: { readonly now: Date }) => (kit.now.getTime() - startAt.getTime()) / 60_000;

describe('a job that runs another one', () => {
  it('waits without an invocation, resumes at its end, and receives its result', async () => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users', does: 'sleep' })]);
    const job = await kit.submit({}, { owner: 'ada' });
    await kit.settle();
    const [child] = kit.jobs('count-rows');
    expect(job.status).toBe('waiting');
    expect(job.reason).toMatchObject({ code: 'waiting_for_child', detail: child?.id });
    expect(job.resource).toMatchObject({ parent: null, children: [child?.id], links: { children: `/v1/jobs/${job.id}/children` } });
    expect(child?.resource).toMatchObject({ parent: job.id, children: [], owner: 'ada', links: { children: null } });
    await kit.run();
    expect(job).toMatchObject({ status: 'succeeded', result: { log: [{ rows: 'rows of users' }] }, attempts: 1 });
    expect(minutesAfterStart(kit)).toBeCloseTo(120, 0);
    expect(eventsOf(job)).toEqual(['queued', 'started', 'sleeping', 'resumed', 'succeeded']);
    expect(job.resource.cost.invocations).toBe(2);
  });

  it('receives a large result by reference, also in later invocations', async () => {
    const kit = kitOf(async (ctx) => {
      const { rows } = await ctx.run('big', count, { table: 'big', does: 'large' });
      await ctx.sleep('a while', { hours: 1 });
      return [rows.length];
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: [300_000] });
  });

  it('fails with the code, the message and the details of the one that failed', async () => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', 'count-rows', { table: 'users', does: 'fail' })]);
    const job = await kit.submit({});
    await kit.run();
    const [child] = kit.jobs('count-rows');
    expect(job).toMatchObject({ status: 'failed', attempts: 1 });
    expect(job.error).toEqual({
      code: 'no_such_table',
      message: `count-rows ${child?.id} failed: no table users`,
      retryable: false,
      details: { table: 'users', job: child?.id },
    });
  });

  it('may catch that failure, and gets the same one in each later invocation', async () => {
    const seen: unknown[] = [];
    const kit = kitOf(async (ctx) => {
      const failure = await caught(ctx.run('users', count, { table: 'users', does: 'fail' }));
      seen.push(failure);
      await ctx.sleep('a while', { hours: 1 });
      return [failure];
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: [expect.objectContaining({ code: 'no_such_table' })] });
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
    expect(kit.jobs('count-rows')).toHaveLength(1);
  });

  it('may run the same name again after a failure, which is another job', async () => {
    const kit = kitOf(async (ctx) => {
      const first = await caught(ctx.run('users', count, { table: 'users', does: 'fail' }));
      return [first, await ctx.run('users', count, { table: 'users' })];
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: [expect.objectContaining({ code: 'no_such_table' }), { rows: 'rows of users' }] });
    expect(kit.jobs('count-rows')).toHaveLength(2);
    expect(job.resource.children).toEqual(kit.jobs('count-rows').map(({ id }) => id));
  });

  it('gets child_cancelled for one that a caller cancels', async () => {
    const kit = kitOf(async (ctx) => [await caught(ctx.run('users', count, { table: 'users', does: 'sleep' }))]);
    const job = await kit.submit({});
    await kit.settle();
    const [child] = kit.jobs('count-rows');
    await kit.cancel(child as TestJob);
    await kit.settle();
    expect(job.result).toEqual({
      log: [{ code: 'child_cancelled', message: `count-rows ${child?.id} was cancelled.`, details: { job: child?.id }, retryable: false }],
    });
    expect(minutesAfterStart(kit)).toBe(0);
  });

  it.each(['fail once', 'work'])('receives the result of one whose attempts %s', async (does) => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users', does })]);
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: [{ rows: 'rows of users' }] });
  });

  it('gets deadline_exceeded where the other one reaches a deadline of its own', async () => {
    const childContract = { ...count, deadline: { minutes: 30 } };
    const kit = kitOf(async (ctx) => [await caught(ctx.run('users', count, { table: 'users', does: 'sleep' }))], { childContract });
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: [expect.objectContaining({ code: 'deadline_exceeded' })] });
    expect(minutesAfterStart(kit)).toBeLessThan(33);
  });

  it('hands its own deadline down, so that no work outlives its use', async () => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users', does: 'sleep' })]);
    const job = await kit.submit({}, { deadline: '2026-03-01T13:00:00Z' });
    await kit.run();
    const [child] = kit.jobs('count-rows');
    expect(child?.resource.deadline).toBe('2026-03-01T13:00:00.000Z');
    expect([job.status, child?.status]).toEqual(['failed', expect.stringMatching(/failed|cancelled/)]);
    expect(job.error?.code).toBe('deadline_exceeded');
    expect(minutesAfterStart(kit)).toBeLessThan(65);
  });

  it('hands owner and trace down, and the tags stay its own', async () => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users' })]);
    const job = await kit.submit({}, { owner: 'ada', tags: { team: 'data' } });
    await kit.run();
    const [child] = kit.jobs('count-rows');
    expect(child?.resource).toMatchObject({ owner: 'ada', traceparent: job.resource.traceparent, tags: {} });
  });

  it('runs one job for a name, even where the code asks for something else when it runs again', async () => {
    let invocation = 0;
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: `users ${++invocation}`, does: 'sleep' })]);
    const job = await kit.submit({});
    await kit.run();
    expect(invocation).toBe(2);
    expect(kit.jobs('count-rows')).toHaveLength(1);
    expect(job.result).toEqual({ log: [{ rows: 'rows of users 1' }] });
  });

  it('may start it later', async () => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users' }, { startAt: '2026-03-01T14:00:00Z' })]);
    const job = await kit.submit({});
    await kit.settle();
    expect(kit.jobs('count-rows').map(({ status }) => status)).toEqual(['scheduled']);
    await kit.run();
    expect(job.status).toBe('succeeded');
    expect(minutesAfterStart(kit)).toBeGreaterThanOrEqual(120);
  });

  it('is woken although its type was paused meanwhile, and goes on once it is active again', async () => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users', does: 'sleep' })]);
    const job = await kit.submit({});
    await kit.settle();
    await kit.setTypeState('paused');
    await kit.advance({ hours: 3 });
    expect(kit.jobs('count-rows').map(({ status }) => status)).toEqual(['succeeded']);
    expect(job.reason?.code).toBe('paused');
    await kit.setTypeState('active');
    await kit.run();
    expect(job.result).toEqual({ log: [{ rows: 'rows of users' }] });
  });

  it('waits for room in the quota of its owner', async () => {
    const kit = kitOf((ctx) => ctx.runAll(['a', 'b', 'c'].map((name) => ({ name, type: count, input: { table: name } }))), {
      settings: { quota: { jobsInFlight: 2 } },
    });
    const job = await kit.submit({});
    await kit.settle();
    expect(job.reason).toMatchObject({ code: 'quota' });
    await kit.run();
    expect(job.result).toEqual({ log: ['a', 'b', 'c'].map((name) => ({ rows: `rows of ${name}` })) });
    expect(kit.jobs('count-rows')).toHaveLength(3);
  });

  it('is refused, and may try later, while the other type drains', async () => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users' })]);
    await kit.setTypeState('draining', 'count-rows');
    const job = await kit.submit({});
    await kit.settle();
    expect(job.reason).toMatchObject({ code: 'backing_off', detail: expect.stringContaining('draining') });
    await kit.setTypeState('active', 'count-rows');
    await kit.run();
    expect(job.status).toBe('succeeded');
  });
});

describe('a job that runs several at once', () => {
  const tables = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `t${i}`, type: count, input: { table: `${i}` } }));

  it('receives their results in its own order, whichever ends first', async () => {
    const kit = kitOf((ctx) =>
      ctx.runAll([
        { name: 'slow', type: count, input: { table: 'slow', does: 'sleep' } },
        { name: 'quick', type: 'count-rows', input: { table: 'quick' } },
      ]),
    );
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: [{ rows: 'rows of slow' }, { rows: 'rows of quick' }] });
    expect(job.resource.cost.invocations).toBe(2);
  });

  it('fails as the first of them that failed, once all have ended', async () => {
    const kit = kitOf((ctx) =>
      ctx.runAll([
        { name: 'slow', type: count, input: { table: 'slow', does: 'sleep' } },
        { name: 'b', type: count, input: { table: 'b', does: 'fail' } },
        { name: 'c', type: count, input: { table: 'c', does: 'fail' } },
      ]),
    );
    const job = await kit.submit({});
    await kit.run();
    expect(job.error).toMatchObject({ code: 'no_such_table', details: { table: 'b' } });
    expect(kit.jobs('count-rows').map(({ status }) => status)).toEqual(['succeeded', 'failed', 'failed']);
  });

  it('resumes once for a hundred of them', async () => {
    let runs = 0;
    const kit = kitOf(
      (ctx) => {
        runs += 1;
        return ctx.runAll(tables(100));
      },
      { patienceMs: 60_000 },
    );
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: tables(100).map(({ input }) => ({ rows: `rows of ${input.table}` })) });
    expect(runs).toBeLessThanOrEqual(3);
    // Accepting, two claims, the intent, two suspensions at most and the end; and one write for each end of a child.
    expect(job.resource.cost.recordWrites).toBeLessThanOrEqual(110);
  });

  it('refuses the 101st, and no job is submitted', async () => {
    const kit = kitOf(async (ctx) => [await caught(ctx.runAll(tables(101)))]);
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({
      log: [expect.objectContaining({ code: 'too_many_children', message: expect.stringContaining('at most 100 other jobs (was 101)') })],
    });
    expect(kit.jobs('count-rows')).toEqual([]);
    expect(job.resource.children).toEqual([]);
  });

  it('refuses the 101st in several calls, and those before are kept', async () => {
    const kit = kitOf(
      async (ctx) => {
        await ctx.runAll(tables(60));
        return [await caught(ctx.runAll(tables(101).slice(60)))];
      },
      { patienceMs: 60_000 },
    );
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: [expect.objectContaining({ code: 'too_many_children' })] });
    expect(job.resource.children).toHaveLength(60);
  });

  it('returns at once where there is none', async () => {
    const kit = kitOf((ctx) => ctx.runAll([]));
    const job = await kit.submit({});
    await kit.run();
    expect(job).toMatchObject({ status: 'succeeded', result: { log: [] } });
    expect(job.resource.cost.invocations).toBe(1);
  });

  it('goes on beside a sleep and other work', async () => {
    const kit = kitOf((ctx) =>
      Promise.all([
        ctx.run('users', count, { table: 'users', does: 'sleep' }),
        ctx.sleep('an hour', { hours: 1 }).then(() => ctx.step('noted', async () => 'after an hour')),
      ]),
    );
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: [{ rows: 'rows of users' }, 'after an hour'] });
    expect(minutesAfterStart(kit)).toBeCloseTo(120, 0);
  });
});

describe('what the code may not ask for', () => {
  const refused = async (run: (ctx: Context) => Promise<unknown>) => {
    const kit = kitOf(async (ctx) => [await caught(run(ctx))]);
    const job = await kit.submit({});
    await kit.run();
    expect(kit.jobs('count-rows')).toEqual([]);
    return (job.result?.log[0] as { readonly code?: string } | undefined)?.code;
  };

  it.each<[string, (ctx: Context) => Promise<unknown>]>([
    ['delegation_not_allowed', (ctx) => ctx.run('x', 'another-type', {})],
    ['delegation_not_allowed', (ctx) => ctx.run('x', undefined as unknown as string, {})],
    ['invalid_delegation', (ctx) => ctx.run('x', 'count-rows', { table: 1 })],
    ['invalid_delegation', (ctx) => ctx.run('x', 'count-rows', { table: 'a' }, { startAt: 'tomorrow' })],
    ['invalid_step_name', (ctx) => ctx.run(1 as unknown as string, 'count-rows', { table: 'a' })],
    ['step_name_too_long', (ctx) => ctx.run('x'.repeat(101), 'count-rows', { table: 'a' })],
    ['invalid_call', (ctx) => ctx.runAll('x' as unknown as [])],
    ['nested_call', (ctx) => ctx.step('outer', () => ctx.run('x', 'count-rows', { table: 'a' }))],
    [
      'nested_call',
      (ctx) =>
        ctx.waitUntil('outer', () => ctx.run('x', 'count-rows', { table: 'a' }), { every: { seconds: 5 }, timeout: { seconds: 20 } }),
    ],
  ])('is answered with %s', async (code, run) => {
    expect(await refused(run)).toBe(code);
  });

  it('is the same name twice', async () => {
    const kit = kitOf((ctx) => Promise.all([ctx.run('x', count, { table: 'a' }), caught(ctx.run('x', count, { table: 'b' }))]));
    const job = await kit.submit({});
    await kit.run();
    expect(job.result?.log).toEqual([{ rows: 'rows of a' }, expect.objectContaining({ code: 'step_name_reused' })]);
    expect(kit.jobs('count-rows')).toHaveLength(1);
  });

  it('is a chain of more than 20 jobs', async () => {
    const kit = kitOf(async (ctx) => [await ctx.run('next', report, {})]);
    const job = await kit.submit({});
    await kit.run();
    expect(kit.jobs()).toHaveLength(21);
    expect(job.error).toMatchObject({ code: 'invalid_delegation', message: expect.stringContaining('20 levels deep at most') });
    expect(kit.jobs().every(({ status }) => status === 'failed')).toBe(true);
  });
});

describe('what ends with a job', () => {
  const states = (kit: { jobs(type: string): readonly TestJob[] }) => kit.jobs('count-rows').map(({ status }) => status);

  it.each(['sleep', 'start later'])('is every job that it runs, when it is cancelled (%s)', async (does) => {
    const options = does === 'start later' ? { startAt: '2026-03-01T15:00:00Z' } : {};
    const kit = kitOf((ctx) => ctx.runAll([1, 2].map((i) => ({ name: `t${i}`, type: count, input: { table: `${i}`, does }, ...options }))));
    const job = await kit.submit({});
    await kit.settle();
    await kit.cancel(job);
    expect(job.status).toBe('cancelled');
    expect(states(kit)).toEqual(['cancelled', 'cancelled']);
    expect(kit.jobs('count-rows')[0]?.timeline).toContainEqual(
      expect.objectContaining({ event: 'cancel_requested', detail: 'the job that runs it has been cancelled' }),
    );
    expect(minutesAfterStart(kit)).toBe(0);
  });

  it('is a queued one', async () => {
    const kit = kitOf((ctx) => ctx.runAll([{ name: 'a', type: count, input: { table: 'a' } }]));
    await kit.setTypeState('paused', 'count-rows');
    const job = await kit.submit({});
    await kit.settle();
    expect(states(kit)).toEqual(['queued']);
    await kit.cancel(job);
    expect(states(kit)).toEqual(['cancelled']);
  });

  it('is one that runs: its worker is asked to stop', async () => {
    const child: Counting = {
      run: ({ table }, ctx) =>
        ctx.step(
          'works',
          () =>
            new Promise((resolve, reject) => {
              ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error));
              setTimeout(() => resolve({ rows: table }), 30_000).unref();
            }),
        ),
    };
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users' })], { child });
    const job = await kit.submit({});
    await kit.advance({ seconds: 5 }, { patienceMs: 200 });
    expect(states(kit)).toEqual(['running']);
    await kit.cancel(job);
    await kit.advance({ seconds: 20 }, { patienceMs: 200 });
    expect([job.status, ...states(kit)]).toEqual(['cancelled', 'cancelled']);
  });

  it('cleans up first, where it has to', async () => {
    const cleaned: string[] = [];
    const childContract = { ...count, cleansUp: true };
    const child: Counting = { ...counting, cleanUp: async (input) => `removed ${cleaned.push(input?.table ?? '')}` };
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users', does: 'sleep' })], { child, childContract });
    const job = await kit.submit({});
    await kit.settle();
    await kit.cancel(job);
    await kit.settle();
    expect(cleaned).toEqual(['users']);
    expect([job.status, ...states(kit)]).toEqual(['cancelled', 'cancelled']);
  });

  it('waits for nothing while it cleans up itself, and what it ran ends after it', async () => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users', does: 'sleep' })], { cleanUp: async () => 'undone' });
    const job = await kit.submit({});
    await kit.settle();
    await kit.cancel(job);
    await kit.settle();
    expect(eventsOf(job)).toContain('cleaned_up');
    expect([job.status, ...states(kit)]).toEqual(['cancelled', 'cancelled']);
  });

  it('is what it still runs when it fails', async () => {
    const kit = kitOf((ctx) =>
      Promise.all([
        ctx.run('users', count, { table: 'users', does: 'sleep' }),
        ctx.sleep('a minute', { minutes: 1 }).then(() => Promise.reject(new PermanentError('cannot go on', { code: 'broken' }))),
      ]),
    );
    const job = await kit.submit({});
    await kit.run();
    expect(job.error?.code).toBe('broken');
    expect(states(kit)).toEqual(['cancelled']);
    expect(minutesAfterStart(kit)).toBeLessThan(5);
  });

  it('are the jobs of its jobs as well', async () => {
    const kit = kitOf(async (ctx, { tables: [first] }) =>
      first === 'deeper'
        ? [await ctx.run('users', count, { table: 'users', does: 'sleep' })]
        : [await ctx.run('half', report, { tables: ['deeper'] })],
    );
    const job = await kit.submit({});
    await kit.settle();
    await kit.cancel(job);
    expect(kit.jobs().map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  });

  it('is a wide tree, level by level: what one cancel leaves is ended by the clock', async () => {
    const kit = kitOf(
      (ctx, { tables: [first] }) =>
        ctx.runAll(
          Array.from({ length: 15 }, (_, i) =>
            first === 'deeper'
              ? { name: `t${i}`, type: 'count-rows', input: { table: `${i}`, does: 'sleep' } }
              : { name: `r${i}`, type: 'build-report', input: { tables: ['deeper'] } },
          ),
        ),
      { patienceMs: 30_000 },
    );
    const job = await kit.submit({});
    await kit.settle();
    expect(kit.jobs()).toHaveLength(1 + 15 + 15 * 15);
    await kit.cancel(job);
    expect(kit.jobs('build-report').every(({ status }) => status === 'cancelled')).toBe(true);
    // The first six of them run 90 jobs, and the next would make it more than a hundred.
    expect(states(kit).filter((status) => status === 'cancelled')).toHaveLength(90);
    await kit.run();
    expect(states(kit).every((status) => status === 'cancelled')).toBe(true);
    expect(minutesAfterStart(kit)).toBeLessThan(4);
  });

  it('is nothing when it succeeds without waiting for a job that it runs', async () => {
    const kit = kitOf(async (ctx) => {
      const run = ctx.run('users', count, { table: 'users', does: 'sleep' });
      await Promise.race([run, ctx.sleep('a minute', { minutes: 1 })]);
      return ['gave up'];
    });
    const job = await kit.submit({});
    await kit.run();
    expect(job.result).toEqual({ log: ['gave up'] });
    expect(states(kit)).toEqual(['succeeded']);
  });
});

describe('another attempt', () => {
  it('keeps the results of those that succeeded, and runs those that failed again', async () => {
    const runs: string[] = [];
    const child: Counting = {
      async run({ table }) {
        runs.push(table);
        if (table === 'b' && runs.length < 3) throw new PermanentError('not yet', { code: 'not_yet' });
        return { rows: `rows of ${table}` };
      },
    };
    const kit = kitOf(
      async (ctx) => {
        const all = ['a', 'b'].map((table) => ({ name: table, type: count, input: { table } }));
        return ctx.runAll(all).catch(() => {
          throw new RetryableError('one of them failed');
        });
      },
      { child },
    );
    const job = await kit.submit({});
    await kit.run();
    expect(job).toMatchObject({ status: 'succeeded', attempts: 2, result: { log: [{ rows: 'rows of a' }, { rows: 'rows of b' }] } });
    expect(runs).toEqual(['a', 'b', 'b']);
  });
});

describe('a worker that dies', () => {
  it('anywhere changes nothing of three jobs that its job runs', async () => {
    const effects = new Map<string, number>();
    const child: Counting = {
      async run({ table }, ctx) {
        await ctx.step('count', async () => void effects.set(ctx.idempotencyToken('count'), 1));
        return { rows: `rows of ${table}` };
      },
    };
    const makeKit = () => {
      effects.clear();
      return kitOf((ctx) => ctx.runAll(['a', 'b', 'c'].map((table) => ({ name: table, type: count, input: { table } }))), { child });
    };
    const points = await killAnywhere(makeKit, async (kit) => {
      const job = await kit.submit({});
      await kit.run();
      expect(job).toMatchObject({ status: 'succeeded', result: { log: ['a', 'b', 'c'].map((table) => ({ rows: `rows of ${table}` })) } });
      expect(kit.jobs('count-rows')).toHaveLength(3);
      expect(effects.size).toBe(3);
      // A lost wake-up, a lost announcement and a lease that has to run out: never more than a few minutes.
      expect(minutesAfterStart(kit)).toBeLessThan(8);
    });
    expect(points.length).toBeGreaterThan(20);
    expect(points.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['submit', 'suspend', 'end']));
  });

  it.each([
    [{ before: 'end' }, 2],
    [{ after: 'end' }, 1],
    [{ after: 'wake' }, 0],
  ] as const)('%j of a job delays the one that waits for it by at most its lease or the grace, and a period', async (moment, minutes) => {
    const kit = kitOf(async (ctx) => [await ctx.run('users', count, { table: 'users' })]);
    const job = await kit.submit({});
    kit.kill(moment);
    await kit.run();
    expect(kit.deaths).toHaveLength(1);
    expect(job.result).toEqual({ log: [{ rows: 'rows of users' }] });
    expect(minutesAfterStart(kit)).toBeGreaterThanOrEqual(minutes);
    expect(minutesAfterStart(kit)).toBeLessThan(4);
  });
});
