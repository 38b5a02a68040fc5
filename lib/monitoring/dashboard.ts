import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IWidget,
  type Metric,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { JobQueue } from '../job-queue.ts';
import { apiMetric, type JobMetrics } from './job-metrics.ts';

export interface DashboardProps {
  /** The dashboard's name begins with it. */
  readonly deploymentName: string;
  readonly metrics: JobMetrics;
  readonly alarms: readonly Alarm[];
  readonly apiId: string;
  readonly api: IFunction;
  readonly workers: readonly { readonly queue: JobQueue; readonly function: IFunction }[];
}

/**
 * Draws a first row that shows whether the deployment is healthy, and a row for each type. Ten metrics for each type let four types stay within
 * the 50 of a free dashboard; the alarms cover dead letters and throttles.
 */
export function drawDashboard(scope: Construct, props: DashboardProps): void {
  // Dashboards are global to an account: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
  const dashboardName = `${props.deploymentName}-${Stack.of(scope).region}`;
  const dashboard = new Dashboard(scope, 'Dashboard', { dashboardName });
  dashboard.addWidgets(...overview(props));
  for (const { queue, function: worker } of props.workers) dashboard.addWidgets(...rowOfType(queue, worker, props.metrics));
}

function overview({ metrics, alarms, api, apiId }: DashboardProps): readonly IWidget[] {
  return [
    new AlarmStatusWidget({ title: 'Health', alarms: [...alarms], width: 10, height: 6 }),
    new SingleValueWidget({
      title: 'Jobs ended, in this range',
      metrics: [
        metrics.ofDeployment('Failed', { statistic: Stats.SAMPLE_COUNT, label: 'succeeded or failed' }),
        metrics.ofDeployment('Failed', { label: 'failed' }),
        metrics.ofDeployment('WorkersLost', { label: 'workers lost' }),
        metrics.ofDeployment('LostSendsRecovered', { label: 'lost sends recovered' }),
      ],
      setPeriodToTimeRange: true,
      width: 6,
      height: 6,
    }),
    new GraphWidget({
      title: 'API: responses and durations',
      left: [apiMetric(apiId, 'Count'), apiMetric(apiId, '4xx'), apiMetric(apiId, '5xx')],
      right: [api.metricDuration({ statistic: 'p95', period: Duration.minutes(5), label: 'p95, ms' })],
      width: 8,
      height: 6,
    }),
  ];
}

function rowOfType({ type, queue }: JobQueue, worker: IFunction, metrics: JobMetrics): readonly IWidget[] {
  const graph = (title: string, left: Metric[]) => new GraphWidget({ title, left, width: 6 });
  return [
    new TextWidget({ markdown: `## ${type}`, width: 24, height: 1 }),
    graph('Jobs', [
      metrics.ofType(type, 'Accepted', { label: 'accepted' }),
      metrics.ofType(type, 'Succeeded', { label: 'succeeded' }),
      metrics.ofType(type, 'Failed', { label: 'failed' }),
      metrics.ofType(type, 'Retried', { label: 'retried' }),
    ]),
    graph('Waiting time, ms', [
      metrics.ofType(type, 'TimeToStart', { statistic: 'p95', label: 'to start, p95' }),
      metrics.ofType(type, 'TimeToFinish', { statistic: 'p95', label: 'to end, p95' }),
    ]),
    new GraphWidget({
      title: 'Queue',
      left: [queue.metricApproximateNumberOfMessagesVisible({ label: 'waiting' })],
      right: [queue.metricApproximateAgeOfOldestMessage({ label: 'oldest, s' })],
      width: 6,
    }),
    graph('Worker errors', [worker.metricErrors({ label: 'errors' })]),
  ];
}
