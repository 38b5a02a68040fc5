/** Jobs with concurrency keys and priorities, on the test kit: how many run at once, in which order, and what gives a place back. */
import * as z from 'zod';
import type { WorkerDefinition } from '../../../lambdas/core/contract/context.ts';
import { defineJobType, type JobTypeContract } from '../../../lambdas/core/contract/contract.ts';
import { PermanentError, RetryableError } from '../../../lambdas/core/contract/errors.ts';
import { killAnywhere, type SubmitOptions, type TestJob, type TestKitOptions, testKit } from '../../../testing/index.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const limits = {
  ...contractLimits,
  deadline: { hours: 6 },
  maxAttempts: 2,
  backoff: { baseMs: 10_000, capMs: 60_000 },
  concurrency: 100,
} as const;
const sync = defineJobType({
  ...limits,
  name: 'sync-account',
  description: 'Copies an account.',
  input: z.strictObject({ does: z.string().default('sleep'), seconds: z.int().default(60) }),
  output: z.strictObject({}),
  keys: { limit: 1 },
  priorities: true,
  delegatesTo: ['sync-account', 'sync-by-input'],
});
/** A type whose jobs have the key that their input says. */
const byInput = defineJobType({
  ...limits,
  name: 'sync-by-input',
  description: 'Copies the account that its input names.',
  input: z.strictObject({ account: z.string() }),
  output: z.strictObject({}),
  keys: { limit: 2, of: ({ account }) => (account === '' ? undefined : `account ${account.toLowerCase()}`) },
});

type Syncing = WorkerDefinition<typeof sync>;
const startAt = new Date('2026-03-01T12:00:00Z');
const syncing: Syncing = {
  async run({ does, seconds }, ctx) {
    if (does === 'sleep') await ctx.sleep('a while', { seconds });
    if (does === 'fail') throw new PermanentError('no such account', { code: 'no_such_account' });
    if (does === 'retry' && ctx.job.attempt === 1) throw new RetryableError('busy', { after: { seconds } });
    if (does === 'run') await ctx.run('child', 'sync-account', { does: 'nothing' }, { concurrencyKey: 'k' });
    if (does === 'run another') await ctx.run('child', 'sync-account', { does: 'nothing' }, { concurrencyKey: 'other' });
    if (does === 'delegate') await ctx.delegate('child', { type: 'sync-account', input: { does: 'nothing' }, concurrencyKey: 'k' });
    if (does === 'delegate wrongly')
      await ctx.delegate('child', { type: 'sync-by-input', input: { account: 'a' }, concurrencyKey: 'k', priority: 'high' });
    return {};
  },
};
function kitOf(
  keys: JobTypeContract['keys'] = { limit: 1 },
  { worker = syncing, ...options }: TestKitOptions & { readonly worker?: Syncing } = {},
) {
  const other = {
    contract: byInput as unknown as JobTypeContract,
    worker: {
      run: async (_: unknown, ctx) => {
        await ctx.sleep('a while', { seconds: 60 });
        return {};
      },
    } satisfies WorkerDefinition<JobTypeContract>,
  };
  const contract = (keys === undefined ? { ...sync, keys, priorities: false } : { ...sync, keys }) as typeof sync;
  return testKit(contract, worker, { startAt, jobTypes: [other], ...options });
}
type Kit = ReturnType<typeof kitOf>;
const k = { concurrencyKey: 'k' } satisfies SubmitOptions;
const startMs = ({ resource }: TestJob) => Date.parse(String(resource.startedAt));
const endMs = ({ resource }: TestJob) => Date.parse(String(resource.finishedAt));
/** The order in which jobs started, by their position in the list. */
const order = (jobs: readonly TestJob[]) =>
  jobs
    .map((job, i) => [i, startMs(job)] as const)
    .toSorted((a, b) => a[1] - b[1])
    .map(([i]) => i);
/** The largest number of jobs that ran, slept or waited between their start and their end at one moment. */
function mostAtOnce(jobs: readonly TestJob[]): number {
  const open = jobs.filter(({ resource }) => resource.startedAt !== null);
  return Math.max(0, ...open.map((job) => open.filter((other) => startMs(other) <= startMs(job) && endMs(other) > startMs(job)).length));
}
async function submitMany(kit: Kit, count: number, options: SubmitOptions = k): Promise<readonly TestJob[]> {
  const jobs: TestJob[] = [];
  for (let i = 0; i < count; i++) {
    jobs.push(await kit.submit({}, options));
    await kit.advance({ seconds: 1 });
  }
  return jobs;
}

it.each([1, 3])('runs at most %d jobs of a key at once, in the order of their acceptance, and other keys meanwhile', async (limit) => {
  const kit = kitOf({ limit });
  const jobs = await submitMany(kit, 7);
  const other = await kit.submit({ seconds: 1 }, { concurrencyKey: 'another' });
  await kit.advance({ seconds: 5 });
  expect(other.status).toBe('succeeded');
  expect(jobs.filter(({ resource }) => resource.startedAt !== null)).toHaveLength(limit);
  expect(jobs[limit]?.resource).toMatchObject({ status: 'waiting', attempt: 0, concurrencyKey: 'k', startedAt: null });
  await kit.run();
  expect(jobs.map(({ status }) => status)).toEqual(jobs.map(() => 'succeeded'));
  expect(mostAtOnce(jobs)).toBe(limit);
  expect(order(jobs)).toEqual(jobs.map((_, i) => i));
  // Each starts at once when the one before has ended: a sleep of a minute each.
  expect((endMs(jobs.at(-1) as TestJob) - startMs(jobs[0] as TestJob)) / 1000).toBeLessThan(60 * Math.ceil(7 / limit) + 10);
});

it('says which key a job waits for, and shows no start, attempt or claim', async () => {
  const kit = kitOf();
  const [, waiting] = await submitMany(kit, 2);
  expect(waiting?.resource).toMatchObject({
    ...{ status: 'waiting', attempt: 0, startedAt: null, priority: 'normal' },
    reason: { code: 'waiting_for_key', detail: 'one of the sync-account jobs with the key "k" runs at a time' },
  });
  expect(waiting?.resource.timeline.map(({ event }) => event)).toEqual(['queued', 'waiting']);
  await kit.run();
  expect(waiting?.resource.timeline.filter(({ event }) => event === 'started')).toHaveLength(1);
  expect(waiting?.resource.attempt).toBe(1);
});

describe('gives the place back', () => {
  it.each([
    ['a failure', { does: 'fail' }, {}, 'failed'],
    ['its deadline', { seconds: 3_600 }, { deadline: new Date(startAt.getTime() + 90_000).toISOString() }, 'failed'],
    ['a success after a retry', { does: 'retry', seconds: 120 }, {}, 'succeeded'],
    ['a child of another key', { does: 'run another' }, {}, 'succeeded'],
  ])('after %s', async (_, input, options, status) => {
    const kit = kitOf();
    const first = await kit.submit(input, { ...k, ...options });
    const second = await kit.submit({ does: 'nothing' }, k);
    await kit.run();
    expect([first.status, second.status]).toEqual([status, 'succeeded']);
    expect(startMs(second)).toBeGreaterThanOrEqual(endMs(first));
    expect(startMs(second) - endMs(first)).toBeLessThan(2_000);
  });

  it('after a cancel, also of one that waits, which is passed over', async () => {
    const kit = kitOf();
    const [first, second, third] = (await submitMany(kit, 3)) as [TestJob, TestJob, TestJob];
    await kit.cancel(second);
    await kit.cancel(first);
    await kit.settle();
    expect([first.status, second.status]).toEqual(['cancelled', 'cancelled']);
    expect(second.resource.startedAt).toBeNull();
    await kit.run();
    expect(third.status).toBe('succeeded');
    expect(startMs(third) - endMs(first)).toBeLessThan(2_000);
  });

  it('of a worker that dies once another one has taken its job over, and no sooner', async () => {
    const kit = kitOf();
    // The first claim is refused: the job has to get its place.
    kit.kill({ after: 'claim', nth: 2 });
    const first = await kit.submit({ does: 'nothing' }, k);
    await kit.settle();
    const second = await kit.submit({ does: 'nothing' }, k);
    await kit.run();
    expect(first.resource.timeline.map(({ event }) => event)).toContain('worker_lost');
    expect(startMs(second)).toBeGreaterThanOrEqual(endMs(first));
  });

  it('at the deadline of one that waits: it fails without a start, and the line goes on', async () => {
    const kit = kitOf();
    const first = await kit.submit({ seconds: 1_000 }, k);
    const second = await kit.submit({}, { ...k, deadline: new Date(startAt.getTime() + 300_000).toISOString() });
    const third = await kit.submit({}, k);
    await kit.run();
    expect(second.resource).toMatchObject({ status: 'failed', error: { code: 'deadline_exceeded' }, startedAt: null });
    expect((endMs(second) - startAt.getTime()) / 1000).toBeLessThan(400);
    expect([first.status, third.status]).toEqual(['succeeded', 'succeeded']);
  });
});

it('lets a worker die anywhere, and every job still runs once, one at a time, in order', async () => {
  await killAnywhere(
    () => kitOf(),
    async (kit) => {
      const jobs = [await kit.submit({ seconds: 5 }, k), await kit.submit({ does: 'nothing' }, k), await kit.submit({ seconds: 1 }, k)];
      await kit.run();
      expect(jobs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
      expect(mostAtOnce(jobs)).toBe(1);
    },
  );
});

describe('priorities', () => {
  it('order those who wait, equal ones by acceptance, and stop nothing that runs', async () => {
    const kit = kitOf();
    const first = await kit.submit({}, { ...k, priority: 'low' });
    const rest: TestJob[] = [];
    for (const priority of ['low', 'normal', 'high', 'normal', 'high', 'low'] as const) {
      await kit.advance({ seconds: 1 });
      rest.push(await kit.submit({}, { ...k, priority }));
    }
    await kit.run();
    expect(order([first, ...rest])).toEqual([0, 3, 5, 2, 4, 1, 6]);
    expect(rest.map(({ resource }) => resource.priority)).toEqual(['low', 'normal', 'high', 'normal', 'high', 'low']);
  });

  it('let a low one wait for at most 20 minutes of high ones', async () => {
    const kit = kitOf();
    await kit.submit({}, k);
    const low = await kit.submit({}, { ...k, priority: 'low' });
    for (let minute = 0; minute < 40; minute++) {
      await kit.submit({ seconds: 58 }, { ...k, priority: 'high' });
      await kit.advance({ minutes: 1 });
    }
    await kit.run();
    expect((startMs(low) - startAt.getTime()) / 60_000).toBeGreaterThan(15);
    expect((startMs(low) - startAt.getTime()) / 60_000).toBeLessThan(24);
  });

  it('of jobs without a key order all of the owner and type, and no others', async () => {
    const kit = kitOf();
    const of = (owner: string, priority: 'low' | 'high') => kit.submit({}, { owner, priority });
    const jobs = [await of('ann', 'low'), await of('ann', 'low'), await of('ann', 'high')];
    const bobs = await of('bob', 'low');
    await kit.advance({ seconds: 2 });
    expect(bobs.resource.startedAt).not.toBeNull();
    await kit.run();
    expect(order(jobs)).toEqual([0, 2, 1]);
    expect(jobs[0]?.resource).toMatchObject({ concurrencyKey: null, priority: 'low' });
  });

  it('count from the time of a scheduled start', async () => {
    const kit = kitOf();
    const first = await kit.submit({ seconds: 1_800 }, k);
    const later = await kit.submit({}, { ...k, delaySeconds: 1_000 });
    await kit.advance({ seconds: 30 });
    const now = await kit.submit({}, k);
    expect(later.resource).toMatchObject({ status: 'scheduled' });
    await kit.run();
    expect(order([first, later, now])).toEqual([0, 2, 1]);
  });

  it('go down to jobs that a job submits, unless it says otherwise', async () => {
    const kit = kitOf();
    await kit.submit({ does: 'run another' }, { concurrencyKey: 'p', priority: 'high' });
    await kit.run();
    expect(kit.jobs().map(({ resource }) => resource.priority)).toEqual(['high', 'high']);
  });
});

describe('a job that submits others', () => {
  it('may not run one under the place that it holds, which would wait for its own end', async () => {
    const kit = kitOf();
    const job = await kit.submit({ does: 'run' }, k);
    await kit.run();
    expect(job.resource).toMatchObject({ status: 'failed', error: { code: 'concurrency_key_held' } });
    expect(kit.jobs()).toHaveLength(1);
  });

  it('may delegate one to the same key, which starts after its end', async () => {
    const kit = kitOf();
    const job = await kit.submit({ does: 'delegate' }, k);
    await kit.run();
    const [, child] = kit.jobs() as [TestJob, TestJob];
    expect(child.status).toBe('succeeded');
    expect(startMs(child)).toBeGreaterThanOrEqual(endMs(job));
  });

  it('may not say what the type does not take', async () => {
    const kit = kitOf();
    const job = await kit.submit({ does: 'delegate wrongly' }, k);
    await kit.run();
    expect(job.resource.error).toMatchObject({ code: 'invalid_delegation' });
    expect(job.resource.error?.message).toContain('concurrencyKey must be left out: sync-by-input computes it from the input');
  });
});

it('computes keys from the input where the contract says so, and none bounds a job without', async () => {
  const kit = kitOf();
  const of = (account: string) => kit.submitTo('sync-by-input', { account });
  const jobs = [await of('A'), await of('a'), await of('a'), await of(''), await of('')];
  await kit.advance({ seconds: 2 });
  expect(jobs.map(({ resource }) => resource.concurrencyKey)).toEqual(['account a', 'account a', 'account a', null, null]);
  expect(jobs.map(({ resource }) => resource.startedAt !== null)).toEqual([true, true, false, true, true]);
  await kit.run();
  expect(jobs.every(({ status }) => status === 'succeeded')).toBe(true);
  await expect(of('x'.repeat(300))).rejects.toThrow(/concurrency key/);
});

it('keeps a paused type’s places and line, and goes on after the pause', async () => {
  const kit = kitOf();
  const jobs = await submitMany(kit, 3);
  await kit.setTypeState('paused');
  await kit.advance({ minutes: 30 });
  expect(jobs.filter(({ status }) => status === 'succeeded')).toHaveLength(0);
  await kit.setTypeState('active');
  await kit.run();
  expect(order(jobs)).toEqual([0, 1, 2]);
});
