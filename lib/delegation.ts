import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { QueueUrls } from '../lambdas/adapters/sqs-wake-up-queues.ts';
import { defaultTimes, writeConfig } from '../lambdas/config.ts';
import type { JobTypeContract } from '../lambdas/core/contract.ts';
import type { Settings } from '../lambdas/core/settings.ts';
import { Clock } from './clock.ts';
import { HttpApi } from './http-api.ts';
import { JobQueue } from './job-queue.ts';
import { JobTable } from './job-table.ts';
import { JobWorker } from './job-worker.ts';
import { PayloadBucket } from './payload-bucket.ts';

export interface DelegationProps {
  readonly jobTypes: readonly JobTypeContract[];
  /** What jobs may touch; what is not listed is refused when a job is submitted, and by IAM. */
  readonly settings: Settings;
  /** @default Architecture.ARM_64 */
  readonly architecture?: Architecture;
  /** How long an ended job is kept. @default 30 */
  readonly retentionDays?: number;
  /** Of table and bucket. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

/** The whole service: an API, a table, a bucket, the clock, and for each job type a queue, a dead-letter queue and a worker. */
export class Delegation extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: DelegationProps) {
    super(scope, id);
    const { jobTypes, settings, architecture = Architecture.ARM_64, retentionDays = defaultTimes.retentionDays } = props;
    const { removalPolicy = RemovalPolicy.RETAIN } = props;
    const table = new JobTable(this, 'Jobs', { removalPolicy });
    const bucket = new PayloadBucket(this, 'Payloads', { retentionDays, removalPolicy });
    const queues = new Map(jobTypes.map((contract) => [contract.name, new JobQueue(this, `Queue-${contract.name}`, { contract })]));
    const queueOf = (type: string): JobQueue => {
      const queue = queues.get(type);
      if (queue === undefined) throw new Error(`A job type delegates to ${type}, which is not among the job types of this deployment.`);
      return queue;
    };
    const environment = (urls: Readonly<Record<string, QueueUrls>>): Record<string, string> => {
      const names = { tableName: table.tableName, bucketName: bucket.bucketName, settings, ...defaultTimes, retentionDays };
      // The URLs are known only at deployment, so CloudFormation puts the text together.
      return { ...writeConfig({ ...names, queues: {} }), DELEGATION_QUEUES: Stack.of(this).toJsonString(urls) };
    };
    const url = (type: string): QueueUrls => ({ url: queueOf(type).url });
    const all = environment(Object.fromEntries([...queues.keys()].map((type) => [type, url(type)])));

    for (const contract of jobTypes) {
      const { name, delegatesTo = [] } = contract;
      const queue = queueOf(name);
      const others = Object.fromEntries(delegatesTo.map((type) => [type, url(type)]));
      new JobWorker(this, `Worker-${name}`, {
        contract,
        settings,
        architecture,
        environment: environment({ ...others, [name]: { url: queue.url, deadLetterUrl: queue.deadLetterUrl } }),
        table,
        bucket,
        queue,
        delegatesTo: delegatesTo.map(queueOf),
      });
    }
    new Clock(this, 'Clock', {
      architecture,
      environment: all,
      every: Duration.seconds(defaultTimes.clockSeconds),
      table,
      queues: [...queues.values()],
    });
    this.url = new HttpApi(this, 'Api', { architecture, environment: all, table, bucket, queues: [...queues.values()] }).url;
  }
}
