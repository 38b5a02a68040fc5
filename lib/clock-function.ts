import { Duration, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { clockJobsVariable, clockTimeoutSeconds, partitionsVariable } from '../lambdas/config.ts';
import { fewestPartitions, type PartitionCount } from '../lambdas/core/job/index-partitions.ts';
import { defaultJobsPerSweep } from '../lambdas/core/reconcile/limits.ts';
import { handlerEntry } from './build/bundle.ts';
import type { DeploymentContext } from './deployment-context.ts';
import type { JobQueue } from './job-queue.ts';
import type { JobTable } from './job-table.ts';
import type { JobType } from './job-type.ts';
import type { PayloadBucket } from './payload-bucket.ts';
import { clockMemoryMiB } from './scale-settings.ts';
import { type ServiceFunction, serviceFunction } from './service-function.ts';

export interface ClockProps {
  readonly jobTypes: readonly JobType[];
  readonly context: DeploymentContext;
  readonly environment: Readonly<Record<string, string>>;
  /** The time between two runs, in whole minutes: EventBridge's finest rate is one minute. */
  readonly every: Duration;
  readonly table: JobTable;
  readonly bucket: PayloadBucket;
  readonly queues: readonly JobQueue[];
  /** Whether the quota limits the jobs in flight, so that those of an owner are read. */
  readonly countsJobs: boolean;
  /** Jobs that it wakes in one run, of each type. */
  readonly jobsPerRun: number;
  /** Partitions of the indexes, which it announces to the other functions. */
  readonly indexPartitions: PartitionCount;
}

/** The function of the clock, which wakes overdue jobs and fires schedules at a fixed rate. */
export class Clock extends Construct {
  readonly service: ServiceFunction;

  constructor(
    scope: Construct,
    id: string,
    { jobTypes, context, environment, every, table, bucket, queues, countsJobs, jobsPerRun, indexPartitions }: ClockProps,
  ) {
    super(scope, id);
    this.service = serviceFunction(this, {
      description: 'Delegation: wakes overdue jobs',
      entry: handlerEntry('clock'),
      name: 'clock',
      jobTypes,
      context,
      environment: {
        ...environment,
        ...(jobsPerRun === defaultJobsPerSweep ? {} : { [clockJobsVariable]: String(jobsPerRun) }),
        ...(indexPartitions === fewestPartitions ? {} : { [partitionsVariable]: String(indexPartitions) }),
      },
      timeoutSeconds: clockTimeoutSeconds,
      memoryMiB: clockMemoryMiB(jobsPerRun),
    });
    const clock = this.service.function;
    table.grantFindDue(clock);
    table.grantProbeAlarms(clock);
    table.grantChange(clock);
    // A firing of a schedule is a submission.
    table.grantCreate(clock);
    if (countsJobs) table.grantCountJobs(clock);
    bucket.grantWork(this.service.role);
    for (const queue of queues) {
      queue.grantWakeUp(clock);
      queue.grantReadDepth(clock);
    }
    // The schedule's event waits in Lambda's own queue, which would send a failed one twice more, and an old one after hours.
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    clock.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    const schedule = new Rule(this, 'Schedule', {
      schedule: Schedule.rate(every),
      targets: [new LambdaFunction(clock, { retryAttempts: 0 })],
    });
    Validations.of(clock).acknowledge({
      id: 'Serverless::Serverless-LambdaAsyncFailureDestination',
      reason: 'An alarm reports runs that fail, and the next run makes up for them.',
    });
    Validations.of(schedule).acknowledge({
      id: 'Serverless::Serverless-EventBusDLQ',
      reason: 'The next run makes up for one that was missed.',
    });
  }
}
