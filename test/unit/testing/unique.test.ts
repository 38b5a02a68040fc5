/** Jobs that are unique under a key, on the test kit: joined, replaced, put off, and repeated. */
import * as z from 'zod';
import type { WorkerDefinition } from '../../../lambdas/core/contract/context.ts';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';
import { PermanentError } from '../../../lambdas/core/contract/errors.ts';
import { type TestJob, type TestKitOptions, testKit } from '../../../testing/index.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const contract = defineJobType({
  ...contractLimits,
  name: 'sync-account',
  description: 'Synchronises an account.',
  input: z.strictObject({ round: z.int().default(0), does: z.enum(['work', 'sleep', 'fail']).default('work') }),
  output: z.strictObject({ round: z.int() }),
  deadline: { hours: 24 },
  concurrency: 100,
});
const startAt = new Date('2026-03-01T12:00:00Z');
const key = { uniqueKey: 'account 7' };
const replace = { ...key, onDuplicate: 'replace' } as const;
function kitOf(settings: TestKitOptions['settings'] = {}) {
  const rounds: number[] = [];
  const worker: WorkerDefinition<typeof contract> = {
    async run({ round, does }, ctx) {
      await ctx.step('sync', async () => void rounds.push(round));
      if (does === 'sleep') await ctx.sleep('long', { hours: 2 });
      if (does === 'fail') throw new PermanentError('refused', { code: 'refused' });
      return { round };
    },
  };
  return { kit: testKit(contract, worker, { startAt, settings }), rounds };
}
const failing: WorkerDefinition<typeof contract> = { run: () => Promise.reject(new PermanentError('refused', { code: 'refused' })) };
const idsOf = (jobs: readonly TestJob[]) => [...new Set(jobs.map(({ id }) => id))];

describe('joining', () => {
  it('makes one job of twenty submissions at one moment, and each is answered with it', async () => {
    const { kit, rounds } = kitOf();
    const jobs = await Promise.all(Array.from({ length: 20 }, (_, round) => kit.submit({ round }, key)));
    expect(idsOf(jobs)).toHaveLength(1);
    await kit.run();
    expect(rounds).toHaveLength(1);
    expect(jobs[0]?.resource.uniqueKey).toBe('account 7');
  });

  it.each(['work', 'fail', 'cancel'] as const)('lets the next submission make a job once the one before has ended (%s)', async (how) => {
    const { kit } = kitOf();
    const first = await kit.submit({ does: how === 'cancel' ? 'sleep' : how }, key);
    expect((await kit.submit({ round: 1 }, key)).id).toBe(first.id);
    await kit.settle();
    if (how === 'cancel') await kit.cancel(first);
    await kit.run();
    const second = await kit.submit({ round: 2 }, key);
    expect(second.id).not.toBe(first.id);
    await kit.run();
    expect([second.result, (await kit.submit({ round: 3 }, key)).id === second.id]).toEqual([{ round: 2 }, false]);
  });

  it('knows owners, keys and nothing else: another owner, another key or none is another job', async () => {
    const { kit } = kitOf();
    const others = [{ ...key, owner: 'somebody' }, { uniqueKey: 'account 70' }, { uniqueKey: 'Zürich' }, {}, {}];
    const jobs = [await kit.submit({}, key)];
    for (const other of others) jobs.push(await kit.submit({}, other));
    expect(idsOf(jobs)).toHaveLength(6);
  });

  it('works together with an idempotency key: a repeated request finds the job that it made, also after its end', async () => {
    const { kit, rounds } = kitOf();
    const made = await kit.submit({ round: 1 }, { ...key, idempotencyKey: 'a' });
    await kit.run();
    const later = await kit.submit({ round: 2, does: 'sleep' }, { ...key, idempotencyKey: 'b' });
    expect((await kit.submit({ round: 1 }, { ...key, idempotencyKey: 'a' })).id).toBe(made.id);
    expect((await kit.submit({ round: 2, does: 'sleep' }, { ...key, idempotencyKey: 'b' })).id).toBe(later.id);
    await expect(kit.submit({ round: 3 }, { ...key, idempotencyKey: 'b' })).rejects.toMatchObject({
      status: 422,
      problem: { code: 'idempotency-key-reused' },
    });
    await kit.run();
    expect(rounds).toEqual([1, 2]);
  });

  it('joins where the quota has no room for another one', async () => {
    const { kit } = kitOf({ quota: { submissionsPerMinute: 3 } });
    const jobs = await Promise.all(Array.from({ length: 12 }, (_, round) => kit.submit({ round }, key)));
    expect(idsOf(jobs)).toHaveLength(1);
  });

  it('answers a repeated request with its job although it would be refused now, and frees failed ones where keys are freed', async () => {
    const { kit } = kitOf();
    const deadline = new Date(startAt.getTime() + 60_000).toISOString();
    const request = { ...key, idempotencyKey: 'a', deadline };
    const made = await kit.submit({ round: 1 }, request);
    await kit.run();
    await kit.advance({ minutes: 5 });
    expect((await kit.submit({ round: 1 }, request)).id).toBe(made.id);
    const freeing = testKit(contract, failing, { startAt, settings: { idempotencyRelease: 'failed' } });
    const first = await freeing.submit({}, { ...key, idempotencyKey: 'b' });
    await freeing.run();
    expect([first.status, (await freeing.submit({}, { ...key, idempotencyKey: 'b' })).id === first.id]).toEqual(['failed', false]);
  });
});

describe('replacing', () => {
  it('cancels a job that has not started, and runs the last submission', async () => {
    const { kit, rounds } = kitOf();
    const first = await kit.submit({ round: 1 }, { ...replace, delaySeconds: 600 });
    const second = await kit.submit({ round: 2 }, { ...replace, delaySeconds: 600 });
    const third = await kit.submit({ round: 3 }, { ...replace, delaySeconds: 600 });
    await kit.run();
    expect(rounds).toEqual([3]);
    expect([first, second, third].map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'succeeded']);
    expect(first.resource.timeline.find(({ event }) => event === 'cancel_requested')).toMatchObject({
      by: 'tester',
      actedBy: second.id,
      detail: 'replaced by a later submission with the same uniqueKey',
    });
  });

  it('never ends one that has started: at most one runs and one waits for it, the last', async () => {
    const { kit, rounds } = kitOf();
    const running = await kit.submit({ round: 1, does: 'sleep' }, replace);
    await kit.settle();
    const waiting: TestJob[] = [];
    for (const round of [2, 3, 4]) {
      waiting.push(await kit.submit({ round }, replace));
      await kit.settle();
    }
    expect(running.status).toBe('waiting');
    expect(waiting.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'waiting']);
    expect(waiting[2]?.resource.reason).toMatchObject({ code: 'waiting_for_job', detail: expect.stringContaining(running.id) });
    await kit.run();
    expect(rounds).toEqual([1, 4]);
    const last = waiting[2]?.resource;
    expect(Date.parse(last?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(running.resource.finishedAt ?? ''));
  });

  it('does not wait for what the replaced one was to start after', async () => {
    const { kit, rounds } = kitOf();
    const before = await kit.submit({ round: 9, does: 'sleep' });
    const first = await kit.submit({ round: 1 }, { ...key, after: [before.id] });
    await kit.settle();
    const second = await kit.submit({ round: 2 }, replace);
    await kit.settle();
    expect([first.status, second.status, rounds.includes(2)]).toEqual(['cancelled', 'succeeded', true]);
  });

  it('keeps the key while the first one runs, also after one that was to take its place was cancelled', async () => {
    const { kit, rounds } = kitOf();
    const running = await kit.submit({ round: 1, does: 'sleep' }, replace);
    await kit.settle();
    const second = await kit.submit({ round: 2 }, replace);
    await kit.cancel(second);
    expect((await kit.submit({ round: 3 }, key)).id).toBe(running.id);
    const third = await kit.submit({ round: 4 }, replace);
    await kit.settle();
    expect([running.status, second.status, third.status]).toEqual(['waiting', 'cancelled', 'waiting']);
    await kit.run();
    expect(rounds).toEqual([1, 4]);
  });

  it('goes on for any number of replacements while the first one runs', async () => {
    const { kit, rounds } = kitOf();
    await kit.submit({ round: 0, does: 'sleep' }, replace);
    for (let round = 1; round <= 120; round++) {
      await kit.settle();
      await kit.submit({ round }, replace);
    }
    await kit.run();
    expect(rounds).toEqual([0, 120]);
  });

  it('runs after a failure of the one before as well', async () => {
    const { kit, rounds } = kitOf();
    await kit.submit({ round: 1, does: 'fail' }, replace);
    const next = await kit.submit({ round: 2 }, replace);
    await kit.run();
    expect([next.status, rounds.at(-1)]).toEqual(['succeeded', 2]);
  });

  it('puts the start off with each submission, by a debounce with a longest delay', async () => {
    const { kit, rounds } = kitOf();
    const debounced = { ...replace, delaySeconds: 60, maxDelaySeconds: 200 };
    let last: TestJob | undefined;
    for (let round = 1; round <= 5; round++) {
      last = await kit.submit({ round }, debounced);
      await kit.advance({ seconds: 45 });
    }
    await kit.run();
    expect(rounds).toEqual([5]);
    expect(Date.parse(last?.resource.startedAt ?? '') - startAt.getTime()).toBe(200_000);
  });

  it.each(['Zürich', 'łódź 🚀', '*', 'x'.repeat(255)])('takes %j as a key, as it is, and knows it again', async (uniqueKey) => {
    const { kit } = kitOf();
    const first = await kit.submit({}, { uniqueKey });
    expect([first.resource.uniqueKey, (await kit.submit({}, { uniqueKey })).id]).toEqual([uniqueKey, first.id]);
  });

  it.each([
    [{ onDuplicate: 'join' }, '#/onDuplicate'],
    [{ ...key, onDuplicate: 'both' }, '#/onDuplicate'],
    [{ uniqueKey: '' }, '#/uniqueKey'],
    [{ uniqueKey: ' a' }, '#/uniqueKey'],
    [{ uniqueKey: 'account 7 ' }, '#/uniqueKey'],
    [{ uniqueKey: 'a\nb' }, '#/uniqueKey'],
    [{ uniqueKey: 'a\u200bb' }, '#/uniqueKey'],
    [{ uniqueKey: 'x'.repeat(256) }, '#/uniqueKey'],
    [{ ...key, maxDelaySeconds: 5 }, '#/maxDelaySeconds'],
    [{ ...replace, maxDelaySeconds: 5 }, '#/maxDelaySeconds'],
    [{ ...replace, after: ['job_00000000000000000000000000'] }, '#/after'],
  ])('refuses %j', async (options, pointer) => {
    const { kit } = kitOf();
    await expect(kit.submit({}, options as never)).rejects.toMatchObject({
      status: 422,
      problem: { errors: expect.arrayContaining([expect.objectContaining({ pointer })]) },
    });
  });
});
