/** Wake-ups over SQS: one standard queue a job type, fair between owners. */
import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { sha256Hex } from '../core/job/ids.ts';
import type { WakeUpQueues } from '../core/job/ports.ts';
import { encodeWakeUp } from '../core/job/wake-up.ts';
import { truncate } from '../text/truncate.ts';
import { wrapUnavailable } from './unavailable.ts';

export interface QueueUrls {
  readonly url: string;
  readonly deadLetterUrl?: string;
}

/** SQS takes 1 MiB with attributes and all, and a message that is none of ours may have used it up. */
const maxDeadLetterBytes = 1_000_000;

/** @param urls by job type; only of those types that this function may send to */
export function sqsWakeUpQueues(client: SQSClient, urls: Readonly<Record<string, QueueUrls>>): WakeUpQueues {
  const queueOf = (type: string): QueueUrls => {
    const queue = urls[type];
    if (queue === undefined) throw new Error(`This function knows no queue for job type ${type}.`);
    return queue;
  };
  return {
    async wake({ id, type, owner }, delaySeconds) {
      await wrapUnavailable(() =>
        client.send(
          new SendMessageCommand({
            QueueUrl: queueOf(type).url,
            MessageBody: encodeWakeUp(id),
            DelaySeconds: delaySeconds,
            // Makes a standard queue fair between owners. At most 128 characters, so the owner's hash.
            // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
            MessageGroupId: sha256Hex(owner).slice(0, 32),
          }),
        ),
      );
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
