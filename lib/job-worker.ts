import type { Architecture, IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { JobTypeContract } from '../lambdas/core/contract.ts';
import type { Settings } from '../lambdas/core/settings.ts';
import type { JobQueue } from './job-queue.ts';
import type { JobTable } from './job-table.ts';
import type { PayloadBucket } from './payload-bucket.ts';
import { toPolicyStatement } from './permission.ts';
import { serviceFunction } from './service-function.ts';

export interface JobWorkerProps {
  readonly contract: JobTypeContract;
  readonly settings: Settings;
  readonly architecture: Architecture;
  readonly environment: Readonly<Record<string, string>>;
  readonly table: JobTable;
  readonly bucket: PayloadBucket;
  readonly queue: JobQueue;
  /** The queues of the types that it delegates to. */
  readonly delegatesTo: readonly JobQueue[];
}

/** A job type's function: fed by its queue, with the permissions of its contract and no others. */
export class JobWorker extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, props: JobWorkerProps) {
    super(scope, id);
    const { contract, settings, architecture, environment, table, bucket, queue, delegatesTo } = props;
    const { name, timeoutSeconds, memoryMiB, ephemeralStorageMiB, nativeModules = [] } = contract;
    const worker = serviceFunction(this, {
      description: `Delegation: does ${name} jobs`,
      entry: `lambdas/jobs/${name}/worker.ts`,
      architecture,
      environment,
      timeoutSeconds,
      memoryMiB,
      nativeModules,
      sendsToItself: true,
      ...(ephemeralStorageMiB === undefined ? {} : { ephemeralStorageMiB }),
    });
    queue.deliverTo(worker);
    queue.grantWakeUp(worker);
    table.grantChange(worker);
    bucket.grantWork(worker);
    if (delegatesTo.length > 0) table.grantCreate(worker);
    for (const other of delegatesTo) other.grantWakeUp(worker);
    for (const statement of contract.permissions(settings)) {
      if (statement.resources.length > 0) worker.addToRolePolicy(toPolicyStatement(this, statement));
    }
    this.function = worker;
  }
}
