/** What the functions of a deployment find around them, over the emulators, and what Lambda calls them with for SQS and for API Gateway. */
import { join } from 'node:path';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, SQSBatchResponse } from 'aws-lambda';
import { type Bundle, functionBundles } from '../../bench/bundles.ts';
import { dynamoDbClient, s3Client, sqsClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb-job-store.ts';
import type { QueueUrls } from '../../lambdas/adapters/sqs-wake-up-queues.ts';
import { writeConfig } from '../../lambdas/config.ts';
import type { JobStore } from '../../lambdas/core/job/ports.ts';
import { decodeWakeUp } from '../../lambdas/core/job/wake-up.ts';
import { builtInJobTypes, type JobType } from '../../lib/job-type.ts';
import { emulatorEnvironment } from '../../local/emulator-environment.ts';
import { createBuckets, createQueues, createTables, local } from '../../local/resources.ts';
import type { Endpoints } from '../support/use-emulators.ts';
import { LambdaFunction, type Outcome } from './lambda-function.ts';
import { contract } from './probe/contract.ts';

const probe: JobType = { contract, folder: join(__dirname, 'probe') };
export const jobTypes = [...builtInJobTypes, probe];
export const caller = 'arn:aws:iam::123456789012:user/ann';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON that the API answers; the tests say what they expect.
  readonly body: any;
}

export class Deployment {
  readonly bundles: readonly Bundle[] = functionBundles(jobTypes, join(__dirname, '..', '..', '.build', 'runtime'));
  readonly store: JobStore = dynamoDbJobStore(dynamoDbClient(), local.tableName);
  private readonly sqs = sqsClient();
  private readonly queues: Readonly<Record<string, Required<QueueUrls>>>;
  private readonly environment: Readonly<Record<string, string>>;
  private readonly started: LambdaFunction[] = [];

  static async open(endpoints: Endpoints): Promise<Deployment> {
    const contracts = jobTypes.map((jobType) => jobType.contract);
    await Promise.all([createTables(dynamoDbClient()), createBuckets(s3Client())]);
    return new Deployment(endpoints, await createQueues(sqsClient(), endpoints.sqs, contracts));
  }

  private constructor(endpoints: Endpoints, queues: Readonly<Record<string, Required<QueueUrls>>>) {
    this.queues = queues;
    const config = writeConfig({
      tableName: local.tableName,
      bucketName: local.payloadBucket,
      queues,
      leaseSeconds: 15,
      graceSeconds: 15,
      clockSeconds: 60,
      retentionDays: 30,
      deploymentName: 'Delegation',
      settings: {
        writableTables: [local.scratchTable],
        sourceBuckets: [local.sourceBucket],
        admins: [],
        deployment: 'Delegation',
        ec2: { instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], imageIds: ['ami-1'], launchTemplates: [] },
      },
    });
    // Lambda hands over a role's temporary credentials.
    this.environment = { ...emulatorEnvironment(endpoints), AWS_SESSION_TOKEN: 'token', ...config };
  }

  /** @param preload files that are loaded before the function */
  async start(name: string, preload: readonly string[] = []): Promise<LambdaFunction> {
    const file = this.bundles.find((bundle) => bundle.name === name)?.file;
    if (file === undefined) throw new Error(`There is no function ${name}.`);
    const started = await LambdaFunction.start({ file, environment: this.environment, preload });
    this.started.push(started);
    await started.ready();
    return started;
  }

  get invocations(): number {
    return this.started.reduce((sum, { invocations }) => sum + invocations, 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.started.map((one) => one.stop()));
  }

  /** @returns the messages about a job that are in its type's queue within some seconds; those about others stay hidden for a minute */
  async receive(type: string, { id }: { readonly id: string }): Promise<readonly Message[]> {
    const QueueUrl = this.queues[type]?.url;
    const names = { MessageSystemAttributeNames: ['ApproximateReceiveCount' as const], VisibilityTimeout: 60 };
    const { Messages = [] } = await this.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, ...names }),
    );
    return Messages.filter(({ Body = '' }) => decodeWakeUp(Body) === id);
  }

  /** Invokes a worker with messages, and deletes those that it has handled, as Lambda's trigger does. */
  async deliver(worker: LambdaFunction, type: string, messages: readonly Message[], timeoutMs?: number): Promise<Outcome> {
    const outcome = await worker.invoke(sqsEvent(type, messages), timeoutMs);
    if (outcome.kind === 'error') return outcome;
    const failed = (outcome.body as SQSBatchResponse).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    const QueueUrl = this.queues[type]?.url;
    for (const { MessageId = '', ReceiptHandle } of messages.filter((one) => !failed.includes(one.MessageId ?? '')))
      await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })).catch((error: unknown) => {
        throw new Error(`The message ${MessageId} could not be deleted.`, { cause: error });
      });
    return outcome;
  }
}

/** @throws Error where the function does not answer */
export async function call(api: LambdaFunction, method: string, path: string, body?: object): Promise<ApiAnswer> {
  const outcome = await api.invoke(apiEvent(method, path, body), 29_000);
  if (outcome.kind === 'error') throw new Error(`${outcome.errorType}: ${outcome.errorMessage}`);
  const { statusCode = 0, headers = {}, body: text = '' } = outcome.body as APIGatewayProxyStructuredResultV2;
  const names = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { status: statusCode, headers: Object.fromEntries(names), body: text === '' ? undefined : JSON.parse(text) };
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
function sqsEvent(type: string, messages: readonly Message[]): object {
  return {
    Records: messages.map(({ MessageId, ReceiptHandle, Body, MD5OfBody, Attributes }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      md5OfBody: MD5OfBody,
      attributes: { SentTimestamp: String(Date.now()), ApproximateReceiveCount: '1', ...Attributes },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:${type}`,
      awsRegion: 'us-east-1',
    })),
  };
}

/** The context of a caller that signed. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function apiEvent(method: string, path: string, body: object | undefined): APIGatewayProxyEventV2 {
  const { pathname, search, searchParams } = new URL(path, 'https://api.example.com');
  const iam = { accessKey: 'AKIA', accountId: '123456789012', callerId: 'AIDA', principalOrgId: null, userArn: caller, userId: 'AIDA' };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: { host: 'api.example.com', 'user-agent': 'curl/8', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(search === '' ? {} : { queryStringParameters: Object.fromEntries(searchParams) }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3d4e5',
      authorizer: { iam },
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path: pathname, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'curl/8' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1_773_342_238_000,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  } as APIGatewayProxyEventV2;
}
