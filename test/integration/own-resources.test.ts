/** What AWS says when Delegation's own table, bucket or queues are closed to it: its jobs wait, in whichever words AWS refuses. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { dynamoDbControlStore } from '../../lambdas/adapters/dynamodb-control-store.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb-job-store.ts';
import { dynamoDbQuotaStore } from '../../lambdas/adapters/dynamodb-quota-store.ts';
import { s3FileStore } from '../../lambdas/adapters/s3-file-store.ts';
import { s3PayloadStore } from '../../lambdas/adapters/s3-payload-store.ts';
import { sqsWakeUpQueues } from '../../lambdas/adapters/sqs-wake-up-queues.ts';
import { keysBetween } from '../../lambdas/core/job/list-key.ts';

interface Said {
  readonly status: number;
  readonly code: string;
}

const said = (status: number, ...codes: readonly string[]): readonly Said[] => codes.map((code) => ({ status, code }));

/**
 * Published codes, with what somebody has to put right. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const closed = {
  dynamodb: [
    ...said(400, 'AccessDeniedException', 'UnrecognizedClientException', 'ExpiredTokenException', 'IncompleteSignatureException'),
    ...said(400, 'InvalidSignatureException', 'MissingAuthenticationTokenException', 'ResourceNotFoundException', 'ResourceInUseException'),
    ...said(403, 'AccessDeniedException', 'OptInRequired', 'NotAuthorized', 'RequestExpired', 'InvalidClientTokenId', 'SomethingNew'),
  ],
  sqs: [
    ...said(
      400,
      'AccessDenied',
      'KmsAccessDenied',
      'KmsDisabled',
      'KmsInvalidState',
      'KmsNotFound',
      'KmsOptInRequired',
      'KmsInvalidKeyUsage',
    ),
    ...said(400, 'QueueDoesNotExist', 'InvalidSecurity', 'OverLimit', 'ExpiredToken'),
    ...said(403, 'AccessDeniedException', 'InvalidClientTokenId', 'SignatureDoesNotMatch'),
  ],
  s3: [
    ...said(400, 'KMS.DisabledException', 'KMS.KMSInvalidStateException', 'KMS.NotFoundException', 'ExpiredToken', 'InvalidToken'),
    ...said(
      403,
      'AccessDenied',
      'AllAccessDisabled',
      'AccountProblem',
      'InvalidAccessKeyId',
      'RequestTimeTooSkewed',
      'SignatureDoesNotMatch',
    ),
    ...said(404, 'NoSuchBucket'),
    ...said(409, 'OperationAborted'),
  ],
} satisfies Record<string, readonly Said[]>;

/** Faults of the request itself: the same call can never succeed. */
const wrong = {
  dynamodb: said(400, 'ValidationException', 'SerializationException', 'ItemCollectionSizeLimitExceededException'),
  sqs: said(400, 'InvalidMessageContents', 'InvalidAttributeValue', 'InvalidParameterValue'),
  s3: said(400, 'EntityTooLarge', 'InvalidRequest', 'KeyTooLongError'),
} satisfies Record<keyof typeof closed, readonly Said[]>;

let next: Said = { status: 500, code: 'none' };
const server = createServer((request, response) => {
  const isJson = request.headers['x-amz-target'] !== undefined;
  const body = isJson
    ? JSON.stringify({ __type: `com.amazonaws#${next.code}`, message: 'No.' })
    : `<?xml version="1.0"?><Error><Code>${next.code}</Code><Message>No.</Message></Error>`;
  request
    .resume()
    .once('end', () =>
      response.writeHead(next.status, { 'content-type': isJson ? 'application/x-amz-json-1.0' : 'application/xml' }).end(body),
    );
});
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** Each call that the adapters make. */
function callsOf() {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, maxAttempts: 1 };
  const [dynamoDb, s3] = [new DynamoDBClient(options), new S3Client({ ...options, forcePathStyle: true })];
  const store = dynamoDbJobStore(dynamoDb, 'jobs');
  const control = dynamoDbControlStore(dynamoDb, 'jobs');
  const urls = { type: { url: `${endpoint}/1/q`, deadLetterUrl: `${endpoint}/1/d` } };
  const ignore = () => undefined;
  const queues = sqsWakeUpQueues(new SQSClient(options), urls, { info: ignore, warn: ignore, error: ignore });
  const [payloads, files] = [s3PayloadStore(s3, 'payloads'), s3FileStore(s3, 'payloads')];
  const job = { id: `job_${'0'.repeat(26)}`, type: 'type', owner: 'owner', status: 'queued' as const };
  const claim = { type: 'type', leaseToken: 'x', nowMs: 0, leaseEndsAtMs: 1 };
  return {
    dynamodb: {
      get: () => store.get(job.id, 0),
      getMany: () => store.getMany([job.id], 0),
      claim: () => store.claim(job.id, claim),
      write: () => store.write(job, { kind: 'revision', revision: 1 }, { crashes: 1 }),
      due: () => store.due('timer#0', undefined, 1, 10),
      unfinished: () => store.unfinished('timer#0', undefined, 10),
      list: () =>
        store.list({ index: 'listing', name: 'owner#0' }, { keys: keysBetween(0, 1), order: 'asc', filter: { labels: [] }, limit: 10 }),
      control: () => control.read(),
      quota: () => dynamoDbQuotaStore(dynamoDb, 'jobs').read('owner'),
    },
    sqs: { wake: () => queues.wake(job, 0), depth: () => queues.depth('type'), deadLetter: () => queues.deadLetter('type', '{}', 'why') },
    s3: {
      put: () => payloads.put('payloads/x', '{}'),
      get: () => payloads.get('payloads/x'),
      write: () => files.write('files/x', 'text', 'text/plain', new AbortController().signal),
      read: () => files.read('files/x'),
    },
  } satisfies Record<keyof typeof closed, Record<string, () => Promise<unknown>>>;
}

const table = (codes: Readonly<Record<keyof typeof closed, readonly Said[]>>) =>
  (Object.keys(codes) as (keyof typeof closed)[]).flatMap((service) =>
    codes[service].map(({ status, code }) => [service, status, code] as const),
  );

it.each(table(closed))('%s %s %s: every request may be repeated', async (service, status, code) => {
  next = { status, code };
  for (const [what, call] of Object.entries(callsOf()[service]))
    expect([what, await call().catch((error: Error) => error)]).toMatchObject([
      what,
      { name: 'UnavailableError', message: expect.stringContaining(code) },
    ]);
});

it.each(table(wrong))('%s %s %s stays what it is', async (service, status, code) => {
  next = { status, code };
  for (const [what, call] of Object.entries(callsOf()[service]))
    expect([what, await call().catch((error: Error) => error)]).toMatchObject([what, { name: code }]);
});

it('takes an answer that breaks off for an outage, not for the job’s fault', async () => {
  const cut = createServer((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"half":');
    setTimeout(() => response.destroy(), 20);
  });
  await new Promise<void>((resolve) => void cut.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(cut.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  try {
    const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 });
    await expect(s3PayloadStore(client, 'payloads').get('payloads/x')).rejects.toMatchObject({ name: 'UnavailableError' });
  } finally {
    cut.closeAllConnections();
    cut.close();
  }
});

it('takes an object for missing where S3 says so, which it does to those who may list the bucket', async () => {
  next = { status: 404, code: 'NoSuchKey' };
  expect(await callsOf().s3.get()).toBeUndefined();
});
