/** Builds what the handlers of the API, the clock and the workers have in common from the environment of their function. */
import { catalogue } from '#catalogue';
import { dynamoDbClient, s3Client, sqsClient } from './adapters/aws-clients.ts';
import { dynamoDbControlStore } from './adapters/dynamodb-control-store.ts';
import { dynamoDbJobStore } from './adapters/dynamodb-job-store.ts';
import { dynamoDbQuotaStore } from './adapters/dynamodb-quota-store.ts';
import { dynamoDbScheduleStore } from './adapters/dynamodb-schedule-store.ts';
import { dynamoDbTallyStore } from './adapters/dynamodb-tally-store.ts';
import { dynamoDbUniqueStore } from './adapters/dynamodb-unique-store.ts';
import { emfMetrics, logMetrics } from './adapters/emf-metrics.ts';
import { jsonLog } from './adapters/json-log.ts';
import { s3PayloadStore } from './adapters/s3-payload-store.ts';
import { s3UploadStore } from './adapters/s3-upload-store.ts';
import { sqsWakeUpQueues } from './adapters/sqs-wake-up-queues.ts';
import { systemRuntime } from './adapters/system-runtime.ts';
import { type Config, readConfig } from './config.ts';
import { type EventBus, type EventDeps, eventListener, startAnnouncer } from './core/announce/event-listener.ts';
import { withAnnouncer } from './core/announce/family.ts';
import type { Log } from './core/contract/log.ts';
import { JobTypeStates } from './core/control/job-type-states.ts';
import type { Metrics } from './core/control/metrics.ts';
import { gateListener } from './core/gate/gate-listener.ts';
import type { ScheduleStore } from './core/schedule/schedule-record.ts';
import type { UniqueStore } from './core/submit/unique-job.ts';
import { type LoadDeliveries, webhookOfEnd } from './jobs/deliver-webhook/webhook-of-end.ts';
import { typesWithoutEvents } from './jobs/internal-types.ts';

/** Loads EventBridge's client, which only functions of a deployment with events need. */
export type LoadEventBus = () => Promise<{ readonly eventBridgeBus: (bus: string) => EventBus }>;

/** Loads the gates of concurrency keys, which the API need not load to accept jobs. */
export type LoadGates = () => Promise<typeof import('./gates.ts')>;

/** What is loaded when it is needed. */
export interface Loaders {
  readonly eventBus: LoadEventBus;
  readonly deliveries: LoadDeliveries;
  readonly gates: LoadGates;
}

/** What every handler needs. Here alone the configuration's seconds and days become milliseconds. */
export function wireEngine(env: NodeJS.ProcessEnv, load: Loaders) {
  const config = readConfig(env);
  const [dynamoDb, sqs] = [dynamoDbClient(), sqsClient()];
  const log = jsonLog(config.logFile);
  const retentionMs = config.retentionDays * 86_400_000;
  const control = dynamoDbControlStore(dynamoDb, config.tableName);
  const typeStates = new JobTypeStates({ control, runtime: systemRuntime, log });
  const deps = {
    catalogue,
    store: dynamoDbJobStore(dynamoDb, config.tableName, () => typeStates.partitionsToWrite()),
    control,
    typeStates,
    queues: sqsWakeUpQueues(sqs, config.queues, log),
    runtime: systemRuntime,
    log,
    metrics: metricsOf(config, log),
    leaseMs: config.leaseSeconds * 1000,
    graceMs: config.graceSeconds * 1000,
    periodMs: config.clockSeconds * 1000,
    apiUrl: config.apiUrl,
    retentionMs,
    tallies: dynamoDbTallyStore(dynamoDb, config.tableName, { runtime: systemRuntime, retentionMs }),
  };
  const events = wireEvents(config, load.eventBus);
  const announceStart = events !== undefined && config.events?.starts === true ? startAnnouncer({ ...events, log }) : undefined;
  const listeners = [
    gateListener(async (job) => {
      const { leaveGate, dynamoDbGateStore } = await load.gates();
      await leaveGate(job, { ...deps, gates: dynamoDbGateStore(dynamoDb, config.tableName) });
    }),
    ...(events === undefined ? [] : [eventListener(events)]),
    ...(config.settings.webhooks === undefined ? [] : [webhookOfEnd(deps, load.deliveries)]),
  ];
  return { config, dynamoDb, sqs, deps: { ...withAnnouncer(deps, listeners), announceStart } };
}

function metricsOf({ deploymentName: stage, metricsByType: byType = false }: Config, log: Log): Metrics {
  return stage === undefined ? logMetrics(log) : emfMetrics({ stage, byType }, systemRuntime);
}

function wireEvents({ events, settings }: Config, loadEventBus: LoadEventBus): EventDeps | undefined {
  if (events === undefined) return undefined;
  let loaded: Promise<EventBus> | undefined;
  const load = () => {
    loaded ??= loadEventBus().then(({ eventBridgeBus }) => eventBridgeBus(events.bus));
    return loaded;
  };
  return {
    bus: { put: async (event) => (await load()).put(event) },
    deployment: settings.deployment ?? '',
    internalTypes: typesWithoutEvents,
  };
}

/** What whoever makes jobs needs as well: the API, the workers, and the clock for schedules. */
export function wireJobs({ config, dynamoDb, deps }: ReturnType<typeof wireEngine>) {
  const s3 = s3Client();
  return {
    s3,
    deps: {
      ...deps,
      quotas: dynamoDbQuotaStore(dynamoDb, config.tableName),
      payloads: s3PayloadStore(s3, config.bucketName),
      settings: config.settings,
    },
  };
}

/** What those need as well whose jobs may name uploads: the API and the workers. A schedule's cannot. */
export function wireSubmissions(engine: ReturnType<typeof wireEngine>) {
  const { s3, deps } = wireJobs(engine);
  return { s3, deps: { ...deps, uploads: s3UploadStore(s3, engine.config.bucketName) } };
}

/** The numbers of unique keys, which the API alone needs. */
export function wireUniques({ config, dynamoDb }: ReturnType<typeof wireEngine>): UniqueStore {
  return dynamoDbUniqueStore(dynamoDb, config.tableName);
}

/** The API sets schedules, and the clock fires them. */
export function wireSchedules({ config, dynamoDb }: ReturnType<typeof wireEngine>): ScheduleStore {
  return dynamoDbScheduleStore(dynamoDb, config.tableName);
}
