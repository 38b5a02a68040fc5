import { decideDue, planWake } from '../../../../lambdas/core/job/alarm.ts';
import type { Job } from '../../../../lambdas/core/job/job.ts';

const nowMs = 1_800_000_000_000;
const at = { nowMs, graceMs: 120_000, isPaused: false, mayEnd: false };
const job = (changes: Partial<Job>): Job =>
  ({
    status: 'queued',
    notBeforeMs: nowMs - 200_000,
    deadlineMs: nowMs + 3_600_000,
    alarm: { kind: 'rescue', dueAtMs: nowMs },
    ...changes,
  }) as Job;

it('plans a message at once for a job that may start at once, with a rescue alarm behind it', () => {
  expect(planWake(nowMs, at)).toEqual({ messageDelaySeconds: 0, alarm: { kind: 'rescue', dueAtMs: nowMs + 120_000 } });
});

it('delays a wake-up by up to 15 minutes, rounded up so that it never comes too early', () => {
  expect(planWake(nowMs + 1_001, at).messageDelaySeconds).toBe(2);
  expect(planWake(nowMs + 900_000, at).messageDelaySeconds).toBe(900);
});

it("leaves a start beyond SQS's maximum delay to the clock", () => {
  expect(planWake(nowMs + 900_001, at)).toEqual({ messageDelaySeconds: undefined, alarm: { kind: 'timer', dueAtMs: nowMs + 900_001 } });
});

it('decides nothing for an alarm that the record no longer has', () => {
  expect(decideDue(job({ alarm: undefined }), nowMs, at)).toEqual({ kind: 'nothing' });
  expect(decideDue(job({}), nowMs - 1, at)).toEqual({ kind: 'nothing' });
});

it('postpones the alarm of a running job to the end of its lease', () => {
  const running = job({ status: 'running', leaseToken: 't', leaseEndsAtMs: nowMs + 50_000 });
  expect(decideDue(running, nowMs, at)).toEqual({ kind: 'postpone', patch: { alarm: { kind: 'rescue', dueAtMs: nowMs + 50_000 } } });
});

it.each([
  ['whose message was lost', job({})],
  ['whose worker died', job({ status: 'running', leaseToken: 't', leaseEndsAtMs: nowMs - 1 })],
  ['whose sleep is over', job({ status: 'waiting', leaseToken: 't' })],
])('wakes a job %s', (_which, overdue) => {
  expect(decideDue(overdue, nowMs, at)).toEqual({
    kind: 'wake',
    patch: { alarm: { kind: 'rescue', dueAtMs: nowMs + 120_000 } },
    delaySeconds: 0,
  });
});

it('wakes a scheduled job with the exact delay when its time is near', () => {
  const near = job({ status: 'scheduled', notBeforeMs: nowMs + 90_000, alarm: { kind: 'timer', dueAtMs: nowMs + 90_000 } });
  expect(decideDue(near, nowMs + 90_000, at)).toMatchObject({ kind: 'wake', delaySeconds: 90 });
});

it('ends a job past its deadline if it has nothing to clean up, and else wakes it to clean up', () => {
  const late = job({ deadlineMs: nowMs });
  expect(decideDue(late, nowMs, { ...at, mayEnd: true })).toEqual({ kind: 'expire' });
  expect(decideDue({ ...late, leaseToken: 't' }, nowMs, at)).toMatchObject({ kind: 'wake', delaySeconds: 0 });
});

it('moves a due job of a paused type to its rescue partition, without a message', () => {
  const scheduled = job({ status: 'scheduled', notBeforeMs: nowMs + 30_000, alarm: { kind: 'timer', dueAtMs: nowMs } });
  const patch = { alarm: { kind: 'rescue', dueAtMs: nowMs + 150_000 } };
  expect(decideDue(scheduled, nowMs, { ...at, isPaused: true })).toEqual({ kind: 'postpone', patch });
});
