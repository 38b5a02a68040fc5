/** Events of the local mode, whose functions are those that are deployed: each of them ends jobs, and puts an event for each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { JobEvent } from '../../lambdas/core/announce/job-event.ts';
import { jobEventSchema } from '../../lib/event-schema.ts';
import type { TakenEvent } from '../../local/events/event-log.ts';
import { HttpClient, type JobAnswer } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';

const server = new LocalProcess();
const client = new HttpClient(() => server.url);
beforeAll(() => server.start({ DELEGATION_EVENTS: '{"starts":true}' }));
afterAll(() => server.remove());

const launch = { imageId: 'ami-1', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'] };
const inputs: Readonly<Record<string, unknown>> = {
  'run-query': { sql: 'SELECT 1 AS one' },
  'write-batch': { table: 'scratch', operation: 'put', rows: [{ id: 'events' }] },
  'launch-instances': { ...launch, count: 1 },
  'terminate-instances': { instanceIds: ['i-0123456789abcdef0'], unknownIds: 'ignore' },
};

const taken = async () => (await (await fetch(`${server.endpoints().events}/events`)).json()) as readonly TakenEvent[];

/** @returns the events of a job, once its end is among them */
async function eventsOf({ id }: Pick<JobAnswer, 'id'>): Promise<readonly JobEvent[]> {
  for (;;) {
    const events = (await taken()).map(({ detail }) => jobEventSchema.parse(detail)).filter(({ subject }) => subject === id);
    if (events.some(({ type }) => type !== 'job.started')) return events;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const typesOf = async (job: Pick<JobAnswer, 'id'>) => (await eventsOf(job)).map(({ type }) => type).sort();

it.each(Object.entries(inputs))(
  '%s has an event of its start and one of its end, as the schema says and the API shows the job',
  async (type, input) => {
    const job = await client.run(type, input);
    expect(await typesOf(job)).toEqual(['job.started', 'job.succeeded']);
    const end = (await eventsOf(job)).find(({ type }) => type === 'job.succeeded');
    const { body } = await client.get(`/v1/jobs/${job.id}`);
    const { status, owner, attempt, maxAttempts, createdAt, startedAt, finishedAt, tags, error } = body;
    expect(end?.data).toMatchObject({
      id: job.id,
      type,
      status,
      owner,
      attempt,
      maxAttempts,
      createdAt,
      startedAt,
      finishedAt,
      tags,
      error,
    });
    expect([end?.source, end?.time]).toEqual(['/delegation/local', finishedAt]);
  },
);

it('a failure has its error, and neither its input nor a secret', async () => {
  const job = await client.run('run-query', { sql: 'SELECT * FROM nowhere' });
  const end = (await eventsOf(job)).find(({ type }) => type === 'job.failed');
  expect(end?.data.error).toEqual(job.error);
  expect(JSON.stringify(end?.data)).not.toContain('"input"');
});

const submitLater = async () =>
  (await client.submit('write-batch', inputs['write-batch'], { delaySeconds: 7_200, tags: { of: 'events' } })).body;

it('a job that the API cancels has one event', async () => {
  const job = await submitLater();
  expect((await client.request('POST', `/v1/jobs/${job.id}/cancel`)).status).toBeLessThan(300);
  expect(await typesOf(job)).toEqual(['job.cancelled']);
});

it('a job that is cancelled by a filter has one, and the job that cancels it has none', async () => {
  const job = await submitLater();
  const { body } = await client.request('POST', '/v1/jobs/cancel', { body: { filter: { tag: ['of:events'] }, dryRun: false } });
  expect(await client.ended(body.id)).toMatchObject({ type: 'bulk-action', status: 'succeeded' });
  expect(await typesOf(job)).toEqual(['job.cancelled']);
  expect((await taken()).filter(({ detail }) => (detail as JobEvent).subject === body.id)).toEqual([]);
});

it('a job that the clock ends at its deadline has one', async () => {
  const job = await submitLater();
  const { dynamodb, tableName } = server.endpoints();
  const table = new DynamoDBClient({
    endpoint: dynamodb,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await table.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { id: { S: job.id } },
      UpdateExpression: 'SET deadlineMs = :past ADD notBeforeMs :back, alarmKey :back',
      ExpressionAttributeValues: { ':past': { N: String(Date.now() - 1) }, ':back': { N: '-7200000' } },
    }),
  );
  expect(await typesOf(job)).toEqual(['job.failed']);
  expect((await eventsOf(job))[0]?.data).toMatchObject({ error: { code: 'deadline_exceeded' }, startedAt: null, attempt: 0 });
});

it('a group has an event of its start and one of its end, as any job', async () => {
  const job = { type: 'run-query', input: { sql: 'SELECT 1 AS one' } };
  const { body } = await client.request<{ readonly group: string }>('POST', '/v1/jobs/batch', { body: { jobs: [job], group: true } });
  expect(await typesOf({ id: body.group })).toEqual(['job.started', 'job.succeeded']);
});

it('they are in a file for people to follow, and still there after a restart', async () => {
  const before = await taken();
  expect(readFileSync(join(server.folder, 'events.ndjson'), 'utf8').trim().split('\n')).toHaveLength(before.length);
  await server.end('SIGKILL');
  await server.start();
  expect(await taken()).toEqual(before);
});
