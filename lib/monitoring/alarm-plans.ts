/** What each alarm watches, and what it means to the person whom it wakes. */
import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { contract as deliverWebhook } from '../../lambdas/jobs/deliver-webhook/contract.ts';
import type { DelegationSettings } from '../settings.ts';
import { apiMetric, type JobMetrics } from './job-metrics.ts';

export interface AlarmPlan {
  readonly id: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** @default greater than the threshold */
  readonly comparison?: ComparisonOperator;
  /** The number of periods that are evaluated. @default 1 */
  readonly periods?: number;
  /** The number of these periods that must be over the threshold. @default all */
  readonly over?: number;
  /** @default not breaching */
  readonly missing?: TreatMissingData;
  /** The meaning and the first thing to do, in a sentence or two. */
  readonly meaning: string;
  /** The anchor of the heading in the runbook. */
  readonly runbook: string;
}

type AlarmSettings = DelegationSettings['alarms'];

export function jobAlarms(metrics: JobMetrics, { failurePercent, lostWorkers, longestWaitMinutes }: AlarmSettings): readonly AlarmPlan[] {
  return [
    {
      id: 'Failures',
      metric: metrics.ofDeployment('Failed', { statistic: Stats.AVERAGE }),
      threshold: failurePercent / 100,
      periods: 3,
      over: 2,
      meaning: `More than ${failurePercent} % of the jobs that end fail. Look for the error code that most of them have.`,
      runbook: 'failures',
    },
    {
      id: 'LostWorkers',
      metric: metrics.ofDeployment('WorkersLost', { minutes: 15 }),
      threshold: lostWorkers,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: 'Workers die or freeze in the middle of jobs: out of memory, out of time, or code that ends its process.',
      runbook: 'lost-workers',
    },
    {
      id: 'JobsWaiting',
      // The clock sees each such job every few minutes, whether its worker is busy, does not start, or loses its messages.
      metric: metrics.ofDeployment('OldestWait', { statistic: Stats.MAXIMUM }),
      threshold: longestWaitMinutes * 60_000,
      periods: 2,
      meaning: `Jobs wait for more than ${longestWaitMinutes} minutes for a worker: more come in than are completed, or workers do not start.`,
      runbook: 'jobs-waiting',
    },
    {
      id: 'DeadLetters',
      metric: metrics.ofDeployment('DeadLetters'),
      threshold: 0,
      meaning:
        'Messages could not be handled and were moved to a dead-letter queue. Their jobs say why; jobs themselves are never in a queue.',
      runbook: 'dead-letters',
    },
  ];
}

export function webhookAlarms(metrics: JobMetrics): readonly AlarmPlan[] {
  return [
    {
      id: 'WebhooksUndeliverable',
      metric: metrics.ofType(deliverWebhook.name, 'Failed'),
      threshold: 0,
      meaning: 'Receivers of webhooks are gone, or took no try in three days. Their owners do not know of the ends of those jobs.',
      runbook: 'webhooks',
    },
  ];
}

export function clockAlarms(clock: IFunction, metrics: JobMetrics): readonly AlarmPlan[] {
  return [
    {
      id: 'ClockStopped',
      metric: clock.metricInvocations({ period: Duration.minutes(5), statistic: Stats.SUM }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
      meaning:
        'The clock has not run for five minutes: delayed jobs do not start, and lost ones are not rescued. Nothing is lost meanwhile.',
      runbook: 'clock',
    },
    {
      id: 'ClockFails',
      metric: clock.metricErrors({ period: Duration.minutes(5), statistic: Stats.SUM }),
      threshold: 3,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: 'Most runs of the clock fail: delayed jobs may not start, and lost ones may not be rescued. Nothing is lost meanwhile.',
      runbook: 'clock',
    },
    {
      id: 'ClockLag',
      metric: metrics.ofDeployment('ClockLag', { statistic: Stats.MAXIMUM }),
      threshold: 600_000,
      periods: 2,
      meaning: 'Jobs wait for the clock for more than ten minutes: it fails, or has more to do than it can handle.',
      runbook: 'clock',
    },
  ];
}

/** Where events are on, so that a deployment without them pays for no alarm that cannot rise. */
export function eventAlarms(metrics: JobMetrics): readonly AlarmPlan[] {
  return [
    {
      id: 'Announcements',
      // The delay between two tries grows to an hour, so a shorter period would be without data in between.
      metric: metrics.ofDeployment('AnnouncementLag', { statistic: Stats.MAXIMUM, minutes: 60 }),
      threshold: 600_000,
      meaning:
        'The end of a job could not be announced for ten minutes: the event bus refuses its event. It is tried again, every hour at last.',
      runbook: 'announcements',
    },
  ];
}

export function callerAlarms(apiId: string, { throttledInvocations, serverErrors }: AlarmSettings): readonly AlarmPlan[] {
  return [
    {
      id: 'Throttles',
      // Without a dimension it counts all functions of the account in this region, since they share one limit.
      metric: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: Stats.SUM, period: Duration.minutes(5) }),
      threshold: throttledInvocations,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: 'The account’s functions are throttled. Jobs only wait, but callers may get errors.',
      runbook: 'throttles',
    },
    {
      id: 'ServerErrors',
      metric: apiMetric(apiId, '5xx'),
      threshold: serverErrors,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: 'Callers get 500 or 503. Jobs that were answered with 202 are safe.',
      runbook: 'server-errors',
    },
  ];
}
