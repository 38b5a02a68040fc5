import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { QueueUrls } from '../lambdas/adapters/sqs-wake-up-queues.ts';
import { defaultTimes, writeConfig } from '../lambdas/config.ts';
import type { Settings } from '../lambdas/core/contract/runtime-settings.ts';
import { contract as deliverWebhook, secretVariable } from '../lambdas/jobs/deliver-webhook/contract.ts';
import { createDeploymentContext, type DeploymentContext } from './deployment-context.ts';
import { deploymentNameOf } from './deployment-name.ts';
import { JobQueue } from './job-queue.ts';
import { JobTable } from './job-table.ts';
import { deployedInternalJobTypes, type JobType } from './job-type.ts';
import { runtimeSettings } from './parse-settings.ts';
import { PayloadBucket } from './payload-bucket.ts';
import type { DelegationSettings } from './settings.ts';
import { WebhookSecret } from './webhook-signing.ts';

/** What the API, the clock and the workers share. */
export interface SharedParts {
  readonly settings: DelegationSettings;
  readonly jobTypes: readonly JobType[];
  readonly internalTypes: readonly JobType[];
  /** Undefined where webhooks are off. */
  readonly webhookSecret: WebhookSecret | undefined;
  readonly deploymentName: string;
  readonly runtime: Settings;
  readonly context: DeploymentContext;
  readonly table: JobTable;
  readonly bucket: PayloadBucket;
  readonly queues: ReadonlyMap<string, JobQueue>;
}

/** Creates what every function uses: the table, the bucket, and a queue for each type, those of the service included. */
export function createSharedParts(scope: Construct, jobTypes: readonly JobType[], settings: DelegationSettings): SharedParts {
  const deploymentName = deploymentNameOf(scope);
  const context = createDeploymentContext(scope, settings);
  const table = new JobTable(scope, 'Jobs', { context, warmJobsPerSecond: settings.warmThroughput?.jobsPerSecond });
  const bucket = new PayloadBucket(scope, 'Payloads', {
    retentionDays: settings.retentionDays,
    corsOrigins: settings.corsOrigins,
    context,
  });
  const runtime = { ...runtimeSettings(settings), deployment: deploymentName };
  const webhookSecret = settings.webhooks === undefined ? undefined : new WebhookSecret(scope, 'Webhooks', context);
  const internalTypes = deployedInternalJobTypes(runtime).map((jobType) => withSecret(jobType, webhookSecret));
  const queues = [...jobTypes, ...internalTypes].map(({ contract }) => {
    const { [contract.name]: concurrency } = settings.concurrency;
    const { [contract.name]: pollers } = settings.pollers;
    return new JobQueue(scope, `Queue-${contract.name}`, {
      contract,
      context,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(pollers === undefined ? {} : { pollers }),
    });
  });
  return {
    settings,
    jobTypes,
    deploymentName,
    internalTypes,
    webhookSecret,
    runtime,
    context,
    table,
    bucket,
    queues: new Map(queues.map((queue) => [queue.type, queue])),
  };
}

/** Names the secret to the worker that signs with it. */
function withSecret(jobType: JobType, webhooks: WebhookSecret | undefined): JobType {
  if (jobType.contract !== deliverWebhook || webhooks === undefined) return jobType;
  return { ...jobType, environment: { [secretVariable]: webhooks.secret.secretArn } };
}

/** @param urls of the queues that the function sends to @returns its variables, as `readConfig` reads them */
export function environmentOf(
  scope: Construct,
  urls: Readonly<Record<string, QueueUrls>>,
  { settings, runtime, deploymentName, table, bucket }: SharedParts,
): Record<string, string> {
  const { retentionDays, leaseSeconds, graceSeconds, events } = settings;
  const { clockSeconds } = defaultTimes;
  const names = { tableName: table.tableName, bucketName: bucket.bucketName, settings: runtime };
  // The URLs are known only at deployment, so CloudFormation puts the text together.
  return {
    ...writeConfig({
      ...names,
      leaseSeconds,
      graceSeconds,
      clockSeconds,
      retentionDays,
      deploymentName,
      queues: {},
      ...(events === undefined ? {} : { events }),
      metricsByType: settings.metrics === 'types',
    }),
    DELEGATION_QUEUES: Stack.of(scope).toJsonString(urls),
  };
}
