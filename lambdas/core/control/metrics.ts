/** The metrics, and how they follow from a job's record. */
import type { ClaimOrigin, Job } from '../job/job.ts';
import type { JobStatus } from '../job/states.ts';

/** Every metric there is, with its CloudWatch unit. Dimensions: `stage`; `type`, where it is about jobs of one; `code`, of `Failed`. */
export const metricUnits = {
  /** New jobs, without replayed submissions. */
  Accepted: 'Count',
  /** Times of schedules that made no job; the log line says why. */
  FiringsSkipped: 'Count',
  /** Jobs, at their first claim. */
  Started: 'Count',
  Succeeded: 'Count',
  /** 1 for a job that failed, 0 for one that succeeded: the sum is their number, the average their share. */
  Failed: 'Count',
  Cancelled: 'Count',
  /** Failed attempts that another one follows. */
  Retried: 'Count',
  /** Workers that died or froze while they held a job. */
  WorkersLost: 'Count',
  /** Jobs whose wake-up never came, found by the clock. */
  LostSendsRecovered: 'Count',
  /** The time from when a job may start until it starts. */
  TimeToStart: 'Milliseconds',
  /** From acceptance, of a delayed job from its start, until its end. */
  TimeToFinish: 'Milliseconds',
  /** How long the most overdue job had been waiting for the clock. */
  ClockLag: 'Milliseconds',
  /** For how long the oldest job that no worker has taken had been allowed to start or go on, as far as the clock saw. */
  OldestWait: 'Milliseconds',
  /** Messages that a worker moved to a dead-letter queue, for people to look at. */
  DeadLetters: 'Count',
  /** For how long a job had ended when its end could not be announced, once more. */
  AnnouncementLag: 'Milliseconds',
} as const;

export const metricNamespace = 'Delegation';

/** Counted for the whole deployment, since an alarm of CloudWatch cannot add many types up: what alarms watch, and how long jobs take. */
export const deploymentMetrics: readonly MetricName[] = [
  'Failed',
  'WorkersLost',
  'LostSendsRecovered',
  'TimeToStart',
  'TimeToFinish',
  'ClockLag',
  'OldestWait',
  'DeadLetters',
  'AnnouncementLag',
];

/**
 * What every job counts, also if all is well. By type it is counted only where the setting `metrics` asks for that: each set of dimensions that is
 * written to is a metric on the bill. What counts a fault is always counted by type, since it costs something only while there are faults.
 */
export const metricsOfEveryJob: readonly MetricName[] = ['Accepted', 'Started', 'Succeeded', 'TimeToStart', 'TimeToFinish'];

/** About no job type. */
export const metricsWithoutType: readonly MetricName[] = ['ClockLag', 'OldestWait'];

export type MetricName = keyof typeof metricUnits;
export type MetricValues = Partial<Record<MetricName, number>>;

export interface Metrics {
  /** Writes one log line with metrics in it. @param about `type` and `code` are dimensions, the rest is for readers alone */
  put(message: string, numbers: MetricValues, about: Readonly<Record<string, unknown>>): void;
}

/** @returns the trace that a log line belongs to, under the name that OpenTelemetry uses in logs; nothing without a trace */
export function traceFields(traceparent: string | undefined): { readonly trace_id?: string } {
  const traceId = traceparent?.split('-')[1];
  return traceId === undefined ? {} : { trace_id: traceId };
}

/** The fields of every log line about a job. */
export function jobFields({ id, type, owner, traceparent }: Job): Readonly<Record<string, unknown>> {
  return { job: id, type, owner, ...traceFields(traceparent) };
}

const endMetrics: Partial<Record<JobStatus, MetricName>> = { succeeded: 'Succeeded', failed: 'Failed', cancelled: 'Cancelled' };

/** What an end says. @returns nothing for a job that has not ended */
export function metricsForEnd(job: Job): MetricValues {
  const name = endMetrics[job.status];
  if (name === undefined) return {};
  // A success counts as no failure, so that the average of `Failed` is the share of failures.
  return {
    [name]: 1,
    ...(name === 'Succeeded' ? { Failed: 0 } : {}),
    TimeToFinish: Math.max(0, (job.finishedAtMs ?? 0) - measuredFromMs(job)),
  };
}

/** @returns what one run of a job counts. @param claim the job when the run started @param after the job when the run ended */
export function metricsForRun({ job: claimed, origin }: { readonly job: Job; readonly origin: ClaimOrigin }, after: Job): MetricValues {
  const { createdAtMs, notBeforeMs, startedAtMs = 0 } = claimed;
  return {
    ...(origin === 'first' ? { Started: 1, TimeToStart: Math.max(0, startedAtMs - Math.max(createdAtMs, notBeforeMs)) } : {}),
    ...(origin === 'takeover' ? { WorkersLost: 1 } : {}),
    ...(after.attempt > claimed.attempt ? { Retried: 1 } : {}),
    ...metricsForEnd(after),
  };
}

function measuredFromMs({ startAtMs, startedAtMs, createdAtMs }: Job): number {
  return startAtMs === undefined ? createdAtMs : (startedAtMs ?? createdAtMs);
}
