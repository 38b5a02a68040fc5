/** What the records of one type's jobs say: times, slack, retries. A cancelled job is left out: it was ended, so how long it would have taken is not known. */
import { calmHourShare } from './calm-hours.ts';
import type { JobRecord } from './job-record.ts';
import type { Percentiles } from './jobs-report.ts';
import { type BoundedShare, boundedShare, nearestRank } from './one-sided-bounds.ts';

/** A p95 of fewer values is their largest. */
const minForP95 = 20;

export interface TypeMeasures {
  readonly jobs: readonly JobRecord[];
  /** The jobs that succeeded or failed. */
  readonly ended: readonly JobRecord[];
  readonly startDelayMs: Percentiles;
  readonly runMs: Percentiles;
  readonly totalMs: Percentiles;
  /** Times from when a job could start to its end; ascending. */
  readonly totals: readonly number[];
  /** How long such a job takes, by which the API says when to ask again. */
  readonly typicalMs: number;
  readonly waitingShare: number | null;
  readonly retried: BoundedShare;
  readonly missed: BoundedShare;
  /** The share of the time to the deadline that was left at the end; ascending. */
  readonly slacks: readonly number[];
  readonly movable: BoundedShare | null;
}

/** @param jobs of one type */
export function measureRecords(jobs: readonly JobRecord[]): TypeMeasures {
  const ended = jobs.filter(({ end }) => end === 'succeeded' || end === 'failed');
  const startDelays = sortedOf(ended, ({ startedMs, dueMs }) =>
    startedMs === undefined || dueMs === undefined ? undefined : startedMs - dueMs,
  );
  const runs = sortedOf(ended, ({ startedMs, finishedMs }) =>
    startedMs === undefined || finishedMs === undefined ? undefined : finishedMs - startedMs,
  );
  const totals = sortedOf(ended, ({ dueMs, finishedMs }) =>
    dueMs === undefined || finishedMs === undefined ? undefined : finishedMs - dueMs,
  );
  const [waited, taken] = [sumOf(startDelays), sumOf(totals)];
  return {
    jobs,
    ended,
    startDelayMs: percentilesOf(startDelays),
    runMs: percentilesOf(runs),
    totalMs: percentilesOf(totals),
    totals,
    typicalMs: nearestRank(totals, 0.5) ?? 1_000,
    waitingShare: taken === 0 ? null : Math.min(1, waited / taken),
    retried: boundedShare(ended.filter(({ attempts }) => attempts > 1).length, ended.length),
    missed: boundedShare(ended.filter(({ hasMissedDeadline }) => hasMissedDeadline).length, ended.length),
    slacks: sortedOf(ended, slackOf),
    movable: calmHourShare(jobs),
  };
}

/** @returns negative after a deadline that was missed */
function slackOf({ dueMs, createdMs, deadlineMs, finishedMs }: JobRecord): number | undefined {
  const allowedMs = deadlineMs - (dueMs ?? createdMs);
  return finishedMs === undefined || allowedMs <= 0 ? undefined : (deadlineMs - finishedMs) / allowedMs;
}

function sortedOf(jobs: readonly JobRecord[], numberOf: (job: JobRecord) => number | undefined): readonly number[] {
  return jobs.flatMap((job) => numberOf(job) ?? []).sort((a, b) => a - b);
}

function percentilesOf(sorted: readonly number[]): Percentiles {
  return { jobs: sorted.length, p50: nearestRank(sorted, 0.5), p95: sorted.length < minForP95 ? null : nearestRank(sorted, 0.95) };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
