import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand, ScanCommand, type ScanCommandOutput, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Deployment } from '../support/deployment.ts';
import { HttpClient, type JobAnswer } from '../support/http-client.ts';
import { cdk, deployAll } from './cdk.ts';
import { tokenOf } from './issuer.ts';

const deployment = new Deployment();
const { client } = deployment;
const { tokensUrl, issuerKey } = JSON.parse(process.env['DELEGATION_DEPLOYED'] ?? '{}') as { tokensUrl: string; issuerKey: string };
const facts = JSON.parse(process.env['DELEGATION_DEPLOY_TEST'] ?? '{}') as { issuer: string };
const dynamoDb = new DynamoDBClient(deployment.aws('dynamodb'));
const sqs = new SQSClient(deployment.aws('sqs'));

async function effects(): Promise<Map<string, { readonly tokens: number; readonly runs: number }>> {
  const found = new Map<string, { tokens: number; runs: number }>();
  let page: ScanCommandOutput | undefined;
  do {
    page = await dynamoDb.send(new ScanCommand({ TableName: 'scratch', ExclusiveStartKey: page?.LastEvaluatedKey }));
    for (const { id, tokens, runs } of page.Items ?? []) {
      if (tokens !== undefined)
        found.set(id?.S?.replace('effect-of-', '') ?? '', { tokens: tokens.SS?.length ?? 0, runs: Number(runs?.N) });
    }
  } while (page.LastEvaluatedKey !== undefined);
  return found;
}

describe('what goes wrong', () => {
  it.concurrent('a failed attempt is tried again', async () => {
    const job = await client.run('probe', { act: 'fail-once' });
    expect(job).toMatchObject({ status: 'succeeded', attempt: 2, result: { attempt: 2 } });
    expect(job.timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'attempt_failed', 'started', 'succeeded']);
  });

  it.concurrent('a job whose worker dies is taken over', async () => {
    const job = await client.run('probe', { act: 'crash-once' });
    expect(job.status).toBe('succeeded');
    expect(job.timeline.map(({ event }) => event)).toContain('worker_lost');
  });

  it.concurrent('a job whose message is lost is found by the clock', async () => {
    const { body } = await client.submit('probe', { act: 'succeed' }, { delaySeconds: 5 });
    await sqs.send(new PurgeQueueCommand({ QueueUrl: (await deployment.queueUrls('probe')).queue }));
    expect((await client.ended(body.id)).status).toBe('succeeded');
  });

  it.concurrent('a message that is none of ours is put aside', async () => {
    const { queue, deadLetters: QueueUrl } = await deployment.queueUrls('probe');
    await sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: 'what is this?' }));
    for (;;) {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      if (Attributes.ApproximateNumberOfMessages === '1') break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  });
});

describe('time', () => {
  it.concurrent('starts a job that was delayed for longer than SQS can, once its time has come', async () => {
    const { body } = await client.submit('probe', { act: 'succeed' }, { delaySeconds: 7_200 });
    expect(body).toMatchObject({ status: 'scheduled' });
    await deployment.letPass(body, 7_200);
    expect((await client.ended(body.id)).status).toBe('succeeded');
  });

  it.concurrent('removes a record at the end of its time to live, and answers before as if it were gone', async () => {
    const { id } = await client.run('probe', { act: 'succeed' });
    const Key = { id: { S: id } };
    const TableName = await deployment.jobsTable();
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET #expires = :past',
        ExpressionAttributeNames: { '#expires': 'expiresAtSeconds' },
        ExpressionAttributeValues: { ':past': { N: String(Math.floor(Date.now() / 1000) - 60) } },
      }),
    );
    expect((await client.get(`/v1/jobs/${id}`)).status).toBe(404);
    while ((await dynamoDb.send(new GetItemCommand({ TableName, Key }))).Item !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  });
});

describe('alarms', () => {
  const cloudWatch = new CloudWatchClient(deployment.aws('cloudwatch'));
  const alarmNamed = async (part: string) => {
    const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'Delegation-test-' }));
    const found = MetricAlarms.filter(({ AlarmName }) => AlarmName?.includes(part));
    expect(found).toHaveLength(1);
    return found[0];
  };
  /** What the functions' logs would have counted, which the emulator does not read. */
  const count = (MetricName: string, Value: number, minutesAgo = 0) =>
    cloudWatch.send(
      new PutMetricDataCommand({
        Namespace: 'Delegation',
        MetricData: [
          {
            MetricName,
            Value,
            Dimensions: [{ Name: 'stage', Value: 'Delegation-test' }],
            Timestamp: new Date(Date.now() - minutesAgo * 60_000),
          },
        ],
      }),
    );

  it.concurrent('rise when workers die again and again, say what to do, and tell somebody', async () => {
    const before = await alarmNamed('LostWorkers');
    expect(before?.AlarmDescription).toContain('docs/runbook.md#lost-workers');
    expect(before?.AlarmActions?.[0]).toMatch(/^arn:aws:sns:/);
    expect(before?.StateValue).not.toBe('ALARM');
    await count('WorkersLost', 3);
    while ((await alarmNamed('LostWorkers'))?.StateValue !== 'ALARM') await new Promise((resolve) => setTimeout(resolve, 500));
  });

  it.concurrent('rise when most jobs fail, not when one of many does', async () => {
    for (const minutesAgo of [0, 5, 10]) for (const failed of [0, 0, 0, 0, 1]) await count('Failed', failed, minutesAgo);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await alarmNamed('Failures'))?.StateValue).not.toBe('ALARM');
    for (const minutesAgo of [0, 5, 10]) for (const failed of [1, 1, 1, 1, 1]) await count('Failed', failed, minutesAgo);
    while ((await alarmNamed('Failures'))?.StateValue !== 'ALARM') await new Promise((resolve) => setTimeout(resolve, 500));
  });
});

describe('callers', () => {
  it('submit their first job as the deploy guide says, word for word', async () => {
    const guide = readFileSync(join(__dirname, '..', '..', 'docs', 'deploy.md'), 'utf8');
    const [, commands = ''] = /## The first job.*?```sh\n(.*?)```/s.exec(guide) ?? [];
    const { accessKeyId, secretAccessKey } = deployment.credentialsOf('local');
    const env = {
      PATH: process.env['PATH'],
      URL: deployment.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      CURL_CA_BUNDLE: process.env['NODE_EXTRA_CA_CERTS'],
    };
    const { stdout } = await promisify(execFile)('bash', ['-euc', commands], { env });
    expect(stdout).toMatch(/^HTTP\/\S+ 202/);
    const [, path = ''] = /^location: (\/v1\/jobs\/job_\w+)\s*$/im.exec(stdout) ?? [];
    expect(await client.ended(path.replace('/v1/jobs/', ''))).toMatchObject({ status: 'succeeded', result: { rows: [['3']] } });
  });

  it('are turned away unless they sign, but for the health check', async () => {
    const unsigned = new HttpClient(() => deployment.url);
    expect((await unsigned.get('/v1/job-types')).status).toBe(403);
    expect((await unsigned.submit('probe', { act: 'succeed' })).status).toBe(403);
    expect((await unsigned.get('/healthz')).status).toBe(200);
  });

  describe('of the stage that takes tokens', () => {
    const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;
    const claims = { iss: facts.issuer, aud: 'delegation', sub: 'ann', iat: seconds(0), exp: seconds(600) };
    const withToken = (changes: object) => {
      const authorization = `Bearer ${tokenOf(issuerKey, { ...claims, ...changes })}`;
      return new HttpClient(
        () => tokensUrl,
        () => (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization } }),
      );
    };

    it('own what they submit, by their claim, and admins see it', async () => {
      const ann = withToken({});
      const job = await ann.run('probe', { act: 'succeed' });
      expect(job).toMatchObject({ status: 'succeeded', owner: 'ann' });
      expect((await withToken({ sub: 'bob' }).get(job.links.self)).status).toBe(404);
      expect((await withToken({ sub: 'olga', groups: ['operations'] }).get(job.links.self)).status).toBe(200);
    });

    it.each([
      ['an expired token', { exp: seconds(-600) }],
      ['a token for another audience', { aud: 'somebody-else' }],
      ['a token of another issuer', { iss: 'https://issuer.example' }],
    ])('are turned away with %s', async (_, changes) => expect((await withToken(changes).get('/v1/jobs')).status).toBe(401));

    it('are turned away without one', async () => expect((await new HttpClient(() => tokensUrl).get('/v1/jobs')).status).toBe(401));
  });
});

describe('a change while jobs run', () => {
  const count = 500;

  it(`loses none of ${count} jobs and does none twice, and takes effect`, async () => {
    const before = await client.run('probe', { act: 'succeed' });
    const ids: string[] = [];
    let deploying: Promise<string> | undefined;
    for (let i = 0; i < count; i += 10) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, j) => client.submit('probe', { act: 'succeed', seconds: 0.2 }, { key: `load-${i + j}` })),
      );
      for (const { status, body } of answers) {
        expect(status).toBe(202);
        ids.push(body.id);
      }
      if (ids.length === 100) {
        const env = { DELEGATION_DEPLOY_TEST: JSON.stringify({ ...facts, retentionDays: 60 }) };
        deploying = cdk([...deployAll, '--exclusively'], env);
      }
    }
    await deploying;
    const ended = [];
    for (const id of ids) ended.push(await client.ended(id));
    expect(new Set(ids).size).toBe(count);
    expect(ended.filter(({ status }) => status !== 'succeeded')).toEqual([]);
    const done = await effects();
    expect(ids.filter((id) => done.get(id)?.tokens !== 1)).toEqual([]);
    const keptDays = (job: JobAnswer) => (Date.parse(String(job['expiresAt'])) - Date.parse(String(job['finishedAt']))) / 86_400_000;
    expect(Math.round(keptDays(before))).toBe(30);
    expect(Math.round(keptDays(await client.run('probe', { act: 'succeed' })))).toBe(60);
  }, 300_000);
});
