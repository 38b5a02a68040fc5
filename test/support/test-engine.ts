/** The real engine over the emulators, with one small job type whose work a test writes, a clock that it drives, and every SDK call on record. */

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { dynamoDbClient, s3Client, sqsClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbAlarmProbe } from '../../lambdas/adapters/dynamodb-alarm-probe.ts';
import { dynamoDbControlStore } from '../../lambdas/adapters/dynamodb-control-store.ts';
import { dynamoDbGateStore } from '../../lambdas/adapters/dynamodb-gate-store.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb-job-store.ts';
import { dynamoDbQuotaStore } from '../../lambdas/adapters/dynamodb-quota-store.ts';
import { dynamoDbScheduleStore } from '../../lambdas/adapters/dynamodb-schedule-store.ts';
import { dynamoDbTallyStore } from '../../lambdas/adapters/dynamodb-tally-store.ts';
import { dynamoDbUniqueStore } from '../../lambdas/adapters/dynamodb-unique-store.ts';
import { logMetrics } from '../../lambdas/adapters/emf-metrics.ts';
import { s3FileStore } from '../../lambdas/adapters/s3-file-store.ts';
import { s3PayloadStore } from '../../lambdas/adapters/s3-payload-store.ts';
import { s3UploadReader } from '../../lambdas/adapters/s3-upload-reader.ts';
import { s3UploadStore } from '../../lambdas/adapters/s3-upload-store.ts';
import { sqsWakeUpQueues } from '../../lambdas/adapters/sqs-wake-up-queues.ts';
import { clockTimeoutSeconds } from '../../lambdas/config.ts';
import { withAnnouncer } from '../../lambdas/core/announce/family.ts';
import type { WorkerDefinition } from '../../lambdas/core/contract/context.ts';
import { defineJobType, type JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import type { Log } from '../../lambdas/core/contract/log.ts';
import { cancelJob } from '../../lambdas/core/control/cancel.ts';
import { JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import type { TallyDeps } from '../../lambdas/core/control/tally-end.ts';
import { leaveGate } from '../../lambdas/core/gate/enter-gate.ts';
import { gateListener } from '../../lambdas/core/gate/gate-listener.ts';
import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import type { ClockDeps } from '../../lambdas/core/reconcile/clock-run.ts';
import { runClock } from '../../lambdas/core/reconcile/run-clock.ts';
import type { EngineDeps } from '../../lambdas/core/run/handle-wake-up.ts';
import { handleWakeUp, type MessageOutcome } from '../../lambdas/core/run/handle-wake-up.ts';
import type { Delivery } from '../../lambdas/core/run/job-run.ts';
import { RunningJobs } from '../../lambdas/core/run/running-jobs.ts';
import { type Submission, type SubmitResult, submitJob } from '../../lambdas/core/submit/submit-job.ts';
import type { UniqueDeps } from '../../lambdas/core/submit/unique-job.ts';
import * as deliveries from '../../lambdas/jobs/deliver-webhook/announce-end.ts';
import { webhookOfEnd } from '../../lambdas/jobs/deliver-webhook/webhook-of-end.ts';
import { webhookOfRun } from '../../lambdas/jobs/deliver-webhook/webhook-of-run.ts';
import { canonicalJson } from '../../lambdas/text/exact-json.ts';
import { createBuckets, createQueues, createTables, local } from '../../local/resources.ts';
import { everythingAllowed } from '../../testing/test-kit.ts';
import { DrivenRuntime } from './driven-runtime.ts';

export const testContract = defineJobType({
  name: 'test-work',
  description: 'Work that a test writes.',
  version: 1,
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ echo: z.string() }),
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 3,
  backoff: { baseMs: 10_000, capMs: 60_000 },
  typicalSeconds: 1,
  concurrency: 2,
  batchSize: 10,
  memoryMiB: 128,
  permissions: () => [],
});

export type TestWork = WorkerDefinition<typeof testContract>;

export interface SdkCall {
  readonly name: string;
  readonly input: Record<string, unknown>;
  readonly output: Record<string, unknown> | undefined;
}

export const leaseMs = 120_000;
export const graceMs = 120_000;

export type TestSubmission = Partial<Submission> & { readonly idempotencyKey?: string };

export class Engine {
  readonly runtime = new DrivenRuntime();
  readonly calls: SdkCall[] = [];
  readonly logs: string[] = [];
  readonly contract: JobTypeContract;
  readonly tableName: string;
  readonly ports: EngineDeps & ClockDeps & UniqueDeps & TallyDeps;
  readonly queueUrl: string;
  readonly deadLetterUrl: string;
  readonly sqs: SQSClient;
  remainingMs = 60_000;

  private constructor(
    contract: JobTypeContract,
    tableName: string,
    dynamoDb: DynamoDBClient,
    sqs: SQSClient,
    queue: { url: string; deadLetterUrl: string },
  ) {
    this.contract = contract;
    this.tableName = tableName;
    this.sqs = sqs;
    this.queueUrl = queue.url;
    this.deadLetterUrl = queue.deadLetterUrl;
    const s3 = s3Client();
    const write = (message: string, fields?: object) => void this.logs.push(JSON.stringify({ message, ...fields }));
    const log: Log = { info: write, warn: write, error: write };
    const times = { leaseMs, graceMs, retentionMs: 30 * 86_400_000, periodMs: 60_000 };
    const control = dynamoDbControlStore(dynamoDb, tableName);
    const typeStates = new JobTypeStates({ control, runtime: this.runtime, log });
    const records = dynamoDbJobStore(dynamoDb, tableName, () => typeStates.partitionsToWrite());
    const deps = {
      store: { ...records, ...dynamoDbAlarmProbe(dynamoDb, tableName) },
      gates: dynamoDbGateStore(dynamoDb, tableName),
      quotas: dynamoDbQuotaStore(dynamoDb, tableName),
      uniques: dynamoDbUniqueStore(dynamoDb, tableName),
      schedules: dynamoDbScheduleStore(dynamoDb, tableName),
      tallies: dynamoDbTallyStore(dynamoDb, tableName, { runtime: this.runtime, retentionMs: times.retentionMs }),
      queues: sqsWakeUpQueues(sqs, { [contract.name]: queue }, log),
      payloads: s3PayloadStore(s3, local.payloadBucket),
      files: s3FileStore(s3, local.payloadBucket),
      uploads: s3UploadStore(s3, local.payloadBucket),
      uploadReader: s3UploadReader(s3, local.payloadBucket),
      runtime: this.runtime,
      runningJobs: new RunningJobs(),
      log,
      metrics: logMetrics(log),
      settings: everythingAllowed,
      catalogue: [contract],
      control,
      typeStates,
      apiUrl: 'https://delegation.test',
      ...times,
      remainingMs: () => clockTimeoutSeconds * 1000,
    };
    const followRun = webhookOfRun(deps, async () => deliveries);
    const listeners = [gateListener((job) => leaveGate(job, deps)), webhookOfEnd(deps, async () => deliveries)];
    this.ports = { ...withAnnouncer(deps, listeners), followRun };
    for (const client of [dynamoDb, sqs, s3]) this.record(client);
  }

  /** @param tableName another engine's, to share its jobs */
  static async open(changes: Partial<JobTypeContract> = {}, tableName?: string): Promise<Engine> {
    const contract = { ...testContract, name: `test-${Math.random().toString(36).slice(2, 8)}`, ...changes } as unknown as JobTypeContract;
    const [dynamoDb, sqs] = [dynamoDbClient(), sqsClient()];
    await createTables(dynamoDb, tableName ?? contract.name);
    await createBuckets(s3Client());
    const queue = (await createQueues(sqs, process.env['AWS_ENDPOINT_URL_SQS'] ?? '', [contract]))[contract.name];
    if (queue === undefined) throw new Error('no queue');
    return new Engine(contract, tableName ?? contract.name, dynamoDb, sqs, queue);
  }

  /** Submits as the API does: with an idempotency key, a repeat is the same job. */
  submit({ idempotencyKey, ...changes }: TestSubmission = {}): Promise<SubmitResult> {
    const input = changes.input ?? { text: 'hello' };
    const submission = { owner: 'tester', contract: this.contract, input, canonicalBody: canonicalJson(input), ...changes };
    const id = deriveJobId(
      submission.owner,
      idempotencyKey === undefined ? { kind: 'token', token: this.runtime.newToken() } : { kind: 'key', key: idempotencyKey },
    );
    return submitJob(id, submission, this.ports);
  }

  async accept(changes: TestSubmission = {}): Promise<Job> {
    const submitted = await this.submit(changes);
    if (submitted.kind !== 'accepted') throw new Error('not accepted');
    return submitted.job;
  }

  /** Delivers a wake-up as SQS would, straight from the test: once more, late, or made up. */
  deliver(body: string, work: TestWork, changes: Partial<Delivery> = {}): Promise<MessageOutcome> {
    const delivery = { body, receiveCount: 1, remainingMs: () => this.remainingMs, extendVisibility: async () => undefined, ...changes };
    return handleWakeUp(
      { contract: this.contract, definition: work as unknown as WorkerDefinition<JobTypeContract> },
      delivery,
      this.ports,
    );
  }

  wake(job: Pick<Job, 'id'>, work: TestWork, changes?: Partial<Delivery>): Promise<MessageOutcome> {
    return this.deliver(JSON.stringify({ v: 1, id: job.id }), work, changes);
  }

  /** The process that runs a job dies: its lease is over, and another process, with no job in it, takes its place. */
  async killProcess({ id }: Pick<Job, 'id'>): Promise<void> {
    const job = await this.read({ id });
    Object.assign(this.ports, { runningJobs: new RunningJobs() });
    await this.ports.store.write(job, { kind: 'revision', revision: job.revision }, { leaseEndsAtMs: this.runtime.nowMs() - 1 });
  }

  /** Claims a job as a process that then dies or freezes: no heartbeat, no end. @returns its token */
  async die({ id }: Pick<Job, 'id'>): Promise<string> {
    const nowMs = this.runtime.nowMs();
    const leaseToken = this.runtime.newToken();
    const claimed = await this.ports.store.claim(id, { type: this.contract.name, leaseToken, nowMs, leaseEndsAtMs: nowMs + leaseMs });
    if (claimed.kind !== 'claimed') throw new Error(`${id} could not be claimed`);
    return leaseToken;
  }

  async read(job: Pick<Job, 'id'>): Promise<Job> {
    const found = await this.ports.store.get(job.id, 0);
    if (found === undefined) throw new Error(`no job ${job.id}`);
    return found;
  }

  clock() {
    return runClock(this.ports);
  }

  async cancel(job: Job) {
    return cancelJob({ job: await this.read(job), contract: this.contract, canceller: { by: job.owner } }, this.ports);
  }

  /** Receives and deletes all messages of a queue. */
  async drain(url = this.queueUrl): Promise<readonly Message[]> {
    const messages: Message[] = [];
    while (true) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'], VisibilityTimeout: 60 }),
      );
      if (Messages.length === 0) return messages;
      for (const { ReceiptHandle } of Messages) await this.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      messages.push(...Messages);
    }
  }

  /** Sends of wake-ups so far, with their delays. */
  sent(): readonly { readonly body: unknown; readonly delaySeconds: unknown }[] {
    const sends = this.calls.filter(({ name, input }) => name === 'SendMessageCommand' && input['QueueUrl'] === this.queueUrl);
    return sends.map(({ input }) => ({ body: input['MessageBody'], delaySeconds: input['DelaySeconds'] }));
  }

  record(client: DynamoDBClient | SQSClient | S3Client): void {
    const stack = (client as DynamoDBClient).middlewareStack;
    stack.add(
      (next, context) => async (args) => {
        const result = await next(args).catch((error: unknown) => {
          this.calls.push({ name: String(context.commandName), input: args.input as never, output: undefined });
          throw error;
        });
        this.calls.push({ name: String(context.commandName), input: args.input as never, output: result.output as never });
        return result;
      },
      { step: 'initialize' },
    );
  }
}
