import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { apiUrlVariable, defaultTimes } from '../lambdas/config.ts';
import type { MetricName } from '../lambdas/core/control/metrics.ts';
import { contract as bulkAction } from '../lambdas/jobs/bulk-action/contract.ts';
import { contract as deliverWebhook } from '../lambdas/jobs/deliver-webhook/contract.ts';
import { contract as group } from '../lambdas/jobs/group/contract.ts';
import { Clock } from './clock-function.ts';
import { DeploymentError } from './deployment-error.ts';
import { HttpApi } from './http-api.ts';
import type { JobQueue } from './job-queue.ts';
import { builtInJobTypes, checkContract, type JobType } from './job-type.ts';
import { JobWorker } from './job-worker.ts';
import { type JobMetricProps, JobMetrics } from './monitoring/job-metrics.ts';
import { Monitoring } from './monitoring/monitoring.ts';
import { parseSettings } from './parse-settings.ts';
import { policyViolations } from './permissions/policy-size.ts';
import { partitionOf, supportedPartitions } from './regions.ts';
import { SavedQueries } from './saved-queries.ts';
import type { ServiceFunction } from './service-function.ts';
import type { DelegationSettingsInput } from './settings.ts';
import { createSharedParts, environmentOf, type SharedParts } from './shared-parts.ts';

export interface DelegationProps extends DelegationSettingsInput {
  /** @default those that come with Delegation */
  readonly jobTypes?: readonly JobType[];
}

/** The whole service: an API, a table, a bucket, the clock, and for each job type, its own included, a queue, a dead-letter queue and a worker. */
export class Delegation extends Construct {
  readonly url: string;
  /** The address of the console; undefined where it is not deployed. */
  readonly consoleUrl: string | undefined;
  /** The role of each job type's worker, for the policies of what it uses, such as a key of yours. */
  readonly workerRoles: ReadonlyMap<string, IRole>;
  /** The ARN of the secret that signs webhooks; undefined where they are off. */
  readonly webhookSecretArn: string | undefined;
  /** Where alarms are published, such as for a subscription of yours: `jobs.topic.addSubscription(…)`. */
  readonly topic: ITopic;
  /** What a record of the custom domain has to point to; undefined without the setting `domain`. */
  readonly domainTarget: string | undefined;
  /** The id of the API, by which policies name it: `arn:aws:execute-api:<region>:<account>:<id>/*`. */
  readonly apiId: string;
  private readonly api: HttpApi;
  private readonly queues: ReadonlyMap<string, JobQueue>;
  private readonly metrics: JobMetrics;

  /** @throws Error that says which setting is wrong and what to write instead */
  constructor(scope: Construct, id: string, { jobTypes: known = builtInJobTypes, ...input }: DelegationProps = {}) {
    super(scope, id);
    const settings = parseSettings(
      input,
      known.map(({ contract }) => contract.name),
    );
    for (const { contract } of known) checkContract(contract);
    const jobTypes = known.filter(({ contract }) => !settings.disabledJobTypes.includes(contract.name));
    warnOfPartition(this);
    const parts = createSharedParts(this, jobTypes, settings);
    const { context, deploymentName, table, bucket, queues } = parts;
    const environment = environmentOf(this, Object.fromEntries([...queues].map(([type, { url }]) => [type, { url }])), parts);
    const common = { jobTypes, context, environment, table, bucket, queues: [...queues.values()] };
    // Before the workers, which make links to it. It needs none of them.
    this.api = new HttpApi(this, 'Api', { ...common, settings, deploymentName });
    const { url } = this.api;
    const workers = [...jobTypes, ...parts.internalTypes].map((jobType) => createWorker(this, jobType, { ...parts, apiUrl: url }));
    this.workerRoles = new Map(workers.flatMap(({ queue, role, isInternal }) => (isInternal ? [] : [[queue.type, role]])));
    const countsJobs = settings.quota?.jobsInFlight !== undefined;
    const clock = new Clock(this, 'Clock', {
      ...common,
      every: Duration.seconds(defaultTimes.clockSeconds),
      countsJobs,
      jobsPerRun: settings.clockJobsPerRun,
      indexPartitions: settings.indexPartitions,
    });
    this.metrics = new JobMetrics(deploymentName, settings.metrics === 'types');
    const { topic } = new Monitoring(this, 'Monitoring', {
      settings,
      context,
      deploymentName,
      metrics: this.metrics,
      apiId: this.api.apiId,
      api: this.api.service.function,
      clock: clock.service.function,
      // Those of the service's own types would cost a row of the dashboard; the alarms count their jobs as well.
      workers: workers.filter(({ isInternal }) => !isInternal),
      sendsWebhooks: settings.webhooks !== undefined,
    });
    const logs = [this.api.service, clock.service, ...workers].map(({ logGroup }) => logGroup);
    if (settings.savedQueries) new SavedQueries(this, 'Queries', { deploymentName, logs, accessLog: this.api.accessLog });
    // In the whole stack, since an app may add to the workers' roles beside this construct.
    this.node.addValidation({ validate: () => policyViolations(Stack.of(this)) });
    this.url = url;
    this.consoleUrl = this.api.consoleUrl;
    this.topic = topic;
    this.domainTarget = this.api.domain?.target;
    this.apiId = this.api.apiId;
    // Without its own types, which may change in any release.
    this.queues = new Map([...queues].filter(([, { isInternal }]) => !isInternal));
    this.webhookSecretArn = parts.webhookSecret?.secret.secretArn;
  }

  /** Lets a role of the app submit jobs, and ask about and cancel its own. @throws Error where callers bring tokens instead of signing */
  grantSubmit(grantee: IGrantable): Grant {
    return this.api.grantCall(grantee);
  }

  /** The worker of a job type, for what the app's own constructs grant: `orders.grantReadData(jobs.workerOf('archive-orders'))`. */
  workerOf(type: string): IRole {
    return ofType(this.workerRoles, type);
  }

  /**
   * Makes a role or a user of this stack an admin, as `auth.admins` does: it sees, cancels and lists every owner's jobs, and pauses and drains job types. It may
   * call the API by that, too. Name a role of another stack in `auth.admins`, since neither stack could be deployed before the other.
   * @throws Error where callers bring tokens instead of signing, whose admins are those of `auth.adminClaim`; for a grantee without a role
   */
  grantAdmin(grantee: IGrantable): Grant {
    return this.api.grantAdmin(grantee);
  }

  /**
   * A metric of docs/metrics.md, for alarms and dashboards of the app. By default: five minutes; of counts the sum, of times the 95th percentile, of lags the maximum.
   * @throws Error for a type that is not deployed, and for dimensions that the metric is never written with
   */
  metric(name: MetricName, props: JobMetricProps = {}): Metric {
    if (props.type !== undefined) ofType(this.queues, props.type);
    return this.metrics.forApp(name, props);
  }

  /** The jobs that failed, in sum; with `statistic: 'Average'`, their share of those that succeeded or failed. */
  metricFailed(props?: JobMetricProps): Metric {
    return this.metric('Failed', props);
  }

  metricSucceeded(props?: JobMetricProps): Metric {
    return this.metric('Succeeded', props);
  }

  /** The queue of a job type, for its metrics: `jobs.queueOf('archive-orders').metricApproximateNumberOfMessagesVisible()`. Messages are wake-ups and hold no job. */
  queueOf(type: string): IQueue {
    return ofType(this.queues, type).queue;
  }

  /** The queue of what a type's worker could not handle; its messages, too, are wake-ups. */
  deadLetterQueueOf(type: string): IQueue {
    return ofType(this.queues, type).deadLetterQueue;
  }
}

/** @throws Error that names the types that there are */
function ofType<T>(parts: ReadonlyMap<string, T>, type: string): T {
  const found = parts.get(type);
  if (found !== undefined) return found;
  throw new DeploymentError(`No job type of this deployment is named ${type}. There are: ${[...parts.keys()].join(', ')}.`);
}

function warnOfPartition(delegation: Delegation): void {
  const { region } = Stack.of(delegation);
  const partition = partitionOf(region);
  if (partition === undefined || supportedPartitions.includes(partition)) return;
  const claimed = supportedPartitions.join(', ');
  Annotations.of(delegation).addWarningV2(
    'delegation:partition',
    `${region} is of the partition ${partition}, for which no template of Delegation was ever looked at. Those that are: ${claimed}.`,
  );
}

/** For `delegation.config.ts`: one deployment, or several stages. */
export function defineDeployments(...deployments: readonly DelegationProps[]): readonly DelegationProps[] {
  return deployments;
}

interface Worker extends ServiceFunction {
  readonly queue: JobQueue;
  readonly isInternal: boolean;
}

function createWorker(scope: Construct, jobType: JobType, parts: SharedParts & { readonly apiUrl: string }): Worker {
  const { jobTypes, runtime, context, table, bucket, queues } = parts;
  const { name, isInternal = false } = jobType.contract;
  const isGroup = jobType.contract === group;
  const all = jobTypes.map(({ contract }) => contract.name);
  // The service's own work may be about jobs of every type; a group cancels them, and makes none.
  const { delegatesTo = isInternal && !isGroup ? all : [] } = jobType.contract;
  const queue = required(queues.get(name), name);
  const withQueue = (type: string) => {
    const other = jobTypes.find(({ contract }) => contract.name === type);
    return { jobType: required(other, type), queue: required(queues.get(type), type) };
  };
  const [others, cancels] = [delegatesTo.map(withQueue), isGroup ? all.map(withQueue) : []];
  // A job of any type may wait for the end of a job, as the one that runs it, after it, or as its group; and a job with a webhook has a delivery. A delivery
  // has neither a group nor a webhook.
  const isDelivery = jobType.contract === deliverWebhook;
  const sendsTo = [...queues.values()].filter((other) => !other.isInternal || (!isDelivery && other.type !== bulkAction.name));
  const urls = Object.fromEntries(sendsTo.map(({ type, url }) => [type, { url }]));
  const { service } = new JobWorker(scope, `Worker-${name}`, {
    jobType,
    settings: runtime,
    context,
    environment: {
      ...environmentOf(scope, { ...urls, [name]: { url: queue.url, deadLetterUrl: queue.deadLetterUrl } }, parts),
      ...(jobType.contract.signals === undefined ? {} : { [apiUrlVariable]: parts.apiUrl }),
    },
    table,
    bucket,
    queue,
    delegatesTo: others,
    cancels,
    sendsTo,
    endsKeyedJobs: withThoseBelow([jobType, ...[...others, ...cancels].map((other) => other.jobType)], jobTypes).some(hasKeys),
    sendsWebhooks: !isDelivery && queues.has(deliverWebhook.name),
  });
  return { ...service, queue, isInternal };
}

/** Returns the types with those of the jobs that theirs run, and so on: a job without success takes all of them along. */
function withThoseBelow(types: readonly JobType[], known: readonly JobType[]): readonly JobType[] {
  const found = new Set(types);
  // The loop visits what is added meanwhile.
  for (const { contract } of found) for (const type of known) if (contract.delegatesTo?.includes(type.contract.name)) found.add(type);
  return [...found];
}

function hasKeys({ contract }: JobType): boolean {
  return contract.keys !== undefined;
}

function required<T>(found: T | undefined, type: string): T {
  if (found !== undefined) return found;
  throw new DeploymentError(
    `A job type delegates to ${type}, which is not deployed. Deploy it, or name those that delegate to it in disabledJobTypes, too.`,
  );
}
