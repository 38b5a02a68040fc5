/** What the looks at one type's jobs say, from the access log. */

import type { LookLog } from './job-looks.ts';
import type { JobRecord } from './job-record.ts';
import type { LookFacts } from './jobs-report.ts';
import { type Lag, type LagCurve, lagCurve } from './look-survival.ts';
import { boundedShare, shareDifference } from './one-sided-bounds.ts';
import { pollingPace } from './polling-pace.ts';
import { type WatchedJob, watchedEnd } from './watched-ends.ts';

const weekMs = 7 * 86_400_000;
const manyLooks = 10;
const margin = { many: 1.5, hurried: 2, afterEndMs: 2_000 };

export interface TypeLooks {
  readonly facts: LookFacts;
  readonly lags: LagCurve;
  readonly looks: number;
  readonly excessLooks: number;
  readonly heldSeconds: number;
}

type Ended = JobRecord & WatchedJob;

/**
 * @param ended jobs of one type that succeeded or failed
 * @param log without dashboards
 * @param byClock callers who look by the clock, who do not count as waiting
 */
export function measureLooks(ended: readonly JobRecord[], typicalMs: number, log: LookLog, byClock: ReadonlySet<string>): TypeLooks {
  const jobs = ended.flatMap((job): Ended[] =>
    job.finishedMs === undefined ? [] : [{ ...job, dueMs: job.dueMs ?? job.createdMs, finishedMs: job.finishedMs }],
  );
  const looksAt = ({ id }: Ended) => log.byJob.get(id) ?? [];
  const whole = jobs.filter(({ createdMs, finishedMs }) => createdMs >= log.fromMs && finishedMs + margin.afterEndMs <= log.toMs);
  const ends = whole.map((job) =>
    watchedEnd(
      job,
      looksAt(job).filter(({ caller = '' }) => !byClock.has(caller)),
      typicalMs,
      log,
    ),
  );
  const compared = ends.filter(({ control }) => control !== null);
  const watched = boundedShare(compared.filter(({ isWatched }) => isWatched).length, compared.length);
  const control = boundedShare(
    compared.reduce((sum, end) => sum + (end.control ?? 0), 0),
    compared.length,
  );
  const paces = whole.map((job) => pollingPace(job, looksAt(job), typicalMs, log.resolutionMs));
  const sum = (numberOf: (pace: (typeof paces)[number]) => number) => paces.reduce((total, pace) => total + numberOf(pace), 0);
  const looks = sum((pace) => pace.looks);
  const lags = lagCurve(
    jobs
      .filter(({ isPushed, finishedMs }) => !isPushed && finishedMs >= log.fromMs && finishedMs <= log.toMs)
      .map((job) => lagOf(job, log)),
  );
  return {
    lags,
    looks,
    excessLooks: sum((pace) => Math.max(0, pace.looks - pace.asked)),
    heldSeconds: sum((pace) => pace.heldSeconds),
    facts: {
      jobs: whole.length,
      watched,
      control,
      waitedFor: shareDifference(watched, control),
      lagMs: { p10: lags.quantileMs(0.1), p50: lags.quantileMs(0.5) },
      neverRead: neverRead(jobs, log),
      polling: {
        meanLooks: whole.length === 0 ? 0 : looks / whole.length,
        meanAsked: whole.length === 0 ? 0 : sum((pace) => pace.asked) / whole.length,
        manyLooks: boundedShare(
          paces.filter((pace) => pace.looks >= manyLooks && pace.looks > margin.many * pace.asked).length,
          whole.length,
        ),
        hurried: boundedShare(paces.filter(({ early }) => early >= margin.hurried).length, whole.length),
        unchangedShare: looks === 0 ? null : sum((pace) => pace.unchanged) / looks,
      },
    },
  };
}

/** A log of whole seconds says when a look was at the latest: in doubt it saw the end. */
function lagOf(job: Ended, log: LookLog): Lag {
  const first = (log.byJob.get(job.id) ?? []).find(({ toMs }) => toMs + log.resolutionMs > job.finishedMs);
  if (first !== undefined) return { ms: Math.max(0, first.fromMs - job.finishedMs), isLooked: true };
  return { ms: Math.min(log.toMs, job.expiresMs ?? log.toMs) - job.finishedMs, isLooked: false };
}

/** Results that a caller has to fetch, a week after the end: only jobs with a week of log behind them. */
function neverRead(jobs: readonly Ended[], log: LookLog) {
  const of = jobs.filter(
    ({ end, isPushed, finishedMs, expiresMs = Number.POSITIVE_INFINITY }) =>
      end === 'succeeded' && !isPushed && finishedMs >= log.fromMs && Math.min(finishedMs + weekMs, expiresMs) <= log.toMs,
  );
  const unread = of.filter((job) => {
    const lag = lagOf(job, log);
    return !lag.isLooked || lag.ms > weekMs;
  });
  return boundedShare(unread.length, of.length);
}
