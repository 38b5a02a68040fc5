/** What each alarm watches, and what it means to the person whom it wakes. */
import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { contract as deliverWebhook } from '../../lambdas/jobs/deliver-webhook/contract.ts';
import type { JobQueue } from '../job-queue.ts';
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

export function jobAlarms(metrics: JobMetrics, { failurePercent, lostWorkers }: AlarmSettings): readonly AlarmPlan[] {
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

export function typeAlarms(
  { type, queue, deadLetterQueue }: JobQueue,
  worker: IFunction,
  { oldestMessageMinutes, lostWorkers }: AlarmSettings,
): readonly AlarmPlan[] {
  return [
    {
      id: `WorkerErrors-${type}`,
      // If a worker does not start, no job counts as lost, and SQS stops counting the age of a message after three receives.
      metric: worker.metricErrors({ period: Duration.minutes(15), statistic: Stats.SUM }),
      threshold: lostWorkers,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      meaning: `Workers of ${type} do not start, or end in the middle: a broken bundle, a missing setting, out of memory or time.`,
      runbook: 'lost-workers',
    },
    {
      id: `DeadLetters-${type}`,
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: Stats.MAXIMUM }),
      threshold: 0,
      meaning: `Messages of ${type} could not be handled and were moved to the dead-letter queue. Their jobs say why; jobs themselves are never in a queue.`,
      runbook: 'dead-letters',
    },
    {
      id: `OldestMessage-${type}`,
      metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5), statistic: Stats.MAXIMUM }),
      threshold: oldestMessageMinutes * 60,
      periods: 2,
      meaning: `Jobs of ${type} wait for more than ${oldestMessageMinutes} minutes for a worker: more come in than are completed.`,
      runbook: 'oldest-message',
    },
  ];
}
