import { Duration, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type EventSourceMappingOptions, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import { queueLimits } from '../lambdas/core/contract/queue-limits.ts';
import type { DeploymentContext } from './deployment-context.ts';

export interface JobQueueProps {
  readonly contract: JobTypeContract;
  /** Invocations at once, in place of the contract's number. */
  readonly concurrency?: number;
  /** Provisioned pollers, which bound the invocations in place of a number of them. */
  readonly pollers?: { readonly min: number; readonly max: number };
  readonly context: DeploymentContext;
}

/** A job type's queue with its dead-letter queue. */
export class JobQueue extends Construct {
  readonly type: string;
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  /** Whether the type is the service's own. */
  readonly isInternal: boolean;
  private readonly batchSize: number;
  private readonly scaling: Pick<EventSourceMappingOptions, 'maxConcurrency' | 'provisionedPollerConfig'>;

  constructor(scope: Construct, id: string, { contract, concurrency, pollers, context: { key } }: JobQueueProps) {
    super(scope, id);
    this.type = contract.name;
    this.isInternal = contract.isInternal === true;
    this.batchSize = contract.batchSize;
    this.scaling =
      pollers === undefined
        ? { maxConcurrency: concurrency ?? contract.concurrency }
        : { provisionedPollerConfig: { minimumPollers: pollers.min, maximumPollers: pollers.max } };
    const { visibilitySeconds, maxReceiveCount, retentionDays } = queueLimits(contract);
    const encryption = key === undefined ? { encryption: QueueEncryption.SQS_MANAGED } : { encryptionMasterKey: key };
    const common = { ...encryption, enforceSSL: true, retentionPeriod: Duration.days(retentionDays) };
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', common);
    Validations.of(this.deadLetterQueue).acknowledge({
      id: 'Serverless::Serverless-SQSRedrivePolicy',
      reason: 'It is the dead-letter queue.',
    });
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
    const trigger = new EventSourceMapping(this, 'Trigger', {
      target: worker,
      eventSourceArn: this.queue.queueArn,
      batchSize: this.batchSize,
      ...this.scaling,
      reportBatchItemFailures: true,
    });
    Validations.of(trigger).acknowledge({
      id: 'Serverless::Serverless-LambdaEventSourceMappingDestination',
      reason: 'For streams. What a queue cannot deliver goes to its dead-letter queue.',
    });
    // The first three are Lambda's own, which polls as the function: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    this.grant(worker, this.queue, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility');
    this.grant(worker, this.deadLetterQueue, 'sqs:SendMessage');
  }

  grantWakeUp(grantee: IGrantable): Grant {
    return this.grant(grantee, this.queue, 'sqs:SendMessage');
  }

  grantReadDepth(grantee: IGrantable): Grant {
    return this.grant(grantee, this.queue, 'sqs:GetQueueAttributes');
  }

  private grant(grantee: IGrantable, { queueArn }: Queue, ...actions: string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [queueArn] });
  }
}
