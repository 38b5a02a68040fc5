/** Numbers of a type's queue, for the stack and the local mode. */
import type { JobTypeContract } from './contract.ts';

export interface QueueLimits {
  readonly visibilitySeconds: number;
  readonly maxReceiveCount: number;
  readonly retentionDays: number;
}

/**
 * Six times the function's time-out, as AWS asks for, so that a throttled batch is not delivered twice meanwhile; a running job's heartbeat
 * shortens it to its lease. The receive count is for poison only: throttled invocations raise it as well, attempts are counted in the record.
 * A message may wait as long as SQS keeps one.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
 */
export function queueLimits({ timeoutSeconds }: Pick<JobTypeContract, 'timeoutSeconds'>): QueueLimits {
  return { visibilitySeconds: 6 * timeoutSeconds, maxReceiveCount: 1_000, retentionDays: 14 };
}
