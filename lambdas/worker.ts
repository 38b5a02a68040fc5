/** Makes a job type's Lambda handler: what SQS delivers goes to the engine, and what must come again is reported. */
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { dynamoDbClient, s3Client, sqsClient } from './adapters/aws-clients.ts';
import { dynamoDbJobStore } from './adapters/dynamodb-job-store.ts';
import { jsonLog } from './adapters/json-log.ts';
import { realWorld } from './adapters/real-world.ts';
import { s3FileStore } from './adapters/s3-file-store.ts';
import { s3PayloadStore } from './adapters/s3-payload-store.ts';
import { sqsWakeUpQueues } from './adapters/sqs-wake-up-queues.ts';
import { readConfig } from './config.ts';
import type { Delegated, WorkerDefinition } from './core/context.ts';
import type { JobTypeContract } from './core/contract.ts';
import { PermanentError } from './core/errors.ts';
import { canonicalJson } from './core/exact-json.ts';
import type { Job } from './core/job.ts';
import type { RunPorts } from './core/job-run.ts';
import { handleWakeUp } from './core/run.ts';
import { submitJob } from './core/submit.ts';
import { findContract } from './jobs/catalogue.ts';

/** Of Lambda's context, and what another host may add. */
export interface HostContext extends Pick<Context, 'getRemainingTimeInMillis'> {
  readonly hostStopping?: AbortSignal;
}

export type WorkerHandler = (event: SQSEvent, context: HostContext) => Promise<SQSBatchResponse>;

/** The environment is read and the clients are made at the first call, or, in Lambda, at load: INIT has two CPUs at any memory size. */
export function worker<Contract extends JobTypeContract>(contract: Contract, definition: WorkerDefinition<Contract>): WorkerHandler {
  let wired = process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined ? undefined : wireWorker(contract);
  return async (event, context) => {
    wired ??= wireWorker(contract);
    const { sqs, queueUrl, ports } = wired;
    const handleRecord = async (record: SQSRecord): Promise<string | undefined> => {
      const extendVisibility = async (seconds: number) => {
        const VisibilityTimeout = Math.min(43_200, Math.max(0, Math.ceil(seconds)));
        await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: record.receiptHandle, VisibilityTimeout }));
      };
      try {
        const delivery = {
          body: record.body,
          receiveCount: Number(record.attributes.ApproximateReceiveCount),
          remainingMs: () => context.getRemainingTimeInMillis(),
          extendVisibility,
          ...(context.hostStopping === undefined ? {} : { hostStopping: context.hostStopping }),
        };
        const disposition = await handleWakeUp(
          { contract, definition: definition as unknown as WorkerDefinition<JobTypeContract> },
          delivery,
          ports,
        );
        if (disposition.kind === 'acknowledge') return undefined;
        await extendVisibility(disposition.afterSeconds);
      } catch (error) {
        ports.log.error('A message could not be handled and will come again.', { messageId: record.messageId, error: String(error) });
      }
      return record.messageId;
    };
    const failed = await Promise.all(event.Records.map(handleRecord));
    return { batchItemFailures: failed.flatMap((itemIdentifier) => (itemIdentifier === undefined ? [] : [{ itemIdentifier }])) };
  };
}

function wireWorker(contract: JobTypeContract): { readonly sqs: SQSClient; readonly queueUrl: string; readonly ports: RunPorts } {
  const config = readConfig(process.env);
  const queueUrl = config.queues[contract.name]?.url;
  if (queueUrl === undefined) throw new Error(`DELEGATION_QUEUES names no queue for ${contract.name}.`);
  const [sqs, s3] = [sqsClient(), s3Client()];
  const ports = {
    store: dynamoDbJobStore(dynamoDbClient(), config.tableName),
    queues: sqsWakeUpQueues(sqs, config.queues),
    payloads: s3PayloadStore(s3, config.bucketName),
    files: s3FileStore(s3, config.bucketName),
    world: realWorld,
    log: jsonLog(config.logFile),
    settings: config.settings,
    leaseMs: config.leaseSeconds * 1000,
    graceMs: config.graceSeconds * 1000,
    retentionMs: config.retentionDays * 86_400_000,
  };
  return { sqs, queueUrl, ports: { ...ports, delegateFor: (job) => (name, delegated) => delegate(job, name, delegated, ports) } };
}

/** The key is made of the delegating job and the name, so no replay makes a second job; no caller's key can hold a NUL. */
async function delegate(
  job: Job,
  name: string,
  { type, input, startAt }: Delegated,
  ports: Omit<RunPorts, 'delegateFor'>,
): Promise<string> {
  const contract = findContract(type);
  const parsed = contract?.input.safeParse(input);
  const [fault] = parsed?.success === true ? (contract?.check?.(parsed.data, ports.settings) ?? []) : [];
  if (contract === undefined || !parsed?.success || fault !== undefined) {
    const why = fault === undefined ? parsed?.error?.message : `${fault.pointer}: ${fault.detail}`;
    const message = contract === undefined ? `There is no job type ${type}.` : `The input is not one that ${type} takes: ${why}`;
    throw new PermanentError(message, { code: 'invalid_delegation' });
  }
  const submitted = await submitJob(
    {
      owner: job.owner,
      contract,
      input: parsed.data,
      idempotencyKey: `\0delegated by ${job.id}: ${name}`,
      fingerprint: canonicalJson({ type, input, startAt }),
      ...(startAt === undefined ? {} : { startAtMs: Date.parse(startAt) }),
    },
    ports,
  );
  if (submitted.kind === 'key-reused') {
    throw new PermanentError(`This job already delegated something else under the name "${name}".`, { code: 'invalid_delegation' });
  }
  return submitted.job.id;
}
