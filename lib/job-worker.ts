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
  /** The queues of the types whose jobs it may wake or create. */
  readonly sendsTo: readonly JobQueue[];
  /** Whether a job that it ends may hold a place of a concurrency key, which it then gives to the next in line. */
  readonly endsKeyedJobs: boolean;
  /** Whether it creates the deliveries of the webhooks of the jobs that it ends. */
  readonly sendsWebhooks: boolean;
}

function withoutEvents({ eventBusArn: _, ...context }: DeploymentContext): DeploymentContext {
  return context;
}

/** A job type's function: fed by its queue, with the permissions of its contract and no others. */
export class JobWorker extends Construct {
  readonly service: ServiceFunction;

  constructor(scope: Construct, id: string, props: JobWorkerProps) {
    super(scope, id);
    const { jobType, settings, context, environment, table, bucket, queue, delegatesTo, cancels, sendsTo } = props;
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
    if (props.endsKeyedJobs) table.grantFindDue(worker);
    if (cancels.length > 0) table.grantReadMany(worker);
    if (uploads !== undefined) bucket.grantReadUploads(this.service.role);
    if (delegatesTo.length > 0 || props.sendsWebhooks) table.grantCreate(worker);
    if (delegatesTo.some(({ jobType: { contract } }) => contract.uploads !== undefined)) bucket.grantKeepUploads(this.service.role);
    if (delegatesTo.length > 0 && settings.quota !== undefined) table.grantCountJobs(worker);
    for (const other of sendsTo) if (other !== queue) other.grantWakeUp(worker);
    addPermissions(this.service.role, jobType.contract.permissions(settings), jobType.environment);
  }
}
