import type { JobsReport } from '../../../../report/jobs/jobs-report.ts';
import { reportOf, seeded, simulate, type TypePlan, verdictsOf } from './job-history.ts';

const day = 86_400_000;
const base = { jobs: 400, queueMs: 100, deadlineMs: 20_000 } as const;

/** Types with the verdict that is true of them. */
const truths: readonly (readonly [TypePlan, string])[] = [
  [{ ...base, type: 'slow-and-watched', reader: 'waits', runMs: 30_000, queueMs: 4_000, deadlineMs: 300_000 }, 'needs to be faster'],
  [{ ...base, type: 'late', reader: 'comes later', runMs: 2_000, late: 0.05 }, 'needs to be faster'],
  [{ ...base, type: 'quick-and-watched', reader: 'waits', runMs: 300, deadlineMs: 4_000 }, 'should not have been delegated'],
  [{ ...base, type: 'held', reader: 'waits held', runMs: 400, queueMs: 50, deadlineMs: 5_000 }, 'should not have been delegated'],
  [{ ...base, type: 'ignored', reader: 'ignores', runMs: 5_000 }, 'result is not read'],
  [{ ...base, type: 'for-tomorrow', reader: 'comes later', runMs: 4_000, deadlineMs: 40_000 }, 'could be cheaper'],
  [{ ...base, type: 'hurried', reader: 'hurries', runMs: 6_000, everyMs: 300 }, 'polls too much'],
  [{ ...base, type: 'decorated', reader: 'waits', runMs: 3_000, deadlineMs: day }, 'deadline is decoration'],
  [{ ...base, type: 'fine', reader: 'waits', runMs: 4_000 }, 'as it should be'],
  [{ ...base, type: 'pushed', reader: 'webhook', runMs: 4_000 }, 'as it should be'],
  [{ ...base, type: 'swept', reader: 'by the clock', runMs: 30_000, deadlineMs: 100_000, everyMs: 5_000 }, 'polls too much'],
  [{ ...base, type: 'cancelled', reader: 'waits', runMs: 4_000, cancelled: 0.4 }, 'as it should be'],
  [{ ...base, type: 'rare', reader: 'waits', runMs: 4_000, jobs: 12 }, 'too little'],
];
const plans = truths.map(([plan]) => plan);
const expected = (of: typeof truths) => Object.fromEntries(of.map(([{ type }, verdict]) => [type, [verdict]]));

it('finds the truth of each type, also where a wall screen looks at all and the log has whole seconds', () => {
  expect(verdictsOf(reportOf(simulate(plans, 1)))).toEqual(expected(truths));
  expect(verdictsOf(reportOf(simulate(plans, 2, { resolutionMs: 1_000, dashboard: true })))).toEqual(expected(truths));
});

it('finds the truth of two types in each of 200 histories', () => {
  const wrong: string[] = [];
  for (let seed = 1; seed <= 200; seed++) {
    const of = [truths[seed % truths.length], truths[(seed * 5 + 3) % truths.length]].flatMap((one, i, all) =>
      one === undefined || all.indexOf(one) !== i ? [] : [one],
    );
    const sized = of.map(([plan, truth]) => [{ ...plan, jobs: Math.min(plan.jobs, 300) }, truth] as const);
    const found = verdictsOf(
      reportOf(
        simulate(
          sized.map(([plan]) => plan),
          seed,
          { resolutionMs: seed % 3 === 0 ? 1_000 : 1 },
        ),
      ),
    );
    for (const [{ type }, truth] of sized) if (String(found[type]) !== truth) wrong.push(`${seed} ${type}: ${found[type]}`);
  }
  // Each rule may err at its 95 % bound; these types are far from it.
  expect(wrong).toEqual([]);
});

it('says what is open where there is no access log', () => {
  const report = reportOf(simulate(plans, 1), false);
  const found = verdictsOf(report);
  expect([found['late'], found['decorated'], found['ignored'], found['rare']]).toEqual([
    ['needs to be faster'],
    ['deadline is decoration'],
    ['needs the access log'],
    ['too little'],
  ]);
  expect(report.missing).toContain('aws logs');
  expect(report.types.every(({ looks, cost }) => looks === null && cost.millionPollsUsd === null)).toBe(true);
});

it('names no job, no owner and no caller', () => {
  const text = JSON.stringify(reportOf(simulate(plans, 3, { dashboard: true })));
  expect(text).not.toMatch(/job_[0-9a-z]{26}|arn:aws:(iam|sts)|team-\d|session-\d|secret text|example\.com/);
});

it('is the same for every order of jobs and lines, and in every run', () => {
  const history = simulate(plans.slice(0, 4), 4);
  const random = seeded(9);
  const shuffled = <Item>(items: readonly Item[]) =>
    items
      .map((item) => ({ item, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  const report = JSON.stringify(reportOf(history));
  expect(JSON.stringify(reportOf({ jobs: shuffled(history.jobs), requests: shuffled(history.requests) }))).toBe(report);
  expect(JSON.stringify(reportOf({ jobs: [...history.jobs, ...history.jobs], requests: history.requests }))).toBe(report);
});

it('never loses "polls too much" by more looks', () => {
  const random = seeded(5);
  for (let seed = 1; seed <= 20; seed++) {
    const history = simulate([{ ...base, jobs: 120, type: 'hurried', reader: 'hurries', runMs: 6_000, everyMs: 200 + seed * 60 }], seed);
    const isFired = (report: JobsReport) =>
      report.types[0]?.rules.some(({ verdict, state }) => verdict === 'polls too much' && state === 'fired');
    const more = history.requests.flatMap((request) =>
      request.path.startsWith('/v1/jobs/') && random() < 0.3
        ? [request, { ...request, startMs: request.startMs + Math.floor(random() * 3_000) }]
        : [request],
    );
    const [before, after] = [reportOf(history), reportOf({ ...history, requests: more })];
    if (isFired(before)) expect(isFired(after)).toBe(true);
    const [few, many] = [before, after].map(({ types }) => types[0]?.looks?.polling);
    expect(
      [many?.hurried.count, many?.manyLooks.count].every(
        (count, i) => (count ?? 0) >= ([few?.hurried.count, few?.manyLooks.count][i] ?? 0),
      ),
    ).toBe(true);
  }
});

it('never goes from "needs to be faster" to "as it should be" by longer waits', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const history = simulate(
      [{ ...base, jobs: 150, type: 'slow', reader: seed % 2 === 0 ? 'waits' : 'hurries', runMs: 9_000 + seed * 300, deadlineMs: 90_000 }],
      seed,
    );
    // Accepted earlier, with all else as it was: nothing but the wait is longer.
    const earlier = (time: unknown) => new Date(Date.parse(String(time)) - seed * 1_000).toISOString();
    const longer = history.jobs.map((job) => ({ ...job, createdAt: earlier(job['createdAt']), notBefore: earlier(job['notBefore']) }));
    const requests = history.requests.map((request) =>
      request.method === 'POST' ? { ...request, startMs: request.startMs - seed * 1_000 } : request,
    );
    const [before, after] = [reportOf(history), reportOf({ jobs: longer, requests })].map(({ types }) => types[0]?.verdict);
    if (before === 'needs to be faster') expect(after).toBe('needs to be faster');
  }
});

it('leaves out a log of another API, and says so', () => {
  const [one, other] = [simulate(plans.slice(4, 5), 1), simulate(plans.slice(4, 5), 2)];
  const report = reportOf({ jobs: one.jobs, requests: other.requests });
  expect(report.warnings.map(({ code }) => code)).toEqual(['log_left_out']);
  expect(report.types[0]?.verdict).toBe('needs the access log');
});
