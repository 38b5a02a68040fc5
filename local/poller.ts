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

/** The time for the last writes of interrupted handlers. */
const lastWritesMs = 1_000;

export function startPoller(client: SQSClient, queueUrl: string, contract: InvocationLimits, handler: WorkerHandler): Poller {
  const stopping = new AbortController();
  const interrupting = new AbortController();
  const running = new Set<Promise<void>>();

  const invoke = async (messages: readonly Message[]): Promise<void> => {
    const endsAtMs = Date.now() + contract.timeoutSeconds * 1000;
    const context = {
      getRemainingTimeInMillis: () => (stopping.signal.aborted ? 0 : Math.max(0, endsAtMs - Date.now())),
      hostStopping: interrupting.signal,
    };
    const { batchItemFailures } = await handler({ Records: messages.map(toRecord) }, context);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
    if (done.length === 0) return;
    const Entries = done.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  };

  const receive = async (): Promise<void> => {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: contract.batchSize,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['All'],
    });
    const { Messages = [] } = await client.send(command, { abortSignal: stopping.signal });
    if (Messages.length === 0) return;
    if (stopping.signal.aborted) return giveBack(client, queueUrl, Messages);
    const invocation = invoke(Messages)
      .catch(() => undefined) // not acknowledged, so it comes again
      .finally(() => running.delete(invocation));
    running.add(invocation);
  };

  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (running.size >= contract.concurrency) await Promise.race([...running, stopped]);
      else await receive().catch(() => sleep(500, undefined, { signal: stopping.signal }).catch(() => undefined));
    }
  };
  const polling = poll();

  return {
    async stop(patienceMs) {
      stopping.abort();
      await polling;
      await Promise.race([Promise.all(running), sleep(patienceMs, undefined, { ref: false })]);
      interrupting.abort();
      await Promise.race([Promise.all(running), sleep(lastWritesMs, undefined, { ref: false })]);
    },
  };
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
