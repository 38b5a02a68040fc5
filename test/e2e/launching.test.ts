import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { HttpClient } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const server = new LocalProcess();
const client = new HttpClient(() => server.url);
beforeAll(() => server.start());
afterAll(() => server.remove());

interface Overview {
  readonly calls: Readonly<Record<string, number>>;
  readonly instances: readonly { readonly instanceId: string; readonly state: string }[];
}

async function ec2(changes?: object): Promise<Overview> {
  const response = await fetch(
    `${server.endpoints().ec2}/_control`,
    changes === undefined ? {} : { method: 'PUT', body: JSON.stringify(changes) },
  );
  return (await response.json()) as Overview;
}

const change = (id: string, UpdateExpression: string, values: Readonly<Record<string, number>>) =>
  new DynamoDBClient({ endpoint: server.endpoints().dynamodb, region: 'us-east-1', credentials }).send(
    new UpdateItemCommand({
      TableName: 'delegation-jobs',
      Key: { id: { S: id } },
      UpdateExpression,
      ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }])),
    }),
  );

const launch = { imageId: 'ami-1', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], count: 2 };
const idsOf = ({ result }: { readonly result: unknown }) =>
  (result as { instances: readonly { instanceId: string }[] }).instances.map(({ instanceId }) => instanceId);
const alive = async (ids: readonly string[]) =>
  (await ec2()).instances.filter(({ instanceId, state }) => ids.includes(instanceId) && state === 'running').length;

it('a launch that EC2 refuses fails at once, in EC2’s words, without a word of doubt', async () => {
  await ec2({ faults: [{ action: 'RunInstances', code: 'InvalidAMIID.NotFound', message: "The image id '[ami-1]' does not exist" }] });
  const before = (await ec2()).calls['RunInstances'] ?? 0;
  const { body } = await client.submit('launch-instances', launch);
  const job = await client.ended(body.id);
  expect(job).toMatchObject({
    status: 'failed',
    attempt: 1,
    error: { code: 'InvalidAMIID.NotFound', message: "The image id '[ami-1]' does not exist" },
  });
  expect(job.timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'failed']);
  expect((await ec2()).calls['RunInstances']).toBe(before + 1);
});

it('a full subnet, a missing one, and an answer that is lost: the next subnet has the instances, once', async () => {
  await ec2({
    faults: [
      { action: 'RunInstances', code: 'InsufficientFreeAddressesInSubnet', subnetId: 'subnet-1' },
      {
        action: 'RunInstances',
        code: 'InvalidSubnetID.NotFound',
        subnetId: 'subnet-2',
        message: "The subnet ID 'subnet-2' does not exist",
      },
      { action: 'RunInstances', loseAnswer: true, subnetId: 'subnet-3' },
    ],
  });
  const before = (await ec2()).instances.length;
  const job = await client.run('launch-instances', { ...launch, subnetIds: ['subnet-1', 'subnet-2', 'subnet-3'] });
  expect(job).toMatchObject({
    status: 'succeeded',
    result: {
      skipped: [
        { placement: 't4g.small in subnet-2', code: 'InvalidSubnetID.NotFound', message: "The subnet ID 'subnet-2' does not exist" },
      ],
    },
  });
  expect((await ec2()).instances.length).toBe(before + 2);
});

it('shows with the launch that its time-to-live cannot be kept, and that it was in the end', async () => {
  await ec2({ faults: [] });
  const job = await client.run('launch-instances', { ...launch, timeToLiveSeconds: 600 });
  const ids = idsOf(job);
  const { terminateJobId } = job.result as { terminateJobId: string };
  const followed = async () => (await client.get(`/v1/jobs/${job.id}`)).body['delegated'] as readonly Record<string, unknown>[];
  const self = `/v1/jobs/${terminateJobId}`;
  expect(await followed()).toEqual([
    expect.objectContaining({ id: terminateJobId, type: 'terminate-instances', status: 'scheduled', error: null, links: { self } }),
  ]);
  await ec2({ protectedInstanceIds: ids.slice(0, 1) });
  await change(terminateJobId, 'ADD notBeforeMs :back, alarmKey :back', { ':back': -600_000 });
  await client.until(terminateJobId, ({ reason }) => /disableApiTermination/.test(String((reason as { detail?: string } | null)?.detail)));
  const [waiting] = await followed();
  expect(waiting).toMatchObject({
    status: 'waiting',
    reason: { detail: expect.stringContaining(`EC2 refuses to terminate ${ids[0]}: OperationNotPermitted`) },
  });
  expect(await alive(ids)).toBe(1);
  await ec2({ protectedInstanceIds: [] });
  expect((await client.ended(terminateJobId)).status).toBe('succeeded');
  expect(await followed()).toEqual([expect.objectContaining({ id: terminateJobId, status: 'succeeded' })]);
  expect(await alive(ids)).toBe(0);
});

it.each([
  ['the same submission', {}],
  ['another one', { instanceTypes: ['t4g.medium'] }],
])('a key used again after its job expired, with %s: a new job, instances of its own, and the first ones live', async (what, changes) => {
  await ec2({ faults: [] });
  const key = `again with ${what}`;
  const submission = { ...launch, timeToLiveSeconds: 600 };
  const first = await client.ended((await client.submit('launch-instances', submission, { key })).body.id);
  await change(first.id, 'SET expiresAtSeconds = :past', { ':past': 1 });
  const { body, headers } = await client.submit('launch-instances', { ...submission, ...changes }, { key });
  expect([body.id, headers.get('idempotent-replayed')]).toEqual([first.id, null]);
  const second = await client.ended(body.id);
  expect(second.status).toBe('succeeded');
  expect(idsOf(second).filter((id) => idsOf(first).includes(id))).toEqual([]);
  expect([await alive(idsOf(first)), await alive(idsOf(second))]).toEqual([2, 2]);
  const endOf = ({ result }: { readonly result: unknown }) => (result as { terminateJobId: string }).terminateJobId;
  expect(endOf(second)).not.toBe(endOf(first));
  for (const id of [endOf(first), endOf(second)]) expect((await client.get(`/v1/jobs/${id}`)).body['status']).toBe('scheduled');
});
