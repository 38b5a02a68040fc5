/** What the handlers need around them on this machine: emulators with table, queues and buckets, and the environment that names them. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { dynamoDbClient, s3Client } from '../lambdas/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../lambdas/adapters/dynamodb-job-store.ts';
import type { QueueUrls } from '../lambdas/adapters/sqs-wake-up-queues.ts';
import { apiUrlVariable, type Config, writeConfig } from '../lambdas/config.ts';
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import type { Quota, Settings } from '../lambdas/core/contract/runtime-settings.ts';
import { secretVariable } from '../lambdas/jobs/deliver-webhook/contract.ts';
import { lockDataFolder } from './data-lock.ts';
import { type EmulatorUrls, emulatorEnvironment } from './emulator-environment.ts';
import { startEmulatorsInThread } from './emulators.ts';
import { releaseLeases } from './release-leases.ts';
import { repairIndexes } from './repair-indexes.ts';
import { createBuckets, createQueues, createTables, local } from './resources.ts';
import { startSecretsEndpoint, webhookSecretName } from './secrets-endpoint.ts';

export interface PlatformOptions extends Pick<Config, 'leaseSeconds' | 'graceSeconds' | 'clockSeconds' | 'events'> {
  readonly dataFolder: string;
  readonly quota?: Quota;
  /** Servers that run elsewhere, in place of emulators of its own; they keep their data themselves. */
  readonly endpoints?: EmulatorUrls;
}

export interface Platform {
  readonly dataFolder: string;
  readonly logFile: string;
  readonly sqs: SQSClient;
  /** Creates the queues of these job types, and names them in `process.env`, from which handlers read when they are loaded. */
  useJobTypes(contracts: readonly JobTypeContract[]): Promise<Readonly<Record<string, Required<QueueUrls>>>>;
  /** Names the API's address to workers, for links. */
  useApi(url: string): void;
  /** Writes `endpoints.json`, by which people and programs find the emulators; written again when there are more queues. */
  publish(api: string): void;
  stop(): Promise<void>;
}

/**
 * Starts over the state of the last time. The handlers read their settings from `process.env`, so one process holds one platform.
 * @throws Error when the folder is in use
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const dataFolder = resolve(options.dataFolder);
  const unlock = lockDataFolder(dataFolder);
  const { endpoints: others } = options;
  const emulators =
    others === undefined ? await startEmulatorsInThread({ dataDir: dataFolder }) : { ...others, stop: async () => undefined };
  const webhookSecretFile = join(dataFolder, 'webhook-secret');
  const secrets = await startSecretsEndpoint(webhookSecretFile);
  Object.assign(process.env, emulatorEnvironment(emulators), {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    [secretVariable]: webhookSecretName,
  });
  const sqs = new SQSClient();
  await Promise.all([createTables(dynamoDbClient()), createBuckets(s3Client())]);
  const running = await repairIndexes(dynamoDbClient(), local.tableName);
  // Elsewhere the workers of others may live.
  if (others === undefined) await releaseLeases(running, dynamoDbJobStore(dynamoDbClient(), local.tableName));
  const settings = settingsFor(options);
  const { leaseSeconds, graceSeconds, clockSeconds, events } = options;
  const times = { leaseSeconds, graceSeconds, clockSeconds };
  const logFile = join(dataFolder, 'delegation.log');
  let queues: Readonly<Record<string, Required<QueueUrls>>> = {};
  let api: string | undefined;
  const writeEndpoints = () => {
    const { dynamodb, s3, ec2, events } = emulators;
    const queueUrls = Object.fromEntries(Object.entries(queues).map(([type, queue]) => [type, queue.url]));
    const endpoints = {
      api,
      dynamodb,
      sqs: emulators.sqs,
      s3,
      ec2,
      events,
      secretsManager: secrets.url,
      webhookSecretFile,
      tableName: local.tableName,
      queues: queueUrls,
    };
    writeFileSync(join(dataFolder, 'endpoints.json'), `${JSON.stringify(endpoints, null, 2)}\n`);
  };

  return {
    dataFolder,
    logFile,
    sqs,
    async useJobTypes(contracts) {
      const missing = contracts.filter(({ name }) => queues[name] === undefined);
      queues = { ...queues, ...(await createQueues(sqs, emulators.sqs, missing)) };
      const names = { tableName: local.tableName, bucketName: local.payloadBucket, queues, settings, retentionDays: 30 };
      Object.assign(process.env, writeConfig({ ...names, ...times, logFile, ...(events === undefined ? {} : { events }) }));
      if (api !== undefined && missing.length > 0) writeEndpoints();
      return queues;
    },
    useApi(url) {
      process.env[apiUrlVariable] = url;
    },
    publish(url) {
      api = url;
      writeEndpoints();
    },
    async stop() {
      // What still runs keeps their connections busy. Nothing is lost by not waiting for it: their state is on disk at any moment.
      await Promise.race([Promise.all([emulators.stop(), secrets.stop()]), sleep(1_000, undefined, { ref: false })]);
      unlock();
    },
  };
}

/** Allows everything that the emulators have. */
function settingsFor({ quota }: PlatformOptions): Settings {
  return {
    writableTables: [local.scratchTable],
    admins: ['local'],
    deployment: local.deployment,
    ...(quota === undefined ? {} : { quota }),
    sourceBuckets: [local.sourceBucket],
    webhooks: { allowedHosts: [], allowsLoopback: true },
    ec2: { instanceTypes: ['*'], subnetIds: ['*'], imageIds: ['*'], launchTemplates: ['*'] },
  };
}

/** How long running handlers may take to reach a safe point. */
export const patienceMs = 4_000;
