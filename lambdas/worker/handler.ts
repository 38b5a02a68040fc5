/** Makes a job type's Lambda handler. What workers elsewhere import as `delegation-aws/worker`. */
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { dynamoDbGateStore } from '../adapters/dynamodb-gate-store.ts';
import { s3FileStore } from '../adapters/s3-file-store.ts';
import { s3UploadReader } from '../adapters/s3-upload-reader.ts';
import type { WorkerDefinition } from '../core/contract/context.ts';
import type { JobTypeContract } from '../core/contract/contract.ts';
import type { Log } from '../core/contract/log.ts';
import type { EngineDeps } from '../core/run/handle-wake-up.ts';
import { RunningJobs } from '../core/run/running-jobs.ts';
import { webhookOfRun } from '../jobs/deliver-webhook/webhook-of-run.ts';
import { loadedAtOnce } from '../loaded-at-once.ts';
import { withOpenHandle } from '../open-handle.ts';
import { wireEngine, wireSubmissions } from '../wiring.ts';
import { endProcess } from './end-process.ts';
import { sqsHandler, type WorkerHandler } from './sqs-handler.ts';

export type { CleanUpContext, JobContext, WaitReason, WorkerDefinition } from '../core/contract/context.ts';
export { JobInterruptedError, PermanentError, RetryableError, WaitTimedOutError } from '../core/contract/errors.ts';
export type { Log } from '../core/contract/log.ts';
export type { WorkerHandler } from './sqs-handler.ts';

/** One for the process: in the local mode the workers of all types share it. */
const runningJobs = new RunningJobs();

let isListening = false;

/**
 * Logs the jobs that ran when worker code left an error unhandled. In Lambda the process then ends, as Node ends it; the local mode is one
 * process for everything and goes on.
 */
function logUnhandled(log: Log): void {
  if (isListening) return;
  isListening = true;
  const logError = (error: unknown) =>
    log.error('Worker code left an error unhandled.', { code: 'unhandled_error', error, jobs: runningJobs.jobs() });
  // A listener to the errors themselves would keep the process alive: Lambda's runtime client for Node.js 24 has none of its own.
  for (const event of isLambda() ? ['uncaughtExceptionMonitor'] : ['unhandledRejection', 'uncaughtException']) process.on(event, logError);
}

const isLambda = () => process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined;

/** The environment is read and the clients are made at the first call, or, in Lambda, at load: INIT has two CPUs at any memory size. */
export function worker<Contract extends JobTypeContract>(contract: Contract, definition: WorkerDefinition<Contract>): WorkerHandler {
  return internalWorker(contract, () => definition);
}

/** What the service's own job types get besides their context: the engine's ports. */
export type ServiceDeps = ReturnType<typeof wireSubmissions>['deps'];

/** Makes the handler of a job type of the service itself. */
export function internalWorker<Contract extends JobTypeContract>(
  contract: Contract,
  definitionOf: (deps: ServiceDeps) => WorkerDefinition<Contract>,
): WorkerHandler {
  const wire = () => createHandler(contract, definitionOf as unknown as (deps: ServiceDeps) => WorkerDefinition<JobTypeContract>);
  let handler = isLambda() ? wire() : undefined;
  return (event, host) => {
    handler ??= wire();
    return handler(event, host);
  };
}

function createHandler(contract: JobTypeContract, definitionOf: (deps: ServiceDeps) => WorkerDefinition<JobTypeContract>): WorkerHandler {
  const engine = wireEngine(process.env, loadedAtOnce);
  const { config, sqs } = engine;
  const QueueUrl = config.queues[contract.name]?.url;
  if (QueueUrl === undefined) throw new Error(`DELEGATION_QUEUES names no queue for ${contract.name}.`);
  const { s3, deps } = wireSubmissions(engine);
  logUnhandled(deps.log);
  const engineDeps: EngineDeps = {
    ...deps,
    files: s3FileStore(s3, config.bucketName),
    uploadReader: s3UploadReader(s3, config.bucketName),
    gates: dynamoDbGateStore(engine.dynamoDb, config.tableName),
    runningJobs,
    followRun: config.settings.webhooks && webhookOfRun(deps, loadedAtOnce.deliveries),
  };
  const handler = sqsHandler({ contract, definition: definitionOf(deps) }, engineDeps, {
    async changeVisibility(ReceiptHandle, VisibilityTimeout) {
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
    },
    // Lambda then starts a new environment. The local mode is one process for everything, so it is not ended.
    endProcess: isLambda() ? endProcess : undefined,
  });
  return withOpenHandle(handler);
}
