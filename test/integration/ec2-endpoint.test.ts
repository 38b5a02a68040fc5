import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  CreateTagsCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  EC2Client,
  paginateDescribeInstances,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { startEc2Endpoint } from '../../local/ec2-endpoint.ts';
import { ec2Behaves, ec2Overview } from '../support/ec2-control.ts';

const small = {
  ImageId: 'ami-1',
  InstanceType: 't4g.small',
  SubnetId: 'subnet-1',
  MinCount: 1,
  MaxCount: 1,
} satisfies RunInstancesCommandInput;
const connect = (endpoint: string, region = 'us-east-1') =>
  new EC2Client({ endpoint, region, maxAttempts: 1, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });

let endpoint: Awaited<ReturnType<typeof startEc2Endpoint>>;
let ec2: EC2Client;
let control: { ec2: string };
beforeEach(async () => {
  endpoint = await startEc2Endpoint();
  ec2 = connect(endpoint.url);
  control = { ec2: endpoint.url };
  await ec2Behaves(control);
});
afterEach(() => endpoint.stop());

const launch = async (changes: Partial<RunInstancesCommandInput> = {}) => {
  const { Instances = [] } = await ec2.send(new RunInstancesCommand({ ...small, ...changes }));
  return Instances.map(({ InstanceId }) => InstanceId as string);
};
const find = async (Filters: { Name: string; Values: string[] }[]) => {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId));
};
const describeOne = async (id: string) => {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0];
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('launches instances that are pending, then run, and that it describes as they were asked for', async () => {
  await ec2Behaves(control, { publicSubnetIds: ['subnet-1'] });
  const TagSpecifications = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'Name', Value: 'a <b> & "c"' }] }];
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({ ...small, MaxCount: 2, TagSpecifications, InstanceMarketOptions: { MarketType: 'spot' } }),
  );
  expect(Instances.map(({ State }) => State?.Name)).toEqual(['pending', 'pending']);
  await pause(80);
  const instance = await describeOne(Instances[0]?.InstanceId as string);
  expect(instance).toMatchObject({
    InstanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
    State: { Name: 'running', Code: 16 },
    InstanceType: 't4g.small',
    InstanceLifecycle: 'spot',
    ImageId: 'ami-1',
    SubnetId: 'subnet-1',
    Placement: { AvailabilityZone: expect.stringMatching(/^us-east-1[abc]$/) },
    PrivateIpAddress: expect.stringMatching(/^10\.0\.\d+\.\d+$/),
    PublicIpAddress: expect.stringMatching(/^203\.0\.113\.\d+$/),
    Tags: [{ Key: 'Name', Value: 'a <b> & "c"' }],
  });
  expect(Date.now() - (instance?.LaunchTime?.getTime() ?? 0)).toBeLessThan(5_000);
});

it('takes the image from a parameter or a launch template, and the zone from the region it is asked for', async () => {
  const byParameter = await launch({ ImageId: 'resolve:ssm:/aws/service/some-image' });
  expect((await describeOne(byParameter[0] as string))?.ImageId).toMatch(/^ami-[0-9a-f]{17}$/);
  const { Instances } = await connect(endpoint.url, 'eu-central-1').send(
    new RunInstancesCommand({ MinCount: 1, MaxCount: 1, LaunchTemplate: { LaunchTemplateName: 'web' } }),
  );
  expect(Instances?.[0]?.Placement?.AvailabilityZone).toMatch(/^eu-central-1/);
});

describe('a client token', () => {
  it('with the same parameters gives the same instances again, and launches none', async () => {
    const first = await launch({ ClientToken: 'token', MaxCount: 3 });
    expect(await launch({ ClientToken: 'token', MaxCount: 3 })).toEqual(first);
    expect(first).toHaveLength(3);
    expect(await ec2Overview(control)).toMatchObject({ launched: 3, launches: 1, calls: { RunInstances: 2 } });
  });

  it('with other parameters is refused', async () => {
    await launch({ ClientToken: 'token' });
    await expect(launch({ ClientToken: 'token', MaxCount: 2 })).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
  });

  it('keeps its instances where there would be no room for new ones, and lets them go where EC2 is throttled', async () => {
    await ec2Behaves(control, { capacity: { 't4g.small': 1 } });
    const first = await launch({ ClientToken: 'token' });
    await ec2Behaves(control, { capacity: { 't4g.small': 1 }, faults: [{ action: 'RunInstances', code: 'RequestLimitExceeded' }] });
    await expect(launch({ ClientToken: 'token' })).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
    expect(await launch({ ClientToken: 'token' })).toEqual(first);
  });
});

it('describes page by page, by tag, by state and by token', async () => {
  const tagged = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'team', Value: 'blue' }] }];
  const blue = await launch({ MinCount: 7, MaxCount: 7, TagSpecifications: tagged, ClientToken: 'blue' });
  const [other] = await launch();
  const pages: number[] = [];
  const found: unknown[] = [];
  for await (const page of paginateDescribeInstances({ client: ec2, pageSize: 5 }, {})) {
    const ids = (page.Reservations ?? []).flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId));
    pages.push(ids.length);
    found.push(...ids);
  }
  expect(pages).toEqual([5, 3]);
  expect(found).toEqual([...blue, other]);
  expect(await find([{ Name: 'tag:team', Values: ['blue', 'red'] }])).toEqual(blue);
  expect(await find([{ Name: 'client-token', Values: ['blue'] }])).toEqual(blue);
  expect(
    await find([
      { Name: 'tag:team', Values: ['b*e'] },
      { Name: 'instance-state-name', Values: ['terminated'] },
    ]),
  ).toEqual([]);
  await expect(find([{ Name: 'colour', Values: ['blue'] }])).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

it('answers InvalidInstanceID.NotFound for an id that it does not know, not yet or not any more', async () => {
  await expect(describeOne('i-0123')).rejects.toMatchObject({
    name: 'InvalidInstanceID.NotFound',
    message: "The instance ID 'i-0123' does not exist",
  });
  await ec2Behaves(control, { visibleAfterMs: 80, terminatedAfterMs: 0, forgottenAfterMs: 40 });
  const [id = ''] = await launch();
  await expect(describeOne(id)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
  await pause(100);
  expect((await describeOne(id))?.InstanceId).toBe(id);
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await pause(60);
  await expect(describeOne(id)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
});

it('reports status checks that pass some moments after an instance runs', async () => {
  await ec2Behaves(control, { runningAfterMs: 500, statusOkAfterMs: 2_500 });
  const [id = ''] = await launch();
  const status = async (IncludeAllInstances: boolean) =>
    (await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id], IncludeAllInstances }))).InstanceStatuses?.map(
      (one) => one.InstanceStatus?.Status,
    );
  expect(await status(true)).toEqual(['not-applicable']);
  const seen: string[] = [];
  while (seen.at(-1) !== 'ok') {
    const now = String(await status(false));
    if (now !== seen.at(-1)) seen.push(now);
    await pause(20);
  }
  expect(seen).toEqual(['', 'initializing', 'ok']);
});

it('terminates, also what is terminated already, and knows no id means no effect', async () => {
  await ec2Behaves(control, { runningAfterMs: 60_000 });
  const [first = '', second = ''] = await launch({ MinCount: 2, MaxCount: 2 });
  await expect(ec2.send(new TerminateInstancesCommand({ InstanceIds: [first, 'i-0123'] }))).rejects.toMatchObject({
    name: 'InvalidInstanceID.NotFound',
  });
  expect((await describeOne(first))?.State?.Name).toBe('pending');
  const { TerminatingInstances } = await ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }));
  expect(TerminatingInstances).toEqual([
    { InstanceId: first, PreviousState: { Code: 0, Name: 'pending' }, CurrentState: { Code: 32, Name: 'shutting-down' } },
  ]);
  await pause(80);
  const again = await ec2.send(new TerminateInstancesCommand({ InstanceIds: [first, second] }));
  expect(again.TerminatingInstances?.map(({ CurrentState }) => CurrentState?.Name)).toEqual(['terminated', 'shutting-down']);
});

it('tags, and refuses tags that are AWS’s own', async () => {
  const [id = ''] = await launch();
  await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'team', Value: 'red' }] }));
  expect((await describeOne(id))?.Tags).toEqual([{ Key: 'team', Value: 'red' }]);
  const reserved = new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'aws:team', Value: 'red' }] });
  await expect(ec2.send(reserved)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

describe('set to misbehave', () => {
  it('has a capacity for a type: less than MinCount launches nothing, else as many as fit', async () => {
    await ec2Behaves(control, { capacity: { 't4g.small': 3 } });
    await expect(launch({ MinCount: 4, MaxCount: 5 })).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity', $fault: 'server' });
    expect(await launch({ MinCount: 2, MaxCount: 5 })).toHaveLength(3);
    await expect(launch()).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' });
    expect(await launch({ InstanceType: 't4g.large' })).toHaveLength(1);
  });

  it('answers a code a set number of times, for that action and type alone', async () => {
    await ec2Behaves(control, {
      faults: [
        { action: 'RunInstances', code: 'UnauthorizedOperation', instanceType: 't4g.small', times: 2 },
        { action: '*', code: 'RequestLimitExceeded' },
      ],
    });
    const refused = { name: 'UnauthorizedOperation', $metadata: expect.objectContaining({ httpStatusCode: 403 }) };
    await expect(launch()).rejects.toMatchObject(refused);
    await expect(launch()).rejects.toMatchObject(refused);
    await expect(find([])).rejects.toMatchObject({ name: 'RequestLimitExceeded', $metadata: { httpStatusCode: 503 } });
    expect(await launch()).toHaveLength(1);
  });

  it('loses its answer, but not the effect', async () => {
    await ec2Behaves(control, { faults: [{ action: 'RunInstances', loseAnswer: true }] });
    await expect(launch({ ClientToken: 'token' })).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await launch({ ClientToken: 'token' })).toHaveLength(1);
    expect(await ec2Overview(control)).toMatchObject({ launched: 1 });
  });

  it('lets an instance end on its own, and says why', async () => {
    await ec2Behaves(control, { deaths: [{ afterMs: 30, code: 'Server.SpotInstanceTermination', message: 'No spot for you' }] });
    const [dying = '', living = ''] = await launch({ MinCount: 2, MaxCount: 2 });
    await pause(80);
    expect(await describeOne(dying)).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Code: 'Server.SpotInstanceTermination', Message: 'No spot for you' },
    });
    expect((await describeOne(living))?.State?.Name).toBe('running');
  });

  it('says what is wrong with an order it does not understand', async () => {
    await expect(ec2Behaves(control, { runningAfterMs: -1 })).rejects.toThrow(/runningAfterMs/);
  });
});

it.each([
  ['InvalidAMIID.Malformed', { ImageId: 'nonsense' }],
  ['MissingParameter', { ImageId: undefined }],
  ['InvalidParameterValue', { MinCount: 3, MaxCount: 2 }],
  ['InvalidParameterValue', { UserData: Buffer.alloc(16_385).toString('base64') }],
] as const)('refuses a launch with %s', async (name, changes) => {
  await expect(launch(changes as Partial<RunInstancesCommandInput>)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  expect(await ec2Overview(control)).toMatchObject({ launched: 0, calls: { RunInstances: 1 } });
});

it.each([
  ['another host name', { host: 'attacker.example' }],
  ['a web page', { origin: 'http://localhost:3000' }],
])('answers nothing to %s', async (_who, headers) => {
  const status = await new Promise((resolve, reject) => {
    const asked = request(`${endpoint.url}/`, { method: 'POST', headers }, (response) => resolve(response.resume().statusCode));
    asked.on('error', reject).end('Action=RunInstances&MinCount=1&MaxCount=1&ImageId=ami-1');
  });
  expect(status).toBe(403);
  expect(await ec2Overview(control)).toMatchObject({ launched: 0, calls: {} });
});

it('goes on after kill -9 with what it answered before', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'ec2-')), 'ec2.json');
  const begin = async () => {
    const script = `import { startEc2Endpoint } from ${JSON.stringify(pathToFileURL(join(__dirname, '../../local/ec2-endpoint.ts')))};
      console.log((await startEc2Endpoint({ stateFile: ${JSON.stringify(stateFile)} })).url);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, url: url.toString().trim() };
  };
  const before = await begin();
  const command = new RunInstancesCommand({ ...small, ClientToken: 'token', MaxCount: 2 });
  const first = await connect(before.url).send(command);
  before.child.kill('SIGKILL');
  await once(before.child, 'exit');
  const after = await begin();
  try {
    const second = await connect(after.url).send(command);
    expect(second.Instances?.map(({ InstanceId }) => InstanceId)).toEqual(first.Instances?.map(({ InstanceId }) => InstanceId));
    expect(await ec2Overview({ ec2: after.url })).toMatchObject({ launched: 2, launches: 1 });
  } finally {
    after.child.kill('SIGKILL');
    await once(after.child, 'exit');
  }
});
