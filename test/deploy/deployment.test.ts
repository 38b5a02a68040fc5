import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  type MetricAlarm,
  PutMetricDataCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, GetItemCommand, ScanCommand, type ScanCommandOutput, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { HttpClient, type JobAnswer } from '../support/http-client.ts';
import { Deployment } from '../support/tested-deployment.ts';
import { cdkOnStages, deployAll } from './cdk.ts';
import { holdings } from './holdings.ts';
import { tokenOf } from './issuer.ts';

const deployment = new Deployment();
const { client } = deployment;
const { tokensUrl, issuerKey, issuerEcKey } = JSON.parse(process.env['DELEGATION_DEPLOYED'] ?? '{}') as Record<
  'tokensUrl' | 'issuerKey' | 'issuerEcKey',
  string
>;
const facts = JSON.parse(process.env['DELEGATION_DEPLOY_TEST'] ?? '{}') as { issuer: string };
const dynamoDb = new DynamoDBClient(deployment.aws('dynamodb'));
const sqs = new SQSClient(deployment.aws('sqs'));

/** @returns how often each job of the probe ran, as the outside world has counted */
async function runsOfJobs(): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  let page: ScanCommandOutput | undefined;
  do {
    page = await dynamoDb.send(new ScanCommand({ TableName: 'scratch', ExclusiveStartKey: page?.LastEvaluatedKey }));
    for (const { id, runs } of page.Items ?? []) if (runs !== undefined) found.set(id?.S?.replace('runs-of-', '') ?? '', Number(runs.N));
  } while (page.LastEvaluatedKey !== undefined);
  return found;
}

/** Requests a path again and again. @returns the statuses of its answers */
async function statusesWhile(goesOn: () => boolean, path: string): Promise<readonly number[]> {
  const statuses: number[] = [];
  while (goesOn()) statuses.push((await client.get(path)).status);
  return statuses;
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

  it.concurrent('a message that is not a wake-up goes to the dead-letter queue', async () => {
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
  const alarms = async (): Promise<readonly MetricAlarm[]> =>
    (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: 'Delegation-test-', MaxRecords: 100 }))).MetricAlarms ?? [];
  /** `Failures`, `JobsWaiting`. */
  const shortName = ({ AlarmName }: MetricAlarm) => /Monitoring([A-Za-z]+?)[0-9A-F]{8}/.exec(AlarmName ?? '')?.[1] ?? '';
  /** It rises when nothing is counted, and here the clock does run. */
  const isOnSilence = ({ ComparisonOperator }: MetricAlarm) => ComparisonOperator === 'LessThanThreshold';
  /** In each of the alarm's periods: what AWS, and the functions' logs, would have counted. */
  const put = ({ Namespace, MetricName, Dimensions, Period = 60, EvaluationPeriods = 1 }: MetricAlarm, values: readonly number[]) => {
    const at = (period: number) => new Date(Date.now() - period * Period * 1000);
    const datum = { MetricName, ...(Dimensions === undefined ? {} : { Dimensions }) };
    const MetricData = Array.from({ length: EvaluationPeriods }, (_, period) =>
      values.map((Value) => ({ ...datum, Value, Timestamp: at(period) })),
    ).flat();
    return cloudWatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
  };
  /** @returns those that are not in the state, although there was time */
  const notYet = async (state: StateValue, names: readonly string[]): Promise<readonly string[]> => {
    const endMs = Date.now() + 120_000;
    for (;;) {
      const others = (await alarms()).filter((alarm) => names.includes(shortName(alarm)) && alarm.StateValue !== state).map(shortName);
      if (others.length === 0 || Date.now() > endMs) return others;
      await sleep(500);
    }
  };

  it('say what to do, notify a topic, and each watches a metric of its own that exists', async () => {
    const all = await alarms();
    const { queues = [], functions = [] } = await holdings(deployment);
    const isThere: Readonly<Record<string, (value: string) => boolean>> = {
      QueueName: (name) => queues.some((url) => url.endsWith(`/${name}`)),
      FunctionName: (name) => functions.includes(name),
      ApiId: (id) => new URL(deployment.url).hostname.startsWith(`${id}.`),
      stage: (stage) => stage === 'Delegation-test',
      type: (type) => type === 'deliver-webhook',
    };
    for (const { AlarmDescription, AlarmActions, OKActions, Dimensions = [] } of all) {
      expect(AlarmDescription).toMatch(/docs\/runbook\.md#[a-z-]+$/);
      for (const actions of [AlarmActions, OKActions]) expect(actions).toEqual([expect.stringMatching(/^arn:aws:sns:/)]);
      expect(Dimensions.filter(({ Name = '', Value = '' }) => isThere[Name]?.(Value) !== true)).toEqual([]);
    }
    const watched = all.map(({ MetricName, Dimensions }) => JSON.stringify([MetricName, Dimensions]));
    expect(new Set(watched).size).toBe(all.length);
    // Nine, one of events and one of webhooks, no matter how many types there are.
    expect(all).toHaveLength(11);
  });

  it('are quiet while nothing is wrong, and when one of many jobs fails', async () => {
    // Those on functions look at what the emulator counts itself, such as the workers that other tests let die.
    const quiet = (await alarms()).filter((alarm) => alarm.Namespace !== 'AWS/Lambda');
    expect(quiet.filter(({ StateValue }) => StateValue !== 'INSUFFICIENT_DATA')).toEqual([]);
    for (const alarm of quiet) await put(alarm, shortName(alarm) === 'Failures' ? [0, 0, 0, 0, 1] : [0]);
    // The emulator counts a failed job of any type, and so that one, as a webhook that cannot be delivered.
    const names = quiet.map(shortName).filter((name) => name !== 'WebhooksUndeliverable');
    expect(await notYet('OK', names)).toEqual([]);
    expect(names).toHaveLength(7);
  });

  it('rise, each for a value beyond its threshold', async () => {
    const driven = (await alarms()).filter((alarm) => !isOnSilence(alarm));
    for (const alarm of driven) {
      const { Threshold = 0, ComparisonOperator } = alarm;
      expect(ComparisonOperator).toMatch(/^GreaterThan(OrEqualTo)?Threshold$/);
      const value = ComparisonOperator === 'GreaterThanThreshold' ? Threshold + 1 : Threshold;
      // An average over jobs, those that were put before among them.
      const most = Array.from({ length: 10 }, () => 1);
      await put(alarm, shortName(alarm) === 'Failures' ? most : [value]);
      expect(await notYet('ALARM', [shortName(alarm)])).toEqual([]);
    }
    expect(driven).toHaveLength(10);
  });

  it('but for that of the clock, which runs', async () =>
    expect((await alarms()).filter(isOnSilence).map(shortName)).toEqual(['ClockStopped']));
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
    const withToken = (changes: object, key = issuerKey) => {
      const authorization = `Bearer ${tokenOf(key, { ...claims, ...changes })}`;
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

    // As AWS: its keys are RSA keys, or none. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    it('are turned away with a token that the issuer signed with an EC key', async () =>
      expect((await withToken({}, issuerEcKey).get('/v1/jobs')).status).toBe(401));

    it('are turned away without one', async () => expect((await new HttpClient(() => tokensUrl).get('/v1/jobs')).status).toBe(401));
  });
});

describe('a change while jobs run', () => {
  const count = 500;
  const beforehand = 100;
  const afterwards = 50;

  it(`answers each request, loses none of ${count} jobs, runs none more often than its timeline says, and takes effect`, async () => {
    const ids: string[] = [];
    const submit = async (jobs: number) => {
      const keys = Array.from({ length: jobs }, (_, i) => `load-${ids.length + i}`);
      const answers = await Promise.all(keys.map((key) => client.submit('probe', { act: 'succeed', seconds: 0.2 }, { key })));
      expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
      ids.push(...answers.map(({ body }) => body.id));
    };
    while (ids.length < beforehand) await submit(10);
    const beganMs = Date.now();
    const deploying = cdkOnStages([...deployAll, '--exclusively'], {
      DELEGATION_DEPLOY_TEST: JSON.stringify({ ...facts, retentionDays: 60 }),
    });
    let isDeploying = true;
    const end = () => {
      isDeploying = false;
    };
    deploying.then(end, end);
    // Several at once, so that one of them is on its way whenever a function changes.
    const reading = Promise.all(ids.slice(0, 4).map((id) => statusesWhile(() => isDeploying, `/v1/jobs/${id}`)));
    while (isDeploying) {
      // Ever fewer, so that there are some until the deploy has ended, however long it takes.
      await submit(Math.min(5, Math.ceil((count - afterwards - ids.length) / 40)));
      await sleep(1_000);
    }
    await deploying;
    expect((await reading).flat().filter((status) => status !== 200)).toEqual([]);
    const deployedMs = Date.now();
    const submittedMeanwhile = ids.length - beforehand;
    while (ids.length < count) await submit(Math.min(10, count - ids.length));

    const ended: JobAnswer[] = [];
    for (const id of ids) ended.push(await client.ended(id));
    expect(new Set(ids).size).toBe(count);
    expect(ended.filter(({ status }) => status !== 'succeeded')).toEqual([]);
    const countEvents = (job: JobAnswer, what: string) => job.timeline.filter(({ event }) => event === what).length;
    expect(ended.filter((job) => countEvents(job, 'succeeded') !== 1)).toEqual([]);
    const runs = await runsOfJobs();
    const runsOf = ({ id }: JobAnswer) => runs.get(id) ?? 0;
    // A worker that takes over, or tries again, starts; one that starts may end before it is counted.
    expect(ended.filter((job) => runsOf(job) < 1 || runsOf(job) > countEvents(job, 'started'))).toEqual([]);

    const endedMs = (job: JobAnswer) => Date.parse(String(job['finishedAt']));
    const keptDays = (job: JobAnswer) => Math.round((Date.parse(String(job['expiresAt'])) - endedMs(job)) / 86_400_000);
    const kept = (days: number) => ended.filter((job) => keptDays(job) === days);
    const endedMeanwhile = ended.filter((job) => endedMs(job) > beganMs && endedMs(job) < deployedMs);
    expect(kept(30).length).toBeGreaterThan(0);
    expect(kept(60).length).toBeGreaterThan(0);
    expect(kept(30).length + kept(60).length).toBe(count);
    expect(endedMeanwhile.length).toBeGreaterThan(0);
    console.log(
      `The deploy took ${Math.round((deployedMs - beganMs) / 1000)} s. ${submittedMeanwhile} of ${count} jobs were submitted meanwhile, ` +
        `${endedMeanwhile.length} ended; ${kept(30).length} ended under the old setting, ${kept(60).length} under the new one; ` +
        `${ended.filter((job) => runsOf(job) > 1).length} ran more than once.`,
    );
  });
});
