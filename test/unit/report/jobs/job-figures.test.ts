/** Figures that were computed by hand, and those that other places of the product say. */

import { retryAfterSeconds } from '../../../../lambdas/api/resources/job-resource.ts';
import type { Job } from '../../../../lambdas/core/job/job.ts';
import { internalTypes } from '../../../../lambdas/jobs/internal-types.ts';
import { askedLooks, askedMs } from '../../../../report/jobs/asked-pace.ts';
import { calmHourShare } from '../../../../report/jobs/calm-hours.ts';
import { collectLooks, withHeldSubmissions } from '../../../../report/jobs/job-looks.ts';
import { internalTypeNames, recordOf } from '../../../../report/jobs/job-record.ts';
import { dollarText, percentText, timeText } from '../../../../report/jobs/job-words.ts';
import { clockReaders, ownerOfCaller } from '../../../../report/jobs/look-readers.ts';
import { lagCurve } from '../../../../report/jobs/look-survival.ts';
import { boundedShare, nearestRank, quantileHigh, shareDifference } from '../../../../report/jobs/one-sided-bounds.ts';
import { pollingPace } from '../../../../report/jobs/polling-pace.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { listPrices } from './job-history.ts';

const atMs = Date.UTC(2026, 10, 2);
const iso = (ms: number) => new Date(atMs + ms).toISOString();
const shown = {
  id: 'job_a',
  type: 'import',
  owner: 'ann',
  status: 'succeeded',
  attempt: 1,
  error: null,
  createdAt: iso(0),
  notBefore: iso(0),
  startedAt: iso(500),
  finishedAt: iso(3_000),
  deadline: iso(60_000),
  expiresAt: iso(9e9),
  parent: null,
  schedule: null,
  retryOf: null,
  webhook: null,
  timeline: [{ at: iso(0), event: 'queued' }],
  cost: null,
};
const request = (path: string, startMs: number, more: Partial<LoggedRequest> = {}): LoggedRequest => ({
  method: 'GET',
  path,
  startMs: atMs + startMs,
  waitMs: 20,
  status: 200,
  outcome: 'ok',
  callerKind: 'user',
  agentKind: 'program',
  caller: 'ann',
  ...more,
});
const recordsFrom = (jobs: readonly object[]) => jobs.flatMap((job) => recordOf({ ...shown, ...job }) ?? []);
const logOf = (requests: readonly LoggedRequest[], ids = ['job_a', 'job_b']) => {
  const collector = collectLooks(new Set(ids));
  for (const one of requests) collector.visit(one);
  return collector.finish();
};

it('computes the bounds of Wilson', () => {
  // z = 1.645: (0.5 ± 1.645 · √(0.25/100 + 2.706/40000) + 2.706/200) / 1.02706
  expect(boundedShare(50, 100).low).toBeCloseTo(0.4189, 3);
  expect(boundedShare(50, 100).high).toBeCloseTo(0.5811, 3);
  // Without any: z² / (n + z²).
  expect(boundedShare(0, 100)).toMatchObject({ low: 0, estimate: 0 });
  expect(boundedShare(0, 100).high).toBeCloseTo(2.7055 / 102.7055, 4);
  expect(boundedShare(0, 0)).toEqual({ count: 0, of: 0, estimate: null, low: 0, high: 1 });
  expect(shareDifference(boundedShare(90, 100), boundedShare(85, 100)).low).toBe(0);
});

it('needs 59 values for an upper bound of the 95th percentile', () => {
  const values = (n: number) => Array.from({ length: n }, (_, i) => i);
  expect(quantileHigh(values(58), 0.95)).toBeNull();
  expect(quantileHigh(values(59), 0.95)).toBe(58);
  expect(quantileHigh(values(1_000), 0.95)).toBe(961);
  expect(nearestRank(values(20), 0.95)).toBe(18);
});

it('keeps jobs without a look yet in the curve', () => {
  // Kaplan-Meier by hand: 1 of 4 at 1 s; one censored at 2 s; 1 of 2 at 3 s: 1 − 3/4 · 1/2.
  const curve = lagCurve([
    { ms: 1_000, isLooked: true },
    { ms: 2_000, isLooked: false },
    { ms: 3_000, isLooked: true },
    { ms: 9_000, isLooked: false },
  ]);
  expect([curve.quantileMs(0.25), curve.quantileMs(0.6), curve.quantileMs(0.7)]).toEqual([1_000, 3_000, null]);
  const many = lagCurve(Array.from({ length: 200 }, (_, i) => ({ ms: i < 100 ? 1_000 : 5_000, isLooked: i < 100 })));
  expect(many.lookedWithin(2_000).estimate).toBeCloseTo(0.5, 6);
  expect(many.lookedWithin(2_000).high).toBeCloseTo(boundedShare(100, 200).high, 3);
  expect(many.lookedWithin(1e9).estimate).toBeCloseTo(0.5, 1);
});

it.each([
  [0, 4],
  [1, 4],
  [3, 4],
  [5, 4],
  [30, 4],
  [100_000, 4],
  [0, 0.2],
])('asks at an age of %d s as the API does (%d s typical)', (ageSeconds, typicalSeconds) => {
  const job = { createdAtMs: atMs, notBeforeMs: atMs } as Job;
  expect(askedMs(ageSeconds * 1_000, typicalSeconds * 1_000)).toBe(
    retryAfterSeconds(job, typicalSeconds, atMs + ageSeconds * 1_000) * 1_000,
  );
});

it('counts the looks of who keeps the pace: at 4, 6, 9, 14, 21 and 32 s', () => expect(askedLooks(35_000, 4_000)).toBe(6));

it('takes the first start that was possible, which pauses of the work move', () => {
  const dueOf = (job: object) => recordsFrom([job])[0]?.dueMs;
  expect(dueOf({})).toBe(atMs);
  expect(dueOf({ notBefore: iso(400), startedAt: iso(500) })).toBe(atMs + 400);
  expect(dueOf({ notBefore: iso(2_000) })).toBe(atMs);
  expect(dueOf({ notBefore: iso(2_000), timeline: [{ event: 'scheduled' }, { event: 'started' }] })).toBeUndefined();
  expect(dueOf({ notBefore: iso(2_000), timeline: [{ event: 'queued' }, { event: 'waiting' }, { event: 'started' }] })).toBeUndefined();
});

it('reads what the API shows, and leaves out work of the service', () => {
  expect(internalTypeNames).toEqual(internalTypes.map(({ name }) => name).sort());
  expect(recordOf({ ...shown, type: 'group' })).toBeUndefined();
  expect(recordOf({})).toBeUndefined();
  expect(
    recordsFrom([{ webhook: { url: 'x', events: ['ended'] } }, { parent: 'job_p', id: 'b' }, { webhook: { events: ['started'] } }]).map(
      ({ isPushed }) => isPushed,
    ),
  ).toEqual([true, true, false]);
  expect(recordsFrom([{ status: 'failed', error: { code: 'deadline_exceeded' } }])[0]).toMatchObject({
    end: 'failed',
    hasMissedDeadline: true,
  });
});

it('takes what the API answers with for a look, and nothing else', () => {
  const log = logOf([
    request('/v1/jobs/job_a', 10),
    request('/v1/jobs/job_a/result', 20),
    request('/v1/jobs/job_a/events', 30),
    request('/v1/jobs/job_a', 40, { waitMs: 5_000 }),
    request('/prod/v1/jobs/job_a/files/report.csv', 50, { status: 303 }),
    request('/v1/jobs/job_a', 60, { status: 404 }),
    request('/v1/jobs/job_a/cancel', 70, { method: 'POST' }),
    request('/v1/jobs/job_a', 80, { agentKind: 'bot' }),
    request('/v1/jobs', 90),
    request('/v1/jobs/job_unknown', 95),
  ]);
  expect(log.byJob.get('job_a')?.map(({ kind }) => kind)).toEqual(['job', 'result', 'held', 'held', 'result']);
  expect([log.requests, log.looks, log.lists, log.byJob.size]).toEqual([10, 6, 1, 1]);
});

it('gives a submission that was held to the job that ended meanwhile', () => {
  const [a, b] = [{}, { id: 'job_b', createdAt: iso(100), finishedAt: iso(90_000) }];
  const log = withHeldSubmissions(
    logOf([request('/v1/jobs', -10, { method: 'POST', waitMs: 3_050 }), request('/v1/jobs', 90, { method: 'POST', status: 202 })]),
    recordsFrom([b, a]),
  );
  expect([...log.byJob.keys()]).toEqual(['job_a']);
});

it('counts looks that came sooner than asked, by the same caller', () => {
  const job = { id: 'job_a', createdMs: atMs, dueMs: atMs, finishedMs: atMs + 20_000, expiresMs: undefined };
  const at = (ms: number, caller = 'ann') => ({ fromMs: atMs + ms, toMs: atMs + ms, caller, kind: 'job', isUnchanged: false }) as const;
  // Asked for at 10 s of a typical 10 s: 5 s.
  expect(pollingPace(job, [at(10_000), at(12_000), at(15_500), at(15_600, 'bob'), at(21_000)], 10_000, 1)).toEqual({
    looks: 4,
    asked: 2,
    early: 2,
    unchanged: 0,
    heldSeconds: 0,
  });
});

it('recognises who looks by the clock, and the owner behind a session', () => {
  const jobs = Array.from({ length: 12 }, (_, i) => ({ id: `job_${i}`, createdAt: iso(i * 61_700), finishedAt: iso(i * 61_700 + 20_000) }));
  const looks = (startOf: (i: number) => number) =>
    jobs.flatMap(({ id }, i) => [0, 5_000, 10_000].map((ms) => request(`/v1/jobs/${id}`, startOf(i) + ms)));
  const ids = jobs.map(({ id }) => id);
  expect(
    clockReaders(
      logOf(
        looks((i) => Math.ceil((i * 61_700) / 5_000) * 5_000),
        ids,
      ),
      recordsFrom(jobs),
    ).size,
  ).toBe(1);
  expect(
    clockReaders(
      logOf(
        looks((i) => i * 61_700 + 1_000),
        ids,
      ),
      recordsFrom(jobs),
    ).size,
  ).toBe(0);
  expect(ownerOfCaller('arn:aws:sts::123456789012:assumed-role/team/me')).toBe('arn:aws:iam::123456789012:role/team');
});

it('finds work that could have waited for a calm hour', () => {
  const weekMs = 7 * 86_400_000;
  const jobs = Array.from({ length: 100 }, (_, i) => ({
    id: `job_${i}`,
    createdAt: iso(9 * 3_600_000 + i),
    finishedAt: iso(9 * 3_600_000 + 1_000 + i),
    deadline: iso((i < 40 ? 11 : 9.5) * 3_600_000),
  }));
  expect(calmHourShare(recordsFrom(jobs))).toBeNull();
  const share = calmHourShare(
    recordsFrom([
      ...jobs,
      {
        id: 'job_z',
        createdAt: iso(weekMs + 9 * 3_600_000),
        finishedAt: iso(weekMs + 9 * 3_600_000 + 1),
        deadline: iso(weekMs + 9.1 * 3_600_000),
      },
    ]),
  );
  expect([share?.count, share?.of]).toEqual([40, 101]);
});

it('prices a look as docs/cost.md does', () => {
  expect(listPrices.lookUsd * 1e6).toBeCloseTo(1.82, 2);
  // A wait of 20 s: docs/http-api.md.
  expect(listPrices.lookUsd + 20 * listPrices.heldSecondUsd).toBeCloseTo(0.000137, 5);
});

it('writes numbers with their units', () => {
  expect([350, 1_440, 43_000, 90_000, 7.2e6, 2e8, null].map(timeText)).toEqual(['350 ms', '1.4 s', '43 s', '90 s', '2 h', '2.3 days', '–']);
  expect([0, 0.0004, 0.034, 0.5, null].map(percentText)).toEqual(['0 %', '0.04 %', '3.4 %', '50 %', '–']);
  expect([0, 0.0000123, 1.5, 12_345].map(dollarText)).toEqual(['0 USD', '0.000012 USD', '1.50 USD', '12,345 USD']);
});
