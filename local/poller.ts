/** Lambda's SQS trigger on this machine: receives, invokes the handler with a batch, deletes what it did not report. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import type { WorkerHandler } from '../lambdas/worker/sqs-handler.ts';

export interface Poller {
  /** Takes no more work and warns running handlers that their time is nearly over; after `patienceMs` it interrupts them. */
  stop(patienceMs: number): Promise<void>;
}

/** Read at each use, so that they may change meanwhile. */
export type InvocationLimits = Pick<JobTypeContract, 'timeoutSeconds' | 'batchSize' | 'concurrency'>;

export interface PollerOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly limits: InvocationLimits;
  readonly handler: WorkerHandler;
}

/** The time for the last writes of interrupted handlers. */
const lastWritesMs = 1_000;

export function startPoller(options: PollerOptions): Poller {
  const poller = new QueuePoller(options);
  const polling = poller.poll();
  return {
    async stop(patienceMs) {
      poller.stopping.abort();
      await polling;
      await poller.idle(patienceMs);
      poller.interrupting.abort();
      await poller.idle(lastWritesMs);
    },
  };
}

class QueuePoller {
  readonly stopping = new AbortController();
  readonly interrupting = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly options: PollerOptions;

  constructor(options: PollerOptions) {
    this.options = options;
  }

  async poll(): Promise<void> {
    const { signal } = this.stopping;
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    while (!signal.aborted) {
      if (this.running.size >= this.options.limits.concurrency) await Promise.race([...this.running, stopped]);
      else await this.receive().catch(() => sleep(500, undefined, { signal }).catch(() => undefined));
    }
  }

  /** Resolves when no handler runs, or after `patienceMs`. */
  async idle(patienceMs: number): Promise<void> {
    await Promise.race([Promise.all(this.running), sleep(patienceMs, undefined, { ref: false })]);
  }

  private async receive(): Promise<void> {
    const { client, queueUrl, limits } = this.options;
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: limits.batchSize,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['All'],
    });
    const { Messages = [] } = await client.send(command, { abortSignal: this.stopping.signal });
    if (Messages.length === 0) return;
    if (this.stopping.signal.aborted) return giveBack(client, queueUrl, Messages);
    const invocation = this.invoke(Messages)
      .catch(() => undefined) // not acknowledged, so it comes again
      .finally(() => this.running.delete(invocation));
    this.running.add(invocation);
  }

  private async invoke(messages: readonly Message[]): Promise<void> {
    const { client, queueUrl, limits, handler } = this.options;
    const endsAtMs = Date.now() + limits.timeoutSeconds * 1000;
    const context = {
      getRemainingTimeInMillis: () => (this.stopping.signal.aborted ? 0 : Math.max(0, endsAtMs - Date.now())),
      hostStopping: this.interrupting.signal,
    };
    const { batchItemFailures } = await handler({ Records: messages.map(toRecord) }, context);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
    if (done.length === 0) return;
    const Entries = done.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

async function giveBack(client: SQSClient, QueueUrl: string, messages: readonly Message[]): Promise<void> {
  await Promise.all(
    messages.map(({ ReceiptHandle }) => client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))),
  );
}

function toRecord({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }: Message): SQSRecord {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: {
      ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? '1',
      ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? '',
      SenderId: Attributes.SenderId ?? '',
      SentTimestamp: Attributes.SentTimestamp ?? '',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: 'us-east-1',
  };
}
