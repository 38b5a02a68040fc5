/** Events through a deployment: each function puts them with its own role, and a rule of EventBridge brings them to a queue. */
import { DeleteRuleCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { JobEvent } from '../../lambdas/core/announce/job-event.ts';
import { jobEventSchema } from '../../lib/event-schema.ts';
import { fail, Rehearsal, run, waitForGo } from '../support/rehearsal.ts';
import { Deployment } from '../support/tested-deployment.ts';

const deployment = new Deployment();
const { client } = deployment;
const rehearsal = new Rehearsal(client);
const sqs = new SQSClient(deployment.aws('sqs'));
const bridge = new EventBridgeClient(deployment.aws('sqs'));
const received: JobEvent[] = [];
let queue = '';

beforeAll(async () => {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'events-of-jobs' }));
  queue = QueueUrl;
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const pattern = { source: ['delegation'], detail: { source: ['/delegation/Delegation-test'] } };
  await bridge.send(new PutRuleCommand({ Name: 'events-of-jobs', EventPattern: JSON.stringify(pattern) }));
  await bridge.send(new PutTargetsCommand({ Rule: 'events-of-jobs', Targets: [{ Id: 'queue', Arn: Attributes?.QueueArn }] }));
});

afterAll(async () => {
  await bridge.send(new RemoveTargetsCommand({ Rule: 'events-of-jobs', Ids: ['queue'] }));
  await bridge.send(new DeleteRuleCommand({ Name: 'events-of-jobs' }));
  await sqs.send(new DeleteQueueCommand({ QueueUrl: queue }));
});

async function receive(): Promise<void> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
  for (const { Body = '', ReceiptHandle } of Messages) {
    const event = JSON.parse(Body) as { source: string; 'detail-type': string; detail: unknown };
    const detail = jobEventSchema.parse(event.detail);
    expect([event.source, event['detail-type']]).toEqual(['delegation', detail.type]);
    received.push(detail);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle }));
  }
}

/** @returns the types of a job's events, once its end is among them, and without those that came again */
async function eventsOf(id: string): Promise<readonly string[]> {
  for (;;) {
    const own = received.filter(({ subject }) => subject === id);
    if (own.some(({ type }) => type !== 'job.started')) return [...new Map(own.map((event) => [event.id, event.type])).values()].sort();
    await receive();
  }
}

it('brings one of its start and one of its end, for a job that succeeds and one that fails', async () => {
  const [good, bad] = await Promise.all([
    client.run('probe', { act: 'succeed' }),
    client.run('run-query', { sql: 'SELECT * FROM nowhere' }),
  ]);
  expect(await eventsOf(good.id)).toEqual(['job.started', 'job.succeeded']);
  expect(await eventsOf(bad.id)).toEqual(['job.failed', 'job.started']);
});

it('brings one for a job that the API cancels', async () => {
  const { body } = await client.submit('probe', { act: 'succeed' }, { delaySeconds: 7_200 });
  await client.request('POST', `/v1/jobs/${body.id}/cancel`);
  expect(await eventsOf(body.id)).toEqual(['job.cancelled']);
});

it('brings one for a job that is cancelled by a filter, and none for the job that cancels it', async () => {
  const { body } = await client.submit('probe', { act: 'succeed' }, { delaySeconds: 7_200, tags: { of: 'events' } });
  const filter = { tag: ['of:events'] };
  const { body: bulk } = await client.request('POST', '/v1/jobs/cancel', { body: { filter, dryRun: false } });
  await client.ended(bulk.id);
  expect(await eventsOf(body.id)).toEqual(['job.cancelled']);
  expect(received.filter(({ subject }) => subject === bulk.id)).toEqual([]);
});

it('brings one for a job that fails since another one did, without a start', async () => {
  const first = await rehearsal.start([waitForGo, fail]);
  const { id } = await rehearsal.start([], { after: [first.id] });
  await rehearsal.signal(first.id, 'go', { by: 'a test' });
  expect(await eventsOf(id)).toEqual(['job.failed']);
});

it('brings one for each job of a family that is cancelled with its parent', async () => {
  const parent = await rehearsal.start([run([waitForGo], [waitForGo])]);
  const { children } = await rehearsal.waits(parent, 'waiting_for_child');
  for (const id of children as readonly string[]) await rehearsal.waits({ id }, 'waiting_for_signal');
  await client.request('POST', `/v1/jobs/${parent.id}/cancel`);
  for (const id of [parent.id, ...(children as readonly string[])]) expect(await eventsOf(id)).toEqual(['job.cancelled', 'job.started']);
});
