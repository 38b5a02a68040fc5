/** Concurrency keys through a deployment: each function takes, gives back and hands on places with its own role. */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { JobAnswer } from '../support/http-client.ts';
import { Deployment } from '../support/tested-deployment.ts';

const deployment = new Deployment();
const { client } = deployment;
const dynamoDb = new DynamoDBClient(deployment.aws('dynamodb'));

const submit = async (concurrencyKey: string, act: 'succeed' | 'hold' = 'succeed') => {
  const { status, body } = await client.submit('probe', { act }, { concurrencyKey });
  expect(status).toBe(202);
  return body;
};
/** Lets a job that is held end, however long the others took to come. */
const release = (id: string) =>
  dynamoDb.send(
    new UpdateItemCommand({
      TableName: 'scratch',
      Key: { id: { S: `hold-of-${id}` } },
      UpdateExpression: 'SET #released = :yes',
      ExpressionAttributeNames: { '#released': 'released' },
      ExpressionAttributeValues: { ':yes': { BOOL: true } },
    }),
  );
const timeOf = (job: JobAnswer, member: 'startedAt' | 'finishedAt') => Date.parse(String(job[member]));

it.concurrent('lets jobs of one key run one at a time, in order: the worker of each hands its place on', async () => {
  const jobs: JobAnswer[] = [];
  for (let i = 0; i < 4; i++) {
    const { id } = await submit('one-by-one', i === 0 ? 'hold' : 'succeed');
    // Each is in line before the next comes.
    jobs.push(await client.until(id, ({ status, reason }) => status !== 'queued' || reason?.code === 'waiting_for_key'));
  }
  expect(jobs.slice(1).map(({ reason }) => reason?.code)).toEqual(['waiting_for_key', 'waiting_for_key', 'waiting_for_key']);
  await release(jobs[0]?.id ?? '');
  const ended: JobAnswer[] = [];
  for (const { id } of jobs) ended.push(await client.ended(id));
  expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
  for (const [i, job] of ended.slice(1).entries())
    expect(timeOf(job, 'startedAt')).toBeGreaterThanOrEqual(timeOf(ended[i] as JobAnswer, 'finishedAt'));
});

it.concurrent('hands the place of a job that is cancelled on: the API does, when the job waited and none runs', async () => {
  const first = await submit('cancelled', 'hold');
  await client.until(first.id, ({ status }) => status === 'running');
  const [second, third] = [await submit('cancelled'), await submit('cancelled')];
  for (const { id } of [second, third]) await client.until(id, ({ reason }) => reason?.code === 'waiting_for_key');
  const cancelled = await client.request('POST', `/v1/jobs/${second.id}/cancel`);
  expect(cancelled.body.status).toBe('cancelled');
  await release(first.id);
  expect((await client.ended(first.id)).status).toBe('succeeded');
  expect((await client.ended(third.id)).status).toBe('succeeded');
  expect(await client.ended(second.id)).toMatchObject({ status: 'cancelled', startedAt: null });
});

it.concurrent('keeps the place of a job whose worker dies, and hands it on after its end', async () => {
  const { body: first } = await client.submit('probe', { act: 'crash-once' }, { concurrencyKey: 'crashed' });
  const second = await submit('crashed');
  const [one, other] = [await client.ended(first.id), await client.ended(second.id)];
  expect([one.status, other.status]).toEqual(['succeeded', 'succeeded']);
  const [earlier, later] = [one, other].toSorted((a, b) => timeOf(a, 'startedAt') - timeOf(b, 'startedAt')) as [JobAnswer, JobAnswer];
  expect(timeOf(later, 'startedAt')).toBeGreaterThanOrEqual(timeOf(earlier, 'finishedAt'));
});
