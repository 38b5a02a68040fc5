/** Jobs that start after others, on the test kit: when they start, what they fail with, and what is refused. */
import * as z from 'zod';
import type { WorkerDefinition } from '../../../lambdas/core/contract/context.ts';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';
import { PermanentError } from '../../../lambdas/core/contract/errors.ts';
import { killAnywhere, type TestJob, testKit } from '../../../testing/index.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const contract = defineJobType({
  ...contractLimits,
  name: 'copy-table',
  description: 'Copies a table.',
  input: z.strictObject({ does: z.enum(['work', 'sleep', 'fail']).default('work') }),
  output: z.strictObject({ at: z.string() }),
  deadline: { hours: 6 },
  concurrency: 100,
});
const startAt = new Date('2026-03-01T12:00:00Z');
function kitOf() {
  const started: string[] = [];
  const worker: WorkerDefinition<typeof contract> = {
    async run({ does }, ctx) {
      started.push(ctx.job.id);
      if (does === 'sleep') await ctx.sleep('long', { hours: 2 });
      if (does === 'fail') throw new PermanentError('no such table', { code: 'no_such_table' });
      return { at: await ctx.step('now', () => Promise.resolve(kit.now.toISOString())) };
    },
  };
  const kit = testKit(contract, worker, { startAt });
  return { kit, started };
}
const startOf = ({ resource }: TestJob) => resource.startedAt;
const minutesBetween = (from: string | null, to: string | null) => (Date.parse(to ?? '') - Date.parse(from ?? '')) / 60_000;

describe('a job after others', () => {
  it('starts once all of them have ended, in a second, and is not shown as started before', async () => {
    const { kit, started } = kitOf();
    const before = [await kit.submit({ does: 'sleep' }), await kit.submit({ does: 'work' })];
    const job = await kit.submit({}, { after: before.map(({ id }) => id) });
    await kit.settle();
    expect(before[1]?.resource.status).toBe('succeeded');
    expect(job.resource).toMatchObject({
      status: 'waiting',
      startedAt: null,
      attempt: 0,
      after: before.map(({ id }) => id),
      afterFailure: 'fail',
    });
    expect(job.resource.reason).toMatchObject({ code: 'waiting_for_job', detail: expect.stringContaining(before[0]?.id ?? '') });
    expect(job.resource.timeline.map(({ event }) => event)).toEqual(['queued', 'waiting']);
    await kit.run();
    expect(job.resource).toMatchObject({ status: 'succeeded', attempt: 1, cost: { invocations: 1 } });
    const [slow] = before;
    const { finishedAt = null } = slow?.resource ?? {};
    expect(Date.parse(startOf(job) ?? '') - Date.parse(finishedAt ?? '')).toBeLessThan(1_000);
    expect(started.at(-1)).toBe(job.id);
    expect(job.resource.timeline.map(({ event }) => event)).toEqual(['queued', 'waiting', 'started', 'step', 'succeeded']);
  });

  it('starts at once after jobs that have ended already', async () => {
    const { kit } = kitOf();
    const first = await kit.submit({});
    await kit.run();
    const second = await kit.submit({}, { after: [first.id] });
    await kit.settle();
    expect(second.resource.status).toBe('succeeded');
    expect(second.resource.timeline.map(({ event }) => event)).not.toContain('waiting');
  });

  it('starts at its own start where that is later', async () => {
    const { kit } = kitOf();
    const first = await kit.submit({ does: 'sleep' });
    const late = await kit.submit({}, { after: [first.id], delaySeconds: 4 * 3_600 });
    const early = await kit.submit({}, { after: [first.id], delaySeconds: 60 });
    await kit.run();
    expect(minutesBetween(late.resource.createdAt, startOf(late))).toBeCloseTo(240, 0);
    expect(minutesBetween(early.resource.createdAt, startOf(early))).toBeCloseTo(120, 0);
  });

  it('is one of a diamond: two after one, one after both', async () => {
    const { kit, started } = kitOf();
    const root = await kit.submit({ does: 'sleep' });
    const [left, right] = [await kit.submit({ does: 'sleep' }, { after: [root.id] }), await kit.submit({}, { after: [root.id] })];
    const leaf = await kit.submit({}, { after: [left.id, right.id] });
    await kit.run();
    expect(leaf.resource.status).toBe('succeeded');
    expect([...new Set(started)]).toEqual([root.id, expect.any(String), expect.any(String), leaf.id]);
  });

  it.each(['fail', 'cancel', 'deadline'] as const)('fails at once where one of them ends by a %s, and names it', async (how) => {
    const { kit, started } = kitOf();
    const slow = await kit.submit({ does: 'sleep' });
    const deadline = new Date(startAt.getTime() + 600_000).toISOString();
    const first = await kit.submit({ does: how === 'fail' ? 'fail' : 'sleep' }, how === 'deadline' ? { deadline } : {});
    const job = await kit.submit({}, { after: [slow.id, first.id] });
    const last = await kit.submit({}, { after: [job.id] });
    if (how === 'cancel') {
      await kit.settle();
      await kit.cancel(first);
    }
    await kit.run();
    const code = { fail: 'no_such_table', cancel: null, deadline: 'deadline_exceeded' }[how];
    const status = how === 'cancel' ? 'cancelled' : 'failed';
    expect(job.resource).toMatchObject({
      status: 'failed',
      startedAt: null,
      error: { code: 'predecessor_failed', details: { job: first.id, status, code } },
    });
    expect(last.resource.error).toMatchObject({ code: 'predecessor_failed', details: { job: job.id, cause: first.id } });
    expect(Date.parse(job.resource.finishedAt ?? '')).toBeLessThan(Date.parse(slow.resource.finishedAt ?? ''));
    expect(started).not.toContain(job.id);
  });

  it('runs after a failure where it was asked to, once all have ended', async () => {
    const { kit } = kitOf();
    const before = [await kit.submit({ does: 'fail' }), await kit.submit({ does: 'sleep' })];
    const job = await kit.submit({}, { after: before.map(({ id }) => id), afterFailure: 'run' });
    await kit.run();
    expect(job.resource.status).toBe('succeeded');
    expect(minutesBetween(job.resource.createdAt, startOf(job))).toBeCloseTo(120, 0);
  });

  it('fails after a job whose record has expired, and says so', async () => {
    const { kit } = kitOf();
    const first = await kit.submit({});
    const job = await kit.submit({}, { after: [first.id], delaySeconds: 60 * 86_400 });
    await kit.settle();
    expect(first.resource.status).toBe('succeeded');
    await kit.run();
    expect(job.resource.error).toMatchObject({ code: 'predecessor_failed', message: expect.stringContaining('has expired') });
  });

  it('ends at its deadline, and by a cancel, although it never started', async () => {
    const { kit } = kitOf();
    const first = await kit.submit({ does: 'sleep' });
    const deadline = new Date(startAt.getTime() + 600_000).toISOString();
    const late = await kit.submit({}, { after: [first.id], deadline });
    const cancelled = await kit.submit({}, { after: [first.id] });
    await kit.settle();
    await kit.cancel(cancelled);
    await kit.run();
    expect(late.resource).toMatchObject({ status: 'failed', startedAt: null, error: { code: 'deadline_exceeded' } });
    expect(minutesBetween(late.resource.createdAt, late.resource.finishedAt)).toBeLessThan(13);
    expect(cancelled.resource).toMatchObject({ status: 'cancelled', startedAt: null });
    expect(first.resource.status).toBe('succeeded');
  });

  it('is refused after a job that is not there, that is another owner’s, or that is named twice', async () => {
    const { kit } = kitOf();
    const other = await kit.submit({}, { owner: 'somebody' });
    const own = await kit.submit({});
    const unknown = own.id.replace(/.{4}$/, '0000');
    const refusal = async (after: readonly string[]) =>
      kit.submit({}, { after }).then(
        () => undefined,
        (error: unknown) => error,
      );
    const refused = { status: 422, problem: { errors: [{ pointer: '#/after/1', detail: expect.stringContaining('not a job of yours') }] } };
    expect(await refusal([own.id, unknown])).toMatchObject(refused);
    expect(await refusal([own.id, other.id])).toMatchObject(refused);
    expect(await refusal([own.id, own.id])).toMatchObject({ status: 422 });
    expect(await refusal(['job_1'])).toMatchObject({ status: 422 });
    expect(await refusal([])).toMatchObject({ status: 422 });
    expect(await refusal(Array.from({ length: 21 }, (_, i) => own.id.replace(/.{2}$/, String(i).padStart(2, '0'))))).toMatchObject({
      status: 422,
    });
    expect(kit.jobs()).toHaveLength(2);
  });

  it('is refused where a hundred start after the same one, and all of those start', async () => {
    const { kit } = kitOf();
    const first = await kit.submit({ does: 'sleep' });
    const jobs: TestJob[] = [];
    for (let i = 0; i < 100; i++) jobs.push(await kit.submit({}, { after: [first.id] }));
    await kit.settle();
    await expect(kit.submit({}, { after: [first.id] })).rejects.toMatchObject({ status: 422 });
    await kit.run();
    expect(jobs.every(({ resource }) => resource.status === 'succeeded')).toBe(true);
  });

  it('starts wherever a worker dies', async () => {
    const points = await killAnywhere(
      () => kitOf().kit,
      async (kit) => {
        const first = await kit.submit({});
        const job = await kit.submit({}, { after: [first.id] });
        await kit.run();
        expect(job.resource).toMatchObject({ status: 'succeeded', attempt: 1 });
      },
    );
    expect(points.length).toBeGreaterThan(8);
  });
});
