import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { QueueUrls } from '../lambdas/adapters/sqs-wake-up-queues.ts';
import { defaultTimes, writeConfig } from '../lambdas/config.ts';
import { Clock } from './clock-function.ts';
import { createDeploymentContext } from './deployment-context.ts';
import { DeploymentError } from './deployment-error.ts';
import { deploymentNameOf } from './deployment-name.ts';
import { HttpApi } from './http-api.ts';
import { JobQueue } from './job-queue.ts';
import { JobTable } from './job-table.ts';
import { builtInJobTypes, checkContract, type JobType } from './job-type.ts';
import { JobWorker } from './job-worker.ts';
import { Monitoring } from './monitoring.ts';
import { PayloadBucket } from './payload-bucket.ts';
import { policyViolations } from './permissions/policy-size.ts';
import { partitionOf, supportedPartitions } from './regions.ts';
import { SavedQueries } from './saved-queries.ts';
import { type DelegationSettingsInput, parseSettings, runtimeSettings } from './settings.ts';

export interface DelegationProps extends DelegationSettingsInput {
  /** @default those that come with Delegation */
  readonly jobTypes?: readonly JobType[];
}

/** The whole service: an API, a table, a bucket, the clock, and for each job type a queue, a dead-letter queue and a worker. */
export class Delegation extends Construct {
  readonly url: string;
  /** The role of each job type's worker, for the policies of what it uses, such as a key of yours. */
  readonly workerRoles: ReadonlyMap<string, IRole>;
  private readonly api: HttpApi;

  /** @throws Error that says which setting is wrong and what to write instead */
  constructor(scope: Construct, id: string, { jobTypes: known = builtInJobTypes, ...input }: DelegationProps = {}) {
    super(scope, id);
    const settings = parseSettings(
      input,
      known.map(({ contract }) => contract.name),
    );
    for (const { contract } of known) checkContract(contract);
    const jobTypes = known.filter(({ contract }) => !settings.disabledJobTypes.includes(contract.name));
    const { retentionDays, leaseSeconds, graceSeconds } = settings;
    const { clockSeconds } = defaultTimes;
    warnOfPartition(this);
    const deploymentName = deploymentNameOf(this);
    const runtime = { ...runtimeSettings(settings), deployment: deploymentName };
    const context = createDeploymentContext(this, settings);
    const table = new JobTable(this, 'Jobs', { context });
    const bucket = new PayloadBucket(this, 'Payloads', { retentionDays, context });
    const queues = new Map(
      jobTypes.map(({ contract }) => {
        const concurrency = settings.concurrency[contract.name];
        const queue = new JobQueue(this, `Queue-${contract.name}`, {
          contract,
          context,
          ...(concurrency === undefined ? {} : { concurrency }),
        });
        return [contract.name, queue] as const;
      }),
    );
    const environment = (urls: Readonly<Record<string, QueueUrls>>): Record<string, string> => {
      const names = { tableName: table.tableName, bucketName: bucket.bucketName, settings: runtime };
      // The URLs are known only at deployment, so CloudFormation puts the text together.
      return {
        ...writeConfig({ ...names, leaseSeconds, graceSeconds, clockSeconds, retentionDays, deploymentName, queues: {} }),
        DELEGATION_QUEUES: Stack.of(this).toJsonString(urls),
      };
    };
    const all = environment(Object.fromEntries([...queues].map(([type, { url }]) => [type, { url }])));

    const workers = jobTypes.map((jobType) => {
      const { name, delegatesTo = [] } = jobType.contract;
      const queue = required(queues.get(name), name);
      const others = delegatesTo.map((type) => ({
        jobType: required(
          jobTypes.find(({ contract }) => contract.name === type),
          type,
        ),
        queue: required(queues.get(type), type),
      }));
      const urls = Object.fromEntries(others.map((other) => [other.queue.type, { url: other.queue.url }]));
      const { service } = new JobWorker(this, `Worker-${name}`, {
        jobType,
        settings: runtime,
        context,
        environment: environment({ ...urls, [name]: { url: queue.url, deadLetterUrl: queue.deadLetterUrl } }),
        table,
        bucket,
        queue,
        delegatesTo: others,
      });
      return { ...service, queue };
    });
    this.workerRoles = new Map(workers.map(({ queue, role }) => [queue.type, role]));
    const common = { jobTypes, context, environment: all, table, queues: [...queues.values()] };
    const clock = new Clock(this, 'Clock', { ...common, every: Duration.seconds(clockSeconds) });
    this.api = new HttpApi(this, 'Api', { ...common, settings, bucket, deploymentName });
    new Monitoring(this, 'Monitoring', {
      settings,
      context,
      deploymentName,
      apiId: this.api.apiId,
      api: this.api.service.function,
      clock: clock.service.function,
      workers,
    });
    const logs = [this.api.service, clock.service, ...workers].map(({ logGroup }) => logGroup);
    if (settings.savedQueries) new SavedQueries(this, 'Queries', { deploymentName, logs, accessLog: this.api.accessLog });
    // In the whole stack, since an app may add to the workers' roles beside this construct.
    this.node.addValidation({ validate: () => policyViolations(Stack.of(this)) });
    this.url = this.api.url;
  }

  /** Lets a role of the app submit jobs, and ask about and cancel its own. @throws Error where callers bring tokens instead of signing */
  grantSubmit(grantee: IGrantable): Grant {
    return this.api.grantCall(grantee);
  }

  /** The worker of a job type, for what the app's own constructs grant: `orders.grantReadData(jobs.workerOf('archive-orders'))`. */
  workerOf(type: string): IRole {
    const role = this.workerRoles.get(type);
    if (role === undefined)
      throw new DeploymentError(`No job type of this deployment is named ${type}. There are: ${[...this.workerRoles.keys()].join(', ')}.`);
    return role;
  }
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

function required<T>(found: T | undefined, type: string): T {
  if (found !== undefined) return found;
  throw new DeploymentError(
    `A job type delegates to ${type}, which is not deployed. Deploy it, or name those that delegate to it in disabledJobTypes, too.`,
  );
}
