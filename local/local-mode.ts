/** The whole of Delegation in this process: emulators in a thread of their own, and the very handlers that are deployed. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { dynamoDbClient, s3Client } from '../lambdas/adapters/aws-clients.ts';
import { type Config, clockTimeoutSeconds, writeConfig } from '../lambdas/config.ts';
import type { Quota } from '../lambdas/core/contract/settings.ts';
import { catalogue } from '../lambdas/jobs/catalogue.ts';
import type { WorkerHandler } from '../lambdas/worker/sqs-handler.ts';
import { lockDataFolder } from './data-lock.ts';
import { emulatorEnvironment } from './emulator-environment.ts';
import { type Emulators, startEmulatorsInThread } from './emulators.ts';
import { type ApiHandler, startGateway } from './gateway.ts';
import { startPoller } from './poller.ts';
import { repairIndexes } from './repair-indexes.ts';
import { createBuckets, createQueues, createTables, local } from './resources.ts';

export interface LocalOptions extends Pick<Config, 'leaseSeconds' | 'graceSeconds' | 'clockSeconds'> {
  /** 0 takes a free one. */
  readonly port: number;
  readonly dataFolder: string;
  readonly quota?: Quota;
  /** Servers that run elsewhere, in place of emulators of its own; they keep their data themselves. */
  readonly endpoints?: Omit<Emulators, 'stop'>;
}

export interface LocalMode {
  readonly url: string;
  /** Ends within some seconds; what could not reach a safe point goes on at the next start. */
  stop(): Promise<void>;
}

/** How long running handlers may take to reach a safe point. */
const patienceMs = 4_000;

/**
 * Starts everything, over the state of the last time. The handlers read their settings from `process.env`, so one process holds one local mode.
 * @throws Error when the folder is in use or the port is taken
 */
export async function startLocalMode(options: LocalOptions): Promise<LocalMode> {
  const dataFolder = resolve(options.dataFolder);
  const unlock = lockDataFolder(dataFolder);
  const { endpoints: others } = options;
  const emulators =
    others === undefined ? await startEmulatorsInThread({ dataDir: dataFolder }) : { ...others, stop: async () => undefined };
  Object.assign(process.env, emulatorEnvironment(emulators));
  const sqs = new SQSClient();
  const [queues] = await Promise.all([
    createQueues(sqs, emulators.sqs, catalogue),
    createTables(dynamoDbClient()),
    createBuckets(s3Client()),
  ]);
  await repairIndexes(dynamoDbClient(), local.tableName);
  const settings = {
    writableTables: [local.scratchTable],
    admins: ['local'],
    deployment: local.deployment,
    ...(options.quota === undefined ? {} : { quota: options.quota }),
    sourceBuckets: [local.sourceBucket],
    ec2: { instanceTypes: ['*'], subnetIds: ['*'], imageIds: ['*'], launchTemplates: ['*'] },
  };
  const { leaseSeconds, graceSeconds, clockSeconds } = options;
  const names = { tableName: local.tableName, bucketName: local.payloadBucket, queues, settings, retentionDays: 30 };
  Object.assign(
    process.env,
    writeConfig({ ...names, leaseSeconds, graceSeconds, clockSeconds, logFile: join(dataFolder, 'delegation.log') }),
  );

  // Imported only now: the handlers read the environment when they are loaded.
  const api = (await import('../lambdas/api/handler.ts')) as unknown as { handler: ApiHandler };
  const clock = await import('../lambdas/clock/handler.ts');
  const gateway = await startGateway(api.handler, options.port);
  const pollers = await Promise.all(
    catalogue.map(async (contract) => {
      const { handler } = (await import(`../lambdas/jobs/${contract.name}/worker.ts`)) as { handler: WorkerHandler };
      return startPoller(sqs, queues[contract.name]?.url ?? '', contract, handler);
    }),
  );
  const runClock = () => {
    const endsAtMs = performance.now() + clockTimeoutSeconds * 1000;
    return clock.handler(undefined, { getRemainingTimeInMillis: () => endsAtMs - performance.now() });
  };
  const schedule = startSchedule(runClock, clockSeconds * 1000);
  const url = `http://127.0.0.1:${gateway.port}`;
  const { dynamodb, s3, ec2 } = emulators;
  const queueUrls = Object.fromEntries(Object.entries(queues).map(([type, queue]) => [type, queue.url]));
  const endpoints = { api: url, dynamodb, sqs: emulators.sqs, s3, ec2, tableName: local.tableName, queues: queueUrls };
  writeFileSync(join(dataFolder, 'endpoints.json'), `${JSON.stringify(endpoints, null, 2)}\n`);

  return {
    url,
    async stop() {
      await schedule.stop();
      await Promise.all([gateway.stop(), ...pollers.map((poller) => poller.stop(patienceMs))]);
      // What still runs keeps their connections busy. Nothing is lost by not waiting for it: their state is on disk at any moment.
      await Promise.race([emulators.stop(), sleep(1_000, undefined, { ref: false })]);
      unlock();
    },
  };
}

/** EventBridge's part: one run after the other, at a fixed rate. A run that fails is made up for by the next. */
function startSchedule(run: () => Promise<unknown>, everyMs: number): { stop(): Promise<void> } {
  let current: Promise<unknown> = Promise.resolve();
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    current = run()
      .catch(() => undefined)
      .finally(() => {
        isRunning = false;
      });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}
