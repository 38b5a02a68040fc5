import type { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { JobQueue } from './job-queue.ts';
import type { JobTable } from './job-table.ts';
import { serviceFunction } from './service-function.ts';

export interface ClockProps {
  readonly architecture: Architecture;
  readonly environment: Readonly<Record<string, string>>;
  /** Whole minutes: the finest schedule that EventBridge has is one. */
  readonly every: Duration;
  readonly table: JobTable;
  readonly queues: readonly JobQueue[];
}

/** Wakes what is overdue, at a fixed rate. */
export class Clock extends Construct {
  constructor(scope: Construct, id: string, { architecture, environment, every, table, queues }: ClockProps) {
    super(scope, id);
    const clock = serviceFunction(this, {
      description: 'Delegation: wakes overdue jobs',
      entry: 'lambdas/clock/handler.ts',
      architecture,
      environment,
      timeoutSeconds: 55,
      memoryMiB: 256,
    });
    table.grantFindDue(clock);
    table.grantChange(clock);
    for (const queue of queues) {
      queue.grantWakeUp(clock);
      queue.grantReadDepth(clock);
    }
    new Rule(this, 'Schedule', { schedule: Schedule.rate(every), targets: [new LambdaFunction(clock, { retryAttempts: 0 })] });
  }
}
