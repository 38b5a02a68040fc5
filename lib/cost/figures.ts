/** Figures that the bill needs besides the calls of each path of a job, which are in `lambdas/ledger.ts`. */
import type { MetricName } from '../../lambdas/core/control/metrics.ts';
import { endedItemBytes } from '../../lambdas/ledger.ts';

/** A run of the clock where no job is unfinished and there is no schedule, in DynamoDB's requests: an eventually consistent read without results costs half a unit. */
export const idleClockRun = {
  /** The states of the job types, read consistently. */
  controlReads: 1,
  /** The index of alarms is read, at most one entry. */
  indexReads: 1,
} as const;

/** What a run needs besides where a job is unfinished or there is a schedule, and nothing is overdue, with the default of `indexPartitions`. */
export const busyClockRun = {
  /** Queries of `timer#0…7`, and one of `schedule`. */
  queries: 9,
  /** Queries of `rescue#type#0…7`, for each job type. */
  queriesOfType: 8,
  /** The depth of its queue, for each job type: a request to SQS. */
  depthsOfType: 1,
} as const;

/** Seconds between two heartbeats. A job that ends before the first one pays for none. */
export const heartbeatSeconds = (leaseSeconds: number) => Math.min(15, leaseSeconds / 4);

/** Seconds between two reads of the job types' states by one environment in use, independent of the number of its jobs. */
export const stateReadSeconds = 10;

/** Upper bounds for a small job. Tests compare them with what is really written. */
export const bytes = {
  /** The item of an ended job, without its input. */
  item: endedItemBytes,
  /** The entry in `listing`, and the 100 bytes that DynamoDB adds to each item and entry. */
  besideItem: 400,
  /** The item of the delivery of a small job's webhook, with its entry in `listing`. */
  delivery: 3_500,
  /** The log line of an accepted job; like each line below, with the 26 bytes that CloudWatch adds. */
  acceptedLine: 400,
  /** The log line of each attempt. */
  runLine: 820,
  /** The line of the request in the access log. */
  accessLine: 560,
} as const;

/** What a job counts if it succeeds at once: for the deployment (`deploymentMetrics`), and by type where the setting `metrics` asks for that. */
export const countedOfJob: readonly MetricName[] = ['Accepted', 'Started', 'TimeToStart', 'Succeeded', 'Failed', 'TimeToFinish'];
