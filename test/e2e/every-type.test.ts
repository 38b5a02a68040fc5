import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Upload } from '@aws-sdk/lib-storage';
import { catalogue } from '../../lambdas/jobs/catalogue.ts';
import { deployedInternalTypes, internalTypes } from '../../lambdas/jobs/internal-types.ts';
import type { JobAnswer } from '../support/http-client.ts';
import { useDeployment } from '../support/tested-deployment.ts';

const deployment = useDeployment();
const { client } = deployment;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** A text that is larger than what a record holds. */
const large = 'x'.repeat(3_000);

/** What each type is asked for where only the way of the job matters: an input, and where it can be, a result, too large for the record. */
const inputs: Readonly<Record<string, () => Promise<unknown>>> = {
  'run-query': async () => ({ sql: `SELECT repeat('x', 3000) AS long, '${large}' AS longer` }),
  'write-batch': async () => ({ table: 'scratch', operation: 'put', rows: [{ id: 'every-type', large }] }),
  'launch-instances': async () => ({ ...deployment.launch, count: 20, userData: large, waitFor: 'status-ok' }),
  'terminate-instances': async () => {
    const launched = await client.run('launch-instances', { ...deployment.launch, count: 2 });
    const { instances } = launched.result as { instances: { instanceId: string }[] };
    const others = Array.from({ length: 150 }, (_, i) => `i-0123456789abcd${String(i).padStart(3, '0')}`);
    return { instanceIds: [...instances.map(({ instanceId }) => instanceId), ...others], unknownIds: 'ignore' };
  },
};

// Side by side, since what they wait for is the clock; within a describe they would wait one after the other.
const types = catalogue.map(({ name }) => [name] as const);

it.concurrent.each(types)('%s is started by the clock when its time has come, with an input too large for the record', async (type) => {
  const delaySeconds = 7_200;
  const { status, body } = await client.submit(type, await inputs[type]?.(), { delaySeconds });
  expect([status, body]).toMatchObject([202, { status: 'scheduled' }]);
  await deployment.letPass(body, delaySeconds);
  expect(await client.ended(body.id)).toMatchObject({ status: 'succeeded', error: null });
});

const small: Readonly<Record<string, () => unknown>> = {
  'run-query': () => ({ sql: 'SELECT 1 AS one' }),
  'write-batch': () => ({ table: 'scratch', operation: 'put', rows: [{ id: 'follower' }] }),
  'launch-instances': () => ({ ...deployment.launch, count: 1 }),
  'terminate-instances': () => ({ instanceIds: ['i-0123456789abcdef0'], unknownIds: 'ignore' }),
};

it.concurrent.each(types)(
  'the end of a job of %s starts those of every other type that wait for it, before the clock does',
  async (type) => {
    const delaySeconds = 7_200;
    const first = (await client.submit(type, small[type]?.(), { delaySeconds })).body;
    const after = { after: [first.id], afterFailure: 'run' };
    const others = catalogue.filter(({ name }) => name !== type);
    const followers = await Promise.all(others.map(async ({ name }) => (await client.submit(name, small[name]?.(), after)).body));
    for (const { id } of followers)
      await client.until(id, ({ status, reason }) => status === 'waiting' && reason?.code === 'waiting_for_job');
    await deployment.letPass(first, delaySeconds);
    const { finishedAt } = await client.ended(first.id);
    const started = await Promise.all(followers.map(({ id }) => client.until(id, (job) => job['startedAt'] !== null)));
    // Their alarms are due two minutes after the end, and the clock comes every minute.
    for (const { type: name, startedAt } of started)
      expect([name, Date.parse(String(startedAt)) - Date.parse(String(finishedAt)) < 110_000]).toEqual([name, true]);
    for (const { id } of followers) await client.ended(id);
  },
);

// Those of the service itself, too: foreign messages may arrive in their queues as well.
const allTypes = [...catalogue, ...(deployment.isLocal ? internalTypes : deployedInternalTypes({}))].map(({ name }) => [name] as const);

it.concurrent.each(allTypes)(
  '%s drops a message about a job that never was, and moves a foreign message to the dead-letter queue',
  async (type) => {
    const sqs = new SQSClient(deployment.aws('sqs'));
    const { queue, deadLetters } = await deployment.queueUrls(type);
    const stray = JSON.stringify({ v: 1, id: `job_${'0'.repeat(26)}` });
    for (const MessageBody of [stray, 'what is this?']) await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody }));
    const count = async (QueueUrl: string) => {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
      return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
    };
    while ((await count(deadLetters)) < 1 || (await count(queue)) > 0) await pause(200);
    expect(await count(deadLetters)).toBe(1);
  },
);

it.concurrent('a report of rejected rows is not handed out when a part of it vanished, and the job says so', async () => {
  const s3 = new S3Client(deployment.aws('s3'));
  const bad = JSON.stringify({ noKey: 'x'.repeat(1_000) });
  const Body = [...Array.from({ length: 13_000 }, () => bad), ...Array.from({ length: 12 }, (_, i) => `{"id":"slow-${i}"}`)].join('\n');
  await new Upload({ client: s3, params: { Bucket: 'delegation-local', Key: 'rejected.ndjson', Body } }).done();
  const source = { url: 's3://delegation-local/rejected.ndjson', format: 'ndjson' };
  const input = { table: 'scratch', operation: 'put', source, maxWriteUnitsPerSecond: 1 };
  const { body } = await client.submit('write-batch', input, { maxAttempts: 1 });
  // While good rows are written slowly, the last part of the report vanishes.
  const nameOf = (key: string) => key.split('/').at(-1) ?? '';
  let parts: readonly string[] = [];
  while (parts.length < 3) parts = await filesOf(body);
  await s3.send(
    new DeleteObjectCommand({
      Bucket: await deployment.payloadBucket(),
      Key: parts.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).at(-1),
    }),
  );
  const job = await client.ended(body.id);
  expect(job).toMatchObject({ status: 'failed', result: null });
  expect((await filesOf(job)).filter((key) => key.endsWith('/rejected.ndjson'))).toEqual([]);
});

async function filesOf({ id }: Pick<JobAnswer, 'id'>): Promise<readonly string[]> {
  const s3 = new S3Client(deployment.aws('s3'));
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: await deployment.payloadBucket(), Prefix: `files/${id}/` }));
  return Contents.map(({ Key = '' }) => Key);
}
