/** Metrics as log lines from which CloudWatch extracts them: no call, no wait. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
import type { Log } from '../core/contract/log.ts';
import {
  deploymentMetrics,
  type MetricName,
  type Metrics,
  type MetricValues,
  metricNamespace,
  metricUnits,
} from '../core/control/metrics.ts';
import { traceId } from './json-log.ts';

/**
 * @param stage the deployment's name, a dimension of every metric
 */
export function emfMetrics(
  stage: string,
  runtime: { readonly nowMs: () => number },
  write: (line: string) => unknown = (line) => process.stdout.write(line),
): Metrics {
  return {
    put(message, numbers, { type, code, ...about }) {
      const names = Object.keys(numbers) as MetricName[];
      const nowMs = runtime.nowMs();
      const line = {
        _aws: {
          Timestamp: nowMs,
          CloudWatchMetrics: [
            ...(type === undefined ? [] : [directive(names, ['stage', 'type'])]),
            directive(
              deploymentMetrics.filter((name) => numbers[name] !== undefined),
              ['stage'],
            ),
            directive(code !== undefined && (numbers.Failed ?? 0) > 0 ? ['Failed'] : [], ['stage', 'type', 'code']),
          ].filter(({ Metrics }) => Metrics.length > 0),
        },
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
