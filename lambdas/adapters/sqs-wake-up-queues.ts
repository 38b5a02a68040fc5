/** Wake-ups over SQS: one standard queue a job type, fair between owners. */
import { GetQueueAttributesCommand, SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Log } from '../core/contract/log.ts';
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

/**
 * Each send that fails is logged here, once: whoever sends may leave the job to its alarm, and a permission that is missing would not show otherwise.
 * @param urls by job type; only of those types that this function may send to
 */
export function sqsWakeUpQueues(client: SQSClient, urls: Readonly<Record<string, QueueUrls>>, log: Log): WakeUpQueues {
  const queueOf = (type: string): QueueUrls => {
    const queue = urls[type];
    if (queue === undefined) throw new Error(`This function knows no queue for job type ${type}.`);
    return queue;
  };
  /** @returns what SQS answers @throws what it logged */
  const send = async <T>(type: string, wakeUps: readonly WakeUpRequest[], request: (queueUrl: string) => Promise<T>): Promise<T> => {
    try {
      const { url } = queueOf(type);
      return await wrapUnavailable(() => request(url));
    } catch (error) {
      log.warn(failedSend, { ...fieldsOf(type, wakeUps), error: String(error) });
      throw error;
    }
  };
  const wake: WakeUpQueues['wake'] = async (job, delaySeconds) => {
    const wakeUp = { job, delaySeconds };
    await send(job.type, [wakeUp], (QueueUrl) => client.send(new SendMessageCommand({ QueueUrl, ...toMessage(wakeUp) })));
  };
  const wakeSome = async (type: string, wakeUps: readonly WakeUpRequest[]): Promise<void> => {
    const Entries = wakeUps.map((wakeUp, i) => ({ Id: String(i), ...toMessage(wakeUp) }));
    const { Failed = [] } = await send(type, wakeUps, (QueueUrl) => client.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    const refused = Failed.flatMap(({ Id }) => wakeUps[Number(Id)] ?? []);
    const codes = [...new Set(Failed.map(({ Code }) => Code))];
    if (Failed.length > 0) log.warn(failedSend, { ...fieldsOf(type, refused), error: `SQS refused it: ${codes.join(', ')}` });
  };
  return {
    wake,
    async wakeAll(wakeUps) {
      const [first, ...others] = wakeUps;
      if (first === undefined) return;
      if (others.length === 0) return wake(first.job, first.delaySeconds);
      const ofType = [...Map.groupBy(wakeUps, ({ job }) => job.type)];
      const sends = ofType.flatMap(([type, all]) => inGroups(all, maxBatchEntries).map((some) => wakeSome(type, some)));
      const sent = await Promise.allSettled(sends);
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

const failedSend = 'A wake-up could not be sent; the clock will wake the job.';

/** What a log line says of a send: ids and the type, and nothing that a caller wrote. */
function fieldsOf(type: string, wakeUps: readonly WakeUpRequest[]): Readonly<Record<string, unknown>> {
  const [id, ...others] = wakeUps.map(({ job }) => job.id);
  return others.length === 0 ? { job: id, type } : { jobs: [id, ...others], type };
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
