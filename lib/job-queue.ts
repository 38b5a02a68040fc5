import { Duration } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { JobTypeContract } from '../lambdas/core/contract.ts';
import { queueNumbers } from '../lambdas/core/queue-numbers.ts';

export interface JobQueueProps {
  readonly contract: JobTypeContract;
}

/** A job type's queue with its dead-letter queue. */
export class JobQueue extends Construct {
  private readonly queue: Queue;
  private readonly deadLetterQueue: Queue;
  private readonly contract: JobTypeContract;

  constructor(scope: Construct, id: string, { contract }: JobQueueProps) {
    super(scope, id);
    this.contract = contract;
    const { visibilitySeconds, maxReceiveCount, retentionDays } = queueNumbers(contract);
    const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, retentionPeriod: Duration.days(retentionDays) };
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(visibilitySeconds),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount },
    });
  }

  get url(): string {
    return this.queue.queueUrl;
  }

  get deadLetterUrl(): string {
    return this.deadLetterQueue.queueUrl;
  }

  /** Delivers messages to the type's worker, with partial batch responses; the concurrency is capped, so that no backlog starves the account. */
  deliverTo(worker: IFunction): void {
    const { batchSize, concurrency } = this.contract;
    worker.addEventSource(new SqsEventSource(this.queue, { batchSize, maxConcurrency: concurrency, reportBatchItemFailures: true }));
    this.queue.grant(worker, 'sqs:ChangeMessageVisibility');
    this.deadLetterQueue.grant(worker, 'sqs:SendMessage');
  }

  grantWakeUp(grantee: IGrantable): Grant {
    return this.queue.grant(grantee, 'sqs:SendMessage');
  }

  grantReadDepth(grantee: IGrantable): Grant {
    return this.queue.grant(grantee, 'sqs:GetQueueAttributes');
  }
}
