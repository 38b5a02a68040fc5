/** What a deployment uses in a month: when idle, and for jobs of one type. Pure; it knows no prices. */
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { deploymentMetrics } from '../../lambdas/core/control/metrics.ts';
import { contract as deliverWebhook } from '../../lambdas/jobs/deliver-webhook/contract.ts';
import { isStored, itemBytes, ledger, sendsOf, writeUnitsOf } from '../../lambdas/ledger.ts';
import { warmEveryMinutes } from '../../lambdas/warm-event.ts';
import { busyClockRun, bytes, countedOfJob, heartbeatSeconds, idleClockRun, stateReadSeconds } from './figures.ts';
import type { Prices } from './prices.ts';
import type { Shape } from './shape.ts';

export interface Usage {
  /** The service and the purpose. */
  readonly what: string;
  /** What AWS meters, by the name of its price. */
  readonly meter: keyof Prices;
  readonly count: number;
}

/** A month of jobs of one type, with their typical figures. */
export interface Work {
  readonly contract: JobTypeContract;
  readonly jobs: number;
  /** Duration of one attempt. */
  readonly seconds: number;
  /** Jobs in one invocation, which run at the same time; messages arrive one by one unless many are submitted at once. */
  readonly batch: number;
  /** Retries of each job: 0.02 is one in fifty jobs. */
  readonly retries: number;
  readonly inputBytes: number;
  /** Status requests by a caller for each job. */
  readonly reads: number;
  /** The part of the jobs whose end is sent to a webhook: 0.5 is every second job. @default 0 */
  readonly webhooks?: number;
}

/** 30 days, as in AWS's own examples. */
export const monthSeconds = 30 * 86_400;

/** Durations of the engine's own functions, which the ledger does not have; cold starts are spread over all runs. */
export const assumed = {
  apiSeconds: 0.03,
  /** About ten requests in sequence. */
  clockSeconds: 0.15,
  /** An event that keeps the API warm: 2 ms, and 0.3 s where it meets a new environment, taken as one in 25. */
  warmSeconds: 0.015,
  /** A try of a webhook: DNS, TLS, and the receiver's answer. */
  deliverySeconds: 0.3,
  /** A job waits that long for its worker. */
  startSeconds: 0.1,
};

/** Lambda polls a queue with five requests at a time, each waiting for up to 20 s. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const pollsOfTrigger = 5 * (monthSeconds / 20);

export function idleUsage(shape: Shape): readonly Usage[] {
  const { triggers, alarms, dashboards, dashboardMetrics, kmsKeys, secrets } = shape;
  const runs = monthSeconds / shape.clockSeconds;
  return [
    { what: `SQS: Lambda polls ${triggers} queues`, meter: 'sqsRequest', count: triggers * pollsOfTrigger },
    ...(shape.pollers === 0
      ? []
      : [
          {
            what: `Lambda: ${shape.pollers} provisioned pollers, hours`,
            meter: 'pollerHour',
            count: (shape.pollers * monthSeconds) / 3_600,
          } as const,
        ]),
    {
      what: 'DynamoDB: the clock looks for jobs',
      meter: 'dynamoDbRead',
      count: runs * (idleClockRun.controlReads + idleClockRun.indexReads / 2),
    },
    { what: 'Lambda: runs of the clock', meter: 'lambdaRequest', count: runs },
    {
      what: 'Lambda: time of the clock, GB-s',
      meter: 'lambdaGbSecond',
      count: runs * assumed.clockSeconds * gigabytes(shape.clockMemoryMiB),
    },
    ...warmUsage(shape),
    { what: 'CloudWatch: alarms', meter: 'alarm', count: alarms },
    ...(dashboards === 0
      ? []
      : [{ what: `CloudWatch: a dashboard of ${dashboardMetrics} metrics`, meter: 'dashboard', count: dashboards } as const]),
    // The clock counts and logs only what it found.
    { what: 'CloudWatch: custom metrics (none sent)', meter: 'customMetric', count: 0 },
    { what: 'CloudWatch: logs (none written), GB', meter: 'logIngestion', count: 0 },
    ...(kmsKeys === 0 ? [] : [{ what: 'KMS: a key of its own', meter: 'kmsKey', count: kmsKeys } as const]),
    ...(secrets === 0 ? [] : [{ what: 'Secrets Manager: the secret of webhooks', meter: 'secret', count: secrets } as const]),
  ];
}

/** EventBridge's schedule is free, and no line is logged. */
function warmUsage({ settings, apiMemoryMiB }: Shape): readonly Usage[] {
  if (!settings.warm) return [];
  const events = monthSeconds / (warmEveryMinutes * 60);
  return [
    { what: 'Lambda: events that keep the API warm', meter: 'lambdaRequest', count: events },
    { what: 'Lambda: time of them, GB-s', meter: 'lambdaGbSecond', count: events * assumed.warmSeconds * gigabytes(apiMemoryMiB) },
  ];
}

export function workUsage(shape: Shape, work: Work): readonly Usage[] {
  const { jobs, retries, reads, inputBytes, batch, seconds, contract } = work;
  const attempts = jobs * (1 + retries);
  const invocations = attempts / batch;
  const calls = jobs * (1 + reads);
  const workSeconds = invocations * seconds;
  const storageMiB = Math.max(0, (contract.ephemeralStorageMiB ?? 512) - 512);
  const beats = attempts * Math.max(0, Math.ceil(seconds / heartbeatSeconds(shape.settings.leaseSeconds)) - 1);
  const sends = jobs * sendsOf(ledger.accept) + jobs * retries * sendsOf(ledger.backOff);
  const usages: readonly Usage[] = [
    { what: 'HTTP API: submissions', meter: 'httpRequest', count: jobs * Math.max(1, Math.ceil(inputBytes / (512 * 1024))) },
    { what: 'HTTP API: status requests', meter: 'httpRequest', count: jobs * reads },
    { what: 'Lambda: calls of the API', meter: 'lambdaRequest', count: calls },
    { what: 'Lambda: time of the API, GB-s', meter: 'lambdaGbSecond', count: calls * assumed.apiSeconds * gigabytes(shape.apiMemoryMiB) },
    { what: 'Lambda: invocations of the worker', meter: 'lambdaRequest', count: invocations },
    { what: 'Lambda: time of the worker, GB-s', meter: 'lambdaGbSecond', count: workSeconds * gigabytes(contract.memoryMiB) },
    { what: 'Lambda: /tmp of the worker, GB-s', meter: 'lambdaStorageGbSecond', count: workSeconds * gigabytes(storageMiB) },
    ...tableUsage(shape, work, { attempts, beats }),
    { what: 'SQS: wake-ups sent', meter: 'sqsRequest', count: sends },
    { what: 'SQS: fairness between owners', meter: 'sqsFairRequest', count: sends },
    { what: 'SQS: batches received and deleted', meter: 'sqsRequest', count: 2 * invocations },
    { what: 'SQS: visibility timeouts extended', meter: 'sqsRequest', count: beats },
    ...bucketUsage(shape, work, attempts),
    { what: 'EventBridge: events of starts and ends', meter: 'customEvent', count: eventsOf(shape, jobs) },
    ...webhookUsage(shape, jobs * (work.webhooks ?? 0)),
    ...clockUsage(shape, work),
    ...watchUsage(shape, work, { attempts, calls }),
  ];
  return usages.filter(({ count }) => count > 0);
}

/** The clock searches all partitions in the runs that meet an unfinished job. Jobs that arrive evenly are met by chance: Poisson's share, by Little's law. */
function clockUsage({ types, internalTypes, clockSeconds }: Shape, { jobs, seconds }: Work): readonly Usage[] {
  const unfinished = (jobs * (seconds + assumed.startSeconds)) / monthSeconds;
  const runs = (monthSeconds / clockSeconds) * (1 - Math.exp(-unfinished));
  const watched = types.length + internalTypes.length;
  const queries = busyClockRun.queries + watched * busyClockRun.queriesOfType;
  return [
    { what: 'DynamoDB: the clock looks for overdue jobs', meter: 'dynamoDbRead', count: Math.round((runs * queries) / 2) },
    { what: 'SQS: the clock reads queue depths', meter: 'sqsRequest', count: Math.round(runs * watched * busyClockRun.depthsOfType) },
  ];
}

/** Webhooks that arrive one by one, and are taken at the first try. */
function webhookUsage({ settings: { retentionDays, events, metrics } }: Shape, deliveries: number): readonly Usage[] {
  const { memoryMiB } = deliverWebhook;
  const ofDelivery = [...ledger.finishWithWebhook, ...ledger.deliver];
  // With events, the end is announced anyway.
  const without = events === undefined ? ledger.finish : ledger.finishWithEvent;
  return [
    {
      what: 'Webhooks: writes of records and indexes',
      meter: 'dynamoDbWrite',
      count: deliveries * (writeUnitsOf(ofDelivery, 1) - writeUnitsOf(without, 1)),
    },
    { what: 'Webhooks: reads of records', meter: 'dynamoDbRead', count: deliveries },
    {
      what: `Webhooks: records of ${retentionDays} days, GB`,
      meter: 'dynamoDbStorage',
      count: ((deliveries * bytes.delivery) / 1e9) * (retentionDays / 30),
    },
    { what: 'Webhooks: wake-ups sent, received and deleted', meter: 'sqsRequest', count: 3 * deliveries },
    { what: 'Webhooks: fairness between owners', meter: 'sqsFairRequest', count: deliveries },
    { what: 'Webhooks: invocations of their worker', meter: 'lambdaRequest', count: deliveries },
    {
      what: 'Webhooks: time of their worker, GB-s',
      meter: 'lambdaGbSecond',
      count: deliveries * assumed.deliverySeconds * gigabytes(memoryMiB),
    },
    // Deliveries are not counted as accepted; for the deployment they count together with the jobs.
    {
      what: 'Webhooks: custom metrics',
      meter: 'customMetric',
      count: deliveries === 0 || metrics === 'deployment' ? 0 : countedOfJob.length - 1,
    },
    { what: 'Webhooks: logs, GB', meter: 'logIngestion', count: (deliveries * bytes.runLine) / 1e9 },
  ];
}

/** One for each end, and one for each start where those are asked for. */
function eventsOf({ settings: { events } }: Shape, jobs: number): number {
  if (events === undefined) return 0;
  return events.starts ? 2 * jobs : jobs;
}

function tableUsage(
  { settings }: Shape,
  { jobs, retries, reads, seconds, inputBytes }: Work,
  { attempts, beats }: { readonly attempts: number; readonly beats: number },
): readonly Usage[] {
  const kilobytes = Math.ceil(itemBytes(inputBytes) / 1024);
  const units = (calls: Parameters<typeof writeUnitsOf>[0]) => writeUnitsOf(calls, kilobytes);
  // The clock finds a job that outlasts its grace period, reads it and postpones its alarm.
  const postponed = attempts * Math.floor(seconds / settings.graceSeconds);
  const writes =
    jobs * (units(ledger.accept) + units(settings.events === undefined ? ledger.finish : ledger.finishWithEvent)) +
    attempts * units(ledger.claim) +
    jobs * retries * units(ledger.backOff) +
    beats * units(ledger.heartbeat) +
    postponed * units(ledger.postpone);
  const keptGb = ((jobs * (itemBytes(inputBytes) + bytes.besideItem)) / 1e9) * (settings.retentionDays / 30);
  return [
    { what: 'DynamoDB: writes of records and indexes', meter: 'dynamoDbWrite', count: writes },
    { what: 'DynamoDB: reads of records', meter: 'dynamoDbRead', count: (jobs * reads + postponed) * Math.ceil(kilobytes / 4) },
    {
      what: 'DynamoDB: reads of job type states',
      meter: 'dynamoDbRead',
      count: stateReads(attempts, seconds) + stateReads(jobs, assumed.apiSeconds),
    },
    { what: `DynamoDB: records of ${settings.retentionDays} days, GB`, meter: 'dynamoDbStorage', count: keptGb },
    { what: 'DynamoDB: point-in-time recovery of them, GB', meter: 'dynamoDbRecovery', count: keptGb },
  ];
}

/** Each environment in use reads them every ten seconds, and at most once for each call. */
function stateReads(runs: number, seconds: number): number {
  const environments = Math.ceil((runs * seconds) / monthSeconds);
  return Math.min(runs, environments * (monthSeconds / stateReadSeconds));
}

function bucketUsage({ objectDays }: Shape, { jobs, inputBytes }: Work, attempts: number): readonly Usage[] {
  if (!isStored(inputBytes)) return [];
  return [
    { what: 'S3: inputs written', meter: 's3Put', count: jobs },
    { what: 'S3: inputs read', meter: 's3Get', count: attempts },
    { what: `S3: inputs of ${objectDays} days, GB`, meter: 's3Storage', count: ((jobs * inputBytes) / 1e9) * (objectDays / 30) },
  ];
}

function watchUsage(
  { settings }: Shape,
  { jobs, retries }: Work,
  { attempts, calls }: { readonly attempts: number; readonly calls: number },
): readonly Usage[] {
  const logGb = (jobs * bytes.acceptedLine + attempts * bytes.runLine + calls * bytes.accessLine) / 1e9;
  const ofDeployment = countedOfJob.filter((name) => deploymentMetrics.includes(name)).length;
  const ofType = settings.metrics === 'types' ? countedOfJob.length : 0;
  return [
    { what: 'CloudWatch: logs, GB', meter: 'logIngestion', count: logGb },
    {
      what: `CloudWatch: logs of ${settings.logRetentionDays} days, GB`,
      meter: 'logStorage',
      count: logGb * (settings.logRetentionDays / 30),
    },
    { what: 'CloudWatch: custom metrics', meter: 'customMetric', count: ofDeployment + ofType + (retries > 0 ? 1 : 0) },
  ];
}

const gigabytes = (mebibytes: number) => mebibytes / 1024;
