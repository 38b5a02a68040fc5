/** Makes a job type's Lambda handler. What workers elsewhere import as `delegation/worker`. */
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { catalogue } from '#catalogue';
import { dynamoDbClient, s3Client, sqsClient } from '../adapters/aws-clients.ts';
import { dynamoDbControlStore } from '../adapters/dynamodb-control-store.ts';
import { dynamoDbJobStore } from '../adapters/dynamodb-job-store.ts';
import { dynamoDbQuotaStore } from '../adapters/dynamodb-quota-store.ts';
import { emfMetrics, logMetrics } from '../adapters/emf-metrics.ts';
import { jsonLog } from '../adapters/json-log.ts';
import { s3FileStore } from '../adapters/s3-file-store.ts';
import { s3PayloadStore } from '../adapters/s3-payload-store.ts';
import { sqsWakeUpQueues } from '../adapters/sqs-wake-up-queues.ts';
import { systemRuntime } from '../adapters/system-runtime.ts';
import { readConfig } from '../config.ts';
import type { Log, WorkerDefinition } from '../core/contract/context.ts';
import type { JobTypeContract } from '../core/contract/contract.ts';
import { JobTypeStates } from '../core/control/job-type-states.ts';
import type { EngineDeps } from '../core/run/handle-wake-up.ts';
import { runPricesOf, runUsd } from '../core/run/prices.ts';
import { RunningJobs } from '../core/run/running-jobs.ts';
import { withOpenHandle } from '../open-handle.ts';
import { endProcess } from './end-process.ts';
import { sqsHandler, type WorkerHandler } from './sqs-handler.ts';

export type { CleanUpContext, JobContext, Log, WaitReason, WorkerDefinition } from '../core/contract/context.ts';
export { JobInterruptedError, PermanentError, RetryableError, WaitTimedOutError } from '../core/contract/errors.ts';
export type { WorkerHandler } from './sqs-handler.ts';

/** In the local mode the workers of all types share one process. */
const runningJobs = new RunningJobs();

let isListening = false;

/**
 * Logs the jobs that ran when worker code left an error that nobody handles. In Lambda the process then ends, as Node ends it; the local mode is one
 * process for everything and goes on.
 */
function logUnhandled(log: Log): void {
  if (isListening) return;
  isListening = true;
  const logError = (error: unknown) =>
    log.error('Worker code left an error that nobody handled.', { code: 'unhandled_error', error, jobs: runningJobs.jobs() });
  // A listener to the errors themselves would keep the process alive: Lambda's runtime client for Node.js 24 has none of its own.
  for (const event of isLambda() ? ['uncaughtExceptionMonitor'] : ['unhandledRejection', 'uncaughtException']) process.on(event, logError);
}

const isLambda = () => process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined;

/** The environment is read and the clients are made at the first call, or, in Lambda, at load: INIT has two CPUs at any memory size. */
export function worker<Contract extends JobTypeContract>(contract: Contract, definition: WorkerDefinition<Contract>): WorkerHandler {
  const wire = () => createHandler(contract, definition as unknown as WorkerDefinition<JobTypeContract>);
  let handler = isLambda() ? wire() : undefined;
  return (event, host) => {
    handler ??= wire();
    return handler(event, host);
  };
}

function createHandler(contract: JobTypeContract, definition: WorkerDefinition<JobTypeContract>): WorkerHandler {
  const config = readConfig(process.env);
  const QueueUrl = config.queues[contract.name]?.url;
  if (QueueUrl === undefined) throw new Error(`DELEGATION_QUEUES names no queue for ${contract.name}.`);
  const [sqs, s3] = [sqsClient(), s3Client()];
  const dynamoDb = dynamoDbClient();
  const prices = runPricesOf(process.env['AWS_REGION']);
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
  const log = jsonLog(config.logFile);
  logUnhandled(log);
  const ports: EngineDeps = {
    catalogue,
    typeStates: new JobTypeStates({ control: dynamoDbControlStore(dynamoDb, config.tableName), runtime: systemRuntime, log }),
    store: dynamoDbJobStore(dynamoDb, config.tableName),
    quotas: dynamoDbQuotaStore(dynamoDb, config.tableName),
    queues: sqsWakeUpQueues(sqs, config.queues),
    payloads: s3PayloadStore(s3, config.bucketName),
    files: s3FileStore(s3, config.bucketName),
    runtime: systemRuntime,
    runningJobs,
    log,
    metrics: config.stage === undefined ? logMetrics(log) : emfMetrics(config.stage, systemRuntime),
    settings: config.settings,
    estimateUsd: (ms, writes) => runUsd(prices, { memoryMiB: contract.memoryMiB, architecture }, ms, writes),
    leaseMs: config.leaseSeconds * 1000,
    graceMs: config.graceSeconds * 1000,
    retentionMs: config.retentionDays * 86_400_000,
  };
  const handler = sqsHandler({ contract, definition }, ports, {
    async changeVisibility(ReceiptHandle, VisibilityTimeout) {
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
    },
    // Lambda starts a new environment. The local mode is one process for everything and is not ended.
    endProcess: isLambda() ? endProcess : undefined,
  });
  return withOpenHandle(handler);
}
