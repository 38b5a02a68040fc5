import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { type MetricName, metricNamespace } from '../../lambdas/core/control/metrics.ts';

export interface JobMetricOptions {
  /** @default the sum */
  readonly statistic?: string;
  /** @default 5 */
  readonly minutes?: number;
  readonly label?: string;
}

/** The metrics that the functions of a deployment log. */
export class JobMetrics {
  private readonly deploymentName: string;

  constructor(deploymentName: string) {
    this.deploymentName = deploymentName;
  }

  ofDeployment(metricName: MetricName, options?: JobMetricOptions): Metric {
    return metric(metricName, { stage: this.deploymentName }, options);
  }

  ofType(type: string, metricName: MetricName, options?: JobMetricOptions): Metric {
    return metric(metricName, { stage: this.deploymentName, type }, options);
  }
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
