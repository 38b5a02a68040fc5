/** Metrics as log lines from which CloudWatch extracts them: no call, no wait. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
import type { Log } from '../core/contract/log.ts';
import {
  deploymentMetrics,
  type MetricName,
  type Metrics,
  type MetricValues,
  metricNamespace,
  metricsOfEveryJob,
  metricUnits,
} from '../core/control/metrics.ts';
import { traceId } from './json-log.ts';

export interface EmfOptions {
  /** The deployment's name, a dimension of every metric. */
  readonly stage: string;
  /** Whether what every job counts is counted by type as well. */
  readonly byType: boolean;
}

export function emfMetrics(
  { stage, byType }: EmfOptions,
  runtime: { readonly nowMs: () => number },
  write: (line: string) => unknown = (line) => process.stdout.write(line),
): Metrics {
  return {
    put(message, numbers, { type, code, ...about }) {
      const names = Object.keys(numbers) as MetricName[];
      const nowMs = runtime.nowMs();
      const hasFailed = (numbers.Failed ?? 0) > 0;
      const isFault = (name: MetricName) => (name === 'Failed' ? hasFailed : !metricsOfEveryJob.includes(name));
      const directives = [
        directive(type === undefined ? [] : names.filter((name) => byType || isFault(name)), ['stage', 'type']),
        directive(
          deploymentMetrics.filter((name) => numbers[name] !== undefined),
          ['stage'],
        ),
        directive(code !== undefined && hasFailed ? ['Failed'] : [], ['stage', 'type', 'code']),
      ].filter(({ Metrics }) => Metrics.length > 0);
      const line = {
        ...(directives.length === 0 ? {} : { _aws: { Timestamp: nowMs, CloudWatchMetrics: directives } }),
        timestamp: new Date(nowMs).toISOString(),
        level: 'INFO',
        message,
        trace: traceId(),
        stage,
        type,
        code,
        ...about,
        ...numbers,
      };
      write(`${JSON.stringify(line)}\n`);
    },
  };
}

function directive(names: readonly MetricName[], dimensions: readonly string[]) {
  return {
    Namespace: metricNamespace,
    Dimensions: [dimensions],
    Metrics: names.map((name) => ({ Name: name, Unit: metricUnits[name] })),
  };
}

/** Writes the same lines to the log, where no deployment is named and nothing counts metrics. */
export function logMetrics(log: Log): Metrics {
  return { put: (message: string, numbers: MetricValues, about) => log.info(message, { ...about, ...numbers }) };
}
