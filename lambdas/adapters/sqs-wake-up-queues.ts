/** Wake-ups over SQS: one standard queue a job type, fair between owners. */
import { GetQueueAttributesCommand, SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { sha256Hex } from '../core/job/ids.ts';
import { inGroups } from '../core/job/in-groups.ts';
import type { WakeUpQueues, WakeUpRequest } from '../core/job/ports.ts';
import { encodeWakeUp } from '../core/job/wake-up.ts';
import { truncate } from '../text/truncate.ts';
import { wrapUnavailable } from './unavailable.ts';

export interface QueueUrls {
  readonly url: string;
  readonly deadLetterUrl?: string;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const maxBatchEntries = 10;

/** SQS takes 1 MiB with attributes and all, and a message that is none of ours may have used it up. */
const maxDeadLetterBytes = 1_000_000;

/** @param urls by job type; only of those types that this function may send to */
export function sqsWakeUpQueues(client: SQSClient, urls: Readonly<Record<string, QueueUrls>>): WakeUpQueues {
  const queueOf = (type: string): QueueUrls => {
    const queue = urls[type];
    if (queue === undefined) throw new Error(`This function knows no queue for job type ${type}.`);
    return queue;
  };
  const wake: WakeUpQueues['wake'] = async (job, delaySeconds) => {
    const QueueUrl = queueOf(job.type).url;
    await wrapUnavailable(() => client.send(new SendMessageCommand({ QueueUrl, ...toMessage({ job, delaySeconds }) })));
  };
  return {
    wake,
    async wakeAll(wakeUps) {
      const [first, ...others] = wakeUps;
      if (first === undefined) return;
      if (others.length === 0) return wake(first.job, first.delaySeconds);
      const ofQueue = Map.groupBy(wakeUps, ({ job }) => queueOf(job.type).url);
      const requests = [...ofQueue].flatMap(([QueueUrl, all]) =>
        inGroups(all, maxBatchEntries).map((some) => ({
          QueueUrl,
          Entries: some.map((wakeUp, i) => ({ Id: String(i), ...toMessage(wakeUp) })),
        })),
      );
      const sent = await Promise.allSettled(
        requests.map((request) => wrapUnavailable(() => client.send(new SendMessageBatchCommand(request)))),
      );
      for (const result of sent) if (result.status === 'rejected') throw result.reason;
    },
    async depth(type) {
      const AttributeNames = ['ApproximateNumberOfMessages' as const];
      const { Attributes } = await wrapUnavailable(() =>
        client.send(new GetQueueAttributesCommand({ QueueUrl: queueOf(type).url, AttributeNames })),
      );
      return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    },
    async deadLetter(type, body, reason) {
      const { deadLetterUrl } = queueOf(type);
      if (deadLetterUrl === undefined) throw new Error(`This function knows no dead-letter queue for job type ${type}.`);
      const MessageAttributes = { reason: { DataType: 'String', StringValue: reason } };
      const MessageBody = Buffer.byteLength(body) > maxDeadLetterBytes ? truncate(body, maxDeadLetterBytes / 4) : body;
      await wrapUnavailable(() => client.send(new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody, MessageAttributes })));
    },
  };
}

function toMessage({ job: { id, owner }, delaySeconds }: WakeUpRequest) {
  return {
    MessageBody: encodeWakeUp(id),
    DelaySeconds: delaySeconds,
    // Makes a standard queue fair between owners. At most 128 characters, so the owner's hash.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    MessageGroupId: sha256Hex(owner).slice(0, 32),
  };
}
