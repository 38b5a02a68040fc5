import { type AttributeValue, DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { HttpClient, type JobAnswer } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';
import { sizeOf } from '../support/size.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const sqs = (server: LocalProcess) => new SQSClient({ endpoint: server.endpoints().sqs, region: 'us-east-1', credentials });

/** Each test has a machine room of its own. All but the first, which keeps the processors busy, run side by side. */
async function withServer(
  test: (server: LocalProcess, client: HttpClient) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const server = new LocalProcess();
  try {
    await server.start(env);
    await test(server, new HttpClient(() => server.url));
  } finally {
    await server.remove();
  }
}

/** Runs tasks with a bound on how many run at a time. */
async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

async function scratchIds(server: LocalProcess): Promise<readonly string[]> {
  const table = new DynamoDBClient({ endpoint: server.endpoints().dynamodb, region: 'us-east-1', credentials });
  const ids: string[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page: ScanCommandOutput = await table.send(new ScanCommand({ TableName: 'scratch', ExclusiveStartKey }));
    ids.push(...(page.Items ?? []).map((item) => item['id']?.S ?? ''));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return ids;
}

const jobs = sizeOf({ full: 1_000, quick: 300 });

it(`keeps every one of ${jobs} accepted jobs over kill -9 and a restart in the middle`, () =>
  withServer(async (server, client) => {
    const rows = Array.from({ length: jobs }, (_, i) => `row-${i}`);
    const accepted = new Map<string, string>();
    let restarting: Promise<void> | undefined;
    let restartError: unknown;
    const restart = async () => {
      await server.end('SIGKILL');
      await server.start();
    };
    await inParallel(rows, 50, async (row) => {
      const input = { table: 'scratch', operation: 'put', rows: [{ id: row, n: 1 }] };
      while (!accepted.has(row)) {
        if (restartError !== undefined) throw restartError;
        // A broken connection says nothing about the job, so the caller asks again with its key.
        const answer = await client.submit('write-batch', input, { key: row }).catch(() => undefined);
        // 200 is the replay of a job that has ended already.
        if (answer?.status === 202 || answer?.status === 200) accepted.set(row, answer.body.id);
        else await new Promise((resolve) => setTimeout(resolve, 50));
      }
      if (accepted.size >= jobs / 2)
        restarting ??= restart().catch((error: unknown) => {
          restartError = error;
        });
    });
    await restarting;
    expect(restarting).toBeDefined();
    const statuses = new Set<string>();
    await inParallel([...accepted.values()], 20, async (id) => {
      statuses.add((await client.ended(id)).status);
    });
    expect([...statuses]).toEqual(['succeeded']);
    expect(new Set(accepted.values()).size).toBe(jobs);
    expect([...(await scratchIds(server))].sort()).toEqual([...rows].sort());
  }));

it.concurrent('starts a job again that was running when everything was killed, though its lease lasts for hours', async () => {
  const hours = { DELEGATION_LEASE_SECONDS: '36000', DELEGATION_GRACE_SECONDS: '36000' };
  const isStarted = (times: number) => (job: JobAnswer) => job.timeline.filter(({ event }) => event === 'started').length === times;
  await withServer(async (server, client) => {
    const rows = Array.from({ length: 300 }, (_, i) => ({ id: `slow-${i}` }));
    const { body } = await client.submit('write-batch', { table: 'scratch', operation: 'put', rows, maxWriteUnitsPerSecond: 1 });
    await client.until(body.id, isStarted(1));
    await server.end('SIGKILL');
    await server.start(hours);
    const job = await client.until(body.id, isStarted(2));
    expect(job.timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'worker_lost', 'started']);
  }, hours);
});

it.concurrent('ends all of 200 waiting jobs although their queue was purged', () =>
  withServer(async (server, client) => {
    const rows = Array.from({ length: 200 }, (_, i) => `purged-${i}`);
    const ids: string[] = [];
    await inParallel(rows, 20, async (id) => {
      const { body } = await client.submit('write-batch', { table: 'scratch', operation: 'put', rows: [{ id }] }, { delaySeconds: 8 });
      ids.push(body.id);
    });
    const QueueUrl = server.endpoints().queues['write-batch'];
    await sqs(server).send(new PurgeQueueCommand({ QueueUrl }));
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesDelayed', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await sqs(server).send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
    expect(names.map((name) => Attributes[name])).toEqual(['0', '0', '0']);
    for (const id of ids) expect((await client.ended(id)).status).toBe('succeeded');
    expect(await scratchIds(server)).toHaveLength(200);
  }));

interface Ec2State {
  readonly instances: readonly unknown[];
}

async function ec2(server: LocalProcess, changes?: object): Promise<Ec2State> {
  const response = await fetch(
    `${server.endpoints().ec2}/_control`,
    changes === undefined ? {} : { method: 'PUT', body: JSON.stringify(changes) },
  );
  return (await response.json()) as Ec2State;
}
const launch = { imageId: 'ami-1', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], count: 3 };

it.concurrent('makes one effect of a message that comes ten times', () =>
  withServer(async (server, client) => {
    const { body } = await client.submit('launch-instances', launch);
    const QueueUrl = server.endpoints().queues['launch-instances'];
    const MessageBody = JSON.stringify({ v: 1, id: body.id });
    for (let i = 0; i < 10; i++) await sqs(server).send(new SendMessageCommand({ QueueUrl, MessageBody }));
    expect((await client.ended(body.id)).status).toBe('succeeded');
    expect((await ec2(server)).instances).toHaveLength(3);
  }));

it.concurrent('has launched exactly as many as asked for when it is killed between the launch and its checkpoint', () =>
  withServer(async (server, client) => {
    await ec2(server, { answerAfterMs: 60_000 }); // the launch has its effect, and its answer never comes
    const { body } = await client.submit('launch-instances', launch);
    while ((await ec2(server)).instances.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await server.end('SIGKILL');
    await server.start();
    await ec2(server, { answerAfterMs: 0 });
    const job = await client.ended(body.id);
    expect(job.status).toBe('succeeded');
    expect(job.timeline.map(({ event }) => event)).toContain('worker_lost');
    expect((job.result as { instances: unknown[] }).instances).toHaveLength(3);
    expect((await ec2(server)).instances).toHaveLength(3);
  }));

it.concurrent('ends cleanly on SIGTERM and goes on at the next start where it was', () =>
  withServer(async (server, client) => {
    const { body } = await client.submit(
      'write-batch',
      { table: 'scratch', operation: 'put', rows: [{ id: 'later' }] },
      { delaySeconds: 5 },
    );
    expect(await server.end('SIGTERM')).toBe(0);
    await server.start();
    expect((await client.ended(body.id)).status).toBe('succeeded');
    expect(await server.end('SIGINT')).toBe(0);
  }));

it.concurrent('interrupts on SIGTERM what reaches no safe point, and starts it again without an attempt spent', () =>
  withServer(async (server, client) => {
    const { body } = await client.submit('run-query', { sql: 'SELECT count(*) FROM range(1000000) a, range(1000000) b' });
    await client.until(body.id, ({ status }) => status === 'running');
    expect(await server.end('SIGTERM')).toBe(0);
    await server.start();
    const again = await client.until(body.id, ({ status }) => status === 'running');
    expect(again.attempt).toBe(1);
    expect(again.timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'sleeping', 'resumed']);
    await client.request('POST', `/v1/jobs/${body.id}/cancel`);
    expect((await client.ended(body.id)).status).toBe('cancelled');
  }));

it.concurrent('rests a slow batch write on SIGTERM, and goes on behind the rows that are written', () =>
  withServer(async (server, client) => {
    const rows = Array.from({ length: 12 }, (_, i) => ({ id: `slow-${i}` }));
    const { body } = await client.submit('write-batch', { table: 'scratch', operation: 'put', rows, maxWriteUnitsPerSecond: 2 });
    while ((await scratchIds(server)).length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await server.end('SIGTERM')).toBe(0);
    await server.start();
    const job = await client.ended(body.id);
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1, result: { written: 12 } });
    expect(job.timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'sleeping', 'resumed', 'succeeded']);
    expect(await scratchIds(server)).toHaveLength(12);
  }));

it.concurrent('terminates what a cancelled launch had launched, and tries again where EC2 is too busy to terminate', () =>
  withServer(async (server, client) => {
    await ec2(server, { runningAfterMs: 600_000 });
    const { body } = await client.submit('launch-instances', launch);
    while ((await ec2(server)).instances.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await client.request('POST', `/v1/jobs/${body.id}/cancel`)).status).toBeLessThan(300);
    expect((await client.ended(body.id)).status).toBe('cancelled');
    await ec2(server, { runningAfterMs: 0 });
    const launched = await client.run('launch-instances', launch);
    const instanceIds = (launched.result as { instances: { instanceId: string }[] }).instances.map(({ instanceId }) => instanceId);
    // The SDK makes four attempts on its own.
    await ec2(server, { faults: [{ action: 'TerminateInstances', code: 'RequestLimitExceeded', times: 4 }] });
    const terminated = await client.run('terminate-instances', { instanceIds });
    expect(terminated).toMatchObject({ status: 'succeeded', attempt: 2, result: { terminated: instanceIds } });
    const { instances } = (await ec2(server)) as { instances: readonly { state: string }[] };
    expect(instances.map(({ state }) => state).filter((state) => !['shutting-down', 'terminated'].includes(state))).toEqual([]);
  }));

it.concurrent('hands nothing out of a query that was cancelled while it wrote its file', () =>
  withServer(async (server, client) => {
    // Written for some seconds, in parts; the cancel is heard within one.
    const columns = Array.from({ length: 10 }, (_, i) => `i + ${i} AS n${i}`);
    const sql = `SELECT ${columns.join(', ')} FROM range(3000000) t(i)`;
    const { body } = await client.submit('run-query', { sql, output: { format: 'csv' } });
    await client.until(body.id, ({ progress }) => (progress as { message?: string } | null)?.message === 'writing the result');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await client.request('POST', body.links.cancel ?? `/v1/jobs/${body.id}/cancel`)).status).toBe(202);
    expect(await client.ended(body.id)).toMatchObject({ status: 'cancelled', result: null });
    const s3 = new S3Client({ endpoint: server.endpoints().s3, region: 'us-east-1', credentials, forcePathStyle: true });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'delegation-payloads', Prefix: `files/${body.id}/` }));
    expect(Contents).toEqual([]);
  }));

it.concurrent('launches what an allowed template says, on the spot market', () =>
  withServer(async (_server, client) => {
    const job = await client.run('launch-instances', { launchTemplate: { id: 'lt-1', version: '1' }, market: 'spot' });
    expect(job).toMatchObject({ status: 'succeeded', result: { instances: [{ instanceType: 't3.micro' }] } });
  }));
