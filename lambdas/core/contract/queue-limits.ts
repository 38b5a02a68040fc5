/** The settings of a type's queue, for the stack and the local mode. */
import type { JobTypeContract } from './contract.ts';

export interface QueueLimits {
  /** How long a received message is hidden from other consumers, in seconds. */
  readonly visibilitySeconds: number;
  /** Receptions after which a message moves to the dead-letter queue. */
  readonly maxReceiveCount: number;
  /** How long the queue keeps a message, in days. */
  readonly retentionDays: number;
}

/**
 * Derives the settings from a type's time-out. The visibility timeout is six times that, as AWS recommends, so that a throttled batch is not
 * delivered twice meanwhile; the heartbeat of a running job shortens it to its lease. The receive count only catches poison messages: throttled
 * invocations raise it too, and attempts are counted in the record. Messages are kept for SQS's maximum.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
 */
export function queueLimits({ timeoutSeconds }: Pick<JobTypeContract, 'timeoutSeconds'>): QueueLimits {
  return { visibilitySeconds: 6 * timeoutSeconds, maxReceiveCount: 1_000, retentionDays: 14 };
}
