import { join } from 'node:path';
import { Construct } from 'constructs';
import type { Settings } from '../lambdas/core/contract/runtime-settings.ts';
import type { DeploymentContext } from './deployment-context.ts';
import type { JobQueue } from './job-queue.ts';
import type { JobTable } from './job-table.ts';
import type { JobType } from './job-type.ts';
import type { PayloadBucket } from './payload-bucket.ts';
import { addPermissions } from './permissions/permission.ts';
import { type ServiceFunction, serviceFunction } from './service-function.ts';

export interface JobWorkerProps {
  readonly jobType: JobType;
  readonly settings: Settings;
  readonly context: DeploymentContext;
  readonly environment: Readonly<Record<string, string>>;
  readonly table: JobTable;
  readonly bucket: PayloadBucket;
  readonly queue: JobQueue;
  /** The types of the jobs that it creates or wakes, with their queues. */
  readonly delegatesTo: readonly { readonly jobType: JobType; readonly queue: JobQueue }[];
  /** The types of the jobs that it reads and cancels, with their queues. */
  readonly cancels: JobWorkerProps['delegatesTo'];
  /** The queues of the types whose jobs may wait for the end of one of these. */
  readonly parents: readonly JobQueue[];
  /** The queue of groups, which it wakes with the last of their members; undefined where it ends no job that may be one. */
  readonly groups: JobQueue | undefined;
  /** The queue of the deliveries of webhooks, which it creates for the jobs that it ends; undefined where there are none. */
  readonly deliveries?: JobQueue;
}

function withoutEvents({ eventBusArn: _, ...context }: DeploymentContext): DeploymentContext {
  return context;
}

/** A job type's function: fed by its queue, with the permissions of its contract and no others. */
export class JobWorker extends Construct {
  readonly service: ServiceFunction;

  constructor(scope: Construct, id: string, props: JobWorkerProps) {
    super(scope, id);
    const { jobType, settings, context, environment, table, bucket, queue, delegatesTo, cancels, parents, groups, deliveries } = props;
    const { name, timeoutSeconds, memoryMiB, ephemeralStorageMiB, nativeModules = [], files, uploads } = jobType.contract;
    this.service = serviceFunction(this, {
      description: `Delegation: does ${name} jobs`,
      entry: join(jobType.folder, 'worker'),
      name,
      jobTypes: [jobType, ...[...delegatesTo, ...cancels].map((other) => other.jobType)],
      // There are no events of the service's own jobs, and this one ends no others.
      context: jobType.contract.isInternal === true && delegatesTo.length + cancels.length === 0 ? withoutEvents(context) : context,
      environment: { ...jobType.environment, ...environment },
      timeoutSeconds,
      memoryMiB,
      nativeModules,
      sendsToItself: true,
      isInNetwork: true,
      ...(ephemeralStorageMiB === undefined ? {} : { ephemeralStorageMiB }),
    });
    const worker = this.service.function;
    queue.deliverTo(worker);
    queue.grantWakeUp(worker);
    table.grantChange(worker);
    bucket.grantWork(this.service.role);
    if (files !== undefined) bucket.grantFiles(this.service.role, files);
    if (jobType.contract.isInternal === true && delegatesTo.length > 0) table.grantList(worker);
    // Whoever ends a job gives the place of its key to the next in line.
    if ([jobType, ...delegatesTo.map((other) => other.jobType)].some(({ contract }) => contract.keys !== undefined))
      table.grantFindDue(worker);
    if (cancels.length > 0) table.grantReadMany(worker);
    if (uploads !== undefined) bucket.grantReadUploads(this.service.role);
    if (delegatesTo.length > 0 || deliveries !== undefined) table.grantCreate(worker);
    if (delegatesTo.some(({ jobType: { contract } }) => contract.uploads !== undefined)) bucket.grantKeepUploads(this.service.role);
    if (delegatesTo.length > 0 && settings.quota !== undefined) table.grantCountJobs(worker);
    const woken = new Set([...[...delegatesTo, ...cancels].map((one) => one.queue), ...parents, ...(groups === undefined ? [] : [groups])]);
    woken.delete(queue);
    for (const other of woken) other.grantWakeUp(worker);
    deliveries?.grantWakeUp(worker);
    addPermissions(this.service.role, jobType.contract.permissions(settings), jobType.environment);
  }
}
