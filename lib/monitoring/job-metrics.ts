import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  deploymentMetrics,
  type MetricName,
  metricNamespace,
  metricsOfEveryJob,
  metricsWithoutType,
} from '../../lambdas/core/control/metrics.ts';
import { DeploymentError } from '../deployment-error.ts';

export interface JobMetricOptions {
  /** @default the sum */
  readonly statistic?: string;
  /** @default 5 */
  readonly minutes?: number;
  readonly label?: string;
}

/** What an app chooses of a metric: CDK's own options, whose defaults are five minutes and a statistic that fits the metric. */
export interface JobMetricProps extends Omit<MetricOptions, 'dimensionsMap'> {
  /** The job type. @default all of the deployment together, for the metrics that are counted so */
  readonly type?: string;
  /** The error code of the jobs, for `Failed` of one type. @default every code */
  readonly code?: string;
}

/** The default statistics of times, whose sum would mean nothing. */
const statistics: Partial<Record<MetricName, string>> = {
  TimeToStart: Stats.percentile(95),
  TimeToFinish: Stats.percentile(95),
  ClockLag: Stats.MAXIMUM,
  OldestWait: Stats.MAXIMUM,
  AnnouncementLag: Stats.MAXIMUM,
};

/** The metrics that the functions of a deployment log. */
export class JobMetrics {
  private readonly deploymentName: string;
  private readonly byType: boolean;

  /** @param byType whether what every job counts is counted by type as well */
  constructor(deploymentName: string, byType: boolean) {
    this.deploymentName = deploymentName;
    this.byType = byType;
  }

  ofDeployment(metricName: MetricName, options?: JobMetricOptions): Metric {
    return metric(metricName, { stage: this.deploymentName }, options);
  }

  ofType(type: string, metricName: MetricName, options?: JobMetricOptions): Metric {
    return metric(metricName, { stage: this.deploymentName, type }, options);
  }

  /** @throws DeploymentError for dimensions that the metric is never written with, by which an alarm would never rise */
  forApp(metricName: MetricName, { type, code, ...options }: JobMetricProps): Metric {
    checkDimensions(metricName, type, code);
    if (type !== undefined && !this.byType && metricsOfEveryJob.includes(metricName))
      throw new DeploymentError(`${metricName} is counted by type where the setting metrics is 'types': set it.`);
    return new Metric({
      statistic: statistics[metricName] ?? Stats.SUM,
      ...options,
      namespace: metricNamespace,
      metricName,
      dimensionsMap: { stage: this.deploymentName, ...(type === undefined ? {} : { type }), ...(code === undefined ? {} : { code }) },
    });
  }
}

function checkDimensions(metricName: MetricName, type: string | undefined, code: string | undefined): void {
  if (type === undefined && !deploymentMetrics.includes(metricName))
    throw new DeploymentError(`The metric ${metricName} is counted by job type alone: name one, { type: '…' }.`);
  if (type !== undefined && metricsWithoutType.includes(metricName))
    throw new DeploymentError(`The metric ${metricName} is about the deployment: it has no type.`);
  if (code !== undefined && (metricName !== 'Failed' || type === undefined))
    throw new DeploymentError('Only Failed of one type is counted by code: name both, { type, code }.');
}

/** API Gateway's count of requests, or of those with an error. */
export function apiMetric(apiId: string, metricName: 'Count' | '4xx' | '5xx'): Metric {
  return new Metric({
    namespace: 'AWS/ApiGateway',
    metricName,
    dimensionsMap: { ApiId: apiId },
    statistic: Stats.SUM,
    period: Duration.minutes(5),
  });
}

function metric(
  metricName: MetricName,
  dimensionsMap: Readonly<Record<string, string>>,
  { statistic = Stats.SUM, minutes = 5, label }: JobMetricOptions = {},
): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName,
    dimensionsMap,
    statistic,
    period: Duration.minutes(minutes),
    ...(label === undefined ? {} : { label }),
  });
}
