import { catalogue } from '#catalogue';
import { dynamoDbClient, sqsClient } from '../adapters/aws-clients.ts';
import { dynamoDbControlStore } from '../adapters/dynamodb-control-store.ts';
import { dynamoDbJobStore } from '../adapters/dynamodb-job-store.ts';
import { emfMetrics, logMetrics } from '../adapters/emf-metrics.ts';
import { jsonLog } from '../adapters/json-log.ts';
import { sqsWakeUpQueues } from '../adapters/sqs-wake-up-queues.ts';
import { systemRuntime } from '../adapters/system-runtime.ts';
import { readConfig } from '../config.ts';
import { type ClockReport, runClock } from '../core/reconcile/clock.ts';
import { withOpenHandle } from '../open-handle.ts';

const config = readConfig(process.env);
const dynamoDb = dynamoDbClient();
const log = jsonLog(config.logFile);
const ports = {
  store: dynamoDbJobStore(dynamoDb, config.tableName),
  control: dynamoDbControlStore(dynamoDb, config.tableName),
  queues: sqsWakeUpQueues(sqsClient(), config.queues),
  runtime: systemRuntime,
  log,
  metrics: config.stage === undefined ? logMetrics(log) : emfMetrics(config.stage, systemRuntime),
  graceMs: config.graceSeconds * 1000,
  retentionMs: config.retentionDays * 86_400_000,
  periodMs: config.clockSeconds * 1000,
  catalogue,
};

/**
 * Called by a schedule; the event says nothing.
 * @throws Error after a run that could not see to everything, which alarms count: what it could do is done, and the next run is due in a minute
 */
export const handler = withOpenHandle(async (_event: unknown, host: { getRemainingTimeInMillis(): number }): Promise<ClockReport> => {
  const report = await runClock({ ...ports, remainingMs: () => host.getRemainingTimeInMillis() });
  if (report.failed > 0)
    throw new Error(`The clock could not see to everything; ${report.failed} reads or jobs failed: ${JSON.stringify(report)}`);
  return report;
});
