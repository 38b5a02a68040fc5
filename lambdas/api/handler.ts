import { handle } from 'hono/aws-lambda';
import { catalogue } from '#catalogue';
import { dynamoDbClient, s3Client, sqsClient } from '../adapters/aws-clients.ts';
import { dynamoDbControlStore } from '../adapters/dynamodb-control-store.ts';
import { dynamoDbJobStore } from '../adapters/dynamodb-job-store.ts';
import { dynamoDbQuotaStore } from '../adapters/dynamodb-quota-store.ts';
import { emfMetrics, logMetrics } from '../adapters/emf-metrics.ts';
import { jsonLog } from '../adapters/json-log.ts';
import { s3DownloadLinks } from '../adapters/s3-download-links.ts';
import { s3PayloadStore } from '../adapters/s3-payload-store.ts';
import { sqsWakeUpQueues } from '../adapters/sqs-wake-up-queues.ts';
import { systemRuntime } from '../adapters/system-runtime.ts';
import { readConfig } from '../config.ts';
import { JobTypeStates } from '../core/control/job-type-states.ts';
import { withOpenHandle } from '../open-handle.ts';
import { createApi } from './app.ts';

const config = readConfig(process.env);
const s3 = s3Client();
const dynamoDb = dynamoDbClient();
const log = jsonLog(config.logFile);

const answer = handle(
  createApi({
    catalogue,
    store: dynamoDbJobStore(dynamoDb, config.tableName),
    quotas: dynamoDbQuotaStore(dynamoDb, config.tableName),
    typeStates: new JobTypeStates({ control: dynamoDbControlStore(dynamoDb, config.tableName), runtime: systemRuntime, log }),
    queues: sqsWakeUpQueues(sqsClient(), config.queues),
    payloads: s3PayloadStore(s3, config.bucketName),
    links: s3DownloadLinks(s3, config.bucketName),
    runtime: systemRuntime,
    log,
    metrics: config.stage === undefined ? logMetrics(log) : emfMetrics(config.stage, systemRuntime),
    settings: config.settings,
    graceMs: config.graceSeconds * 1000,
    retentionMs: config.retentionDays * 86_400_000,
  }),
);

/** API Gateway's HTTP API (payload format 2.0) in, its answer out. */
export const handler = withOpenHandle(answer);
