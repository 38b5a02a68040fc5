import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deployments,
  indexesOf,
  losses,
  type Resource,
  type Resources,
  readBaseline,
  recordStateful,
  statefulResources,
} from './stateful.ts';

const now = new Map(Object.entries(deployments).map(([name, deployment]) => [name, statefulResources(deployment)]));
const resourcesNow = (name: string) => now.get(name) ?? {};

const baselines = readdirSync(__dirname).flatMap((file) => {
  const version = /^stateful-(.+)\.json$/.exec(file)?.[1];
  return version === undefined ? [] : [[version, () => readBaseline(join(__dirname, file))] as const];
});
const recordAndRead = () => {
  const folder = mkdtempSync(join(tmpdir(), 'delegation-stateful-'));
  try {
    return readBaseline(recordStateful(folder, 'now').file);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

it.each([...baselines, ['this version', recordAndRead] as const])(
  'a deployment of %s is upgraded without the loss of a table, bucket, key, queue, log or address',
  (_version, read) => {
    const baseline = read();
    expect(Object.keys(baseline)).toEqual(Object.keys(deployments));
    for (const [name, resources] of Object.entries(baseline)) {
      expect(Object.keys(resources).length).toBeGreaterThan(5);
      expect([name, losses(resources, resourcesNow(name))]).toEqual([name, []]);
    }
  },
);

describe('a change is noticed', () => {
  const released = resourcesNow('every setting');
  const find = (type: string): string => Object.keys(released).find((id) => released[id]?.Type === type) ?? '';
  const table = find('AWS::DynamoDB::GlobalTable');
  const bucket = find('AWS::S3::Bucket');
  const key = find('AWS::KMS::Key');
  const api = find('AWS::ApiGatewayV2::Api');
  const change = (id: string, changes: Partial<Resource>) =>
    losses(released, { ...released, [id]: { ...(released[id] as Resource), ...changes } });
  const changeProperties = (id: string, properties: object) => change(id, { Properties: { ...released[id]?.Properties, ...properties } });
  const without = (id: string): Resources => Object.fromEntries(Object.entries(released).filter(([other]) => other !== id));

  it('that gives the table another key', () => {
    const KeySchema = [{ AttributeName: 'jobId', KeyType: 'HASH' }];
    expect(changeProperties(table, { KeySchema })).toEqual([`${table}: WILL_REPLACE KeySchema`]);
  });

  it.each(['KeySchema', 'Projection'])('that gives an index another %s', (member) => {
    const [due, ...others] = indexesOf(released[table]);
    expect(changeProperties(table, { GlobalSecondaryIndexes: [{ ...due, [member]: {} }, ...others] })).toEqual([
      `${table}: the index due is replaced`,
    ]);
  });

  it('that adds two indexes at once, but not one that adds a single index', () => {
    const indexes = indexesOf(released[table]);
    const [due] = indexes;
    const more = (...names: string[]) => [...indexes, ...names.map((IndexName) => ({ ...due, IndexName }))];
    expect(changeProperties(table, { GlobalSecondaryIndexes: more('one') })).toEqual([]);
    expect(changeProperties(table, { GlobalSecondaryIndexes: more('one', 'two') })).toEqual([
      `${table}: more than one new index, which DynamoDB refuses`,
    ]);
  });

  it('that removes an index', () => expect(changeProperties(table, { GlobalSecondaryIndexes: [] })).toHaveLength(3));

  it('that gives the bucket a name', () =>
    expect(changeProperties(bucket, { BucketName: 'jobs' })).toEqual([`${bucket}: WILL_REPLACE BucketName`]));

  it('that gives the API another protocol', () =>
    expect(changeProperties(api, { ProtocolType: 'WEBSOCKET' })).toEqual([`${api}: WILL_REPLACE ProtocolType`]));

  it.each([
    ['table', table, 'WILL_ORPHAN'],
    ['bucket', bucket, 'WILL_ORPHAN'],
    ['key', key, 'WILL_ORPHAN'],
    ['API', api, 'WILL_DESTROY'],
    ['queue', find('AWS::SQS::Queue'), 'WILL_DESTROY'],
    ['log', find('AWS::Logs::LogGroup'), 'WILL_DESTROY'],
    ['topic', find('AWS::SNS::Topic'), 'WILL_DESTROY'],
  ])('that moves the %s to another logical id', (_, id, impact) =>
    expect(losses(released, { ...without(id), Moved0123: released[id] as Resource })).toEqual([`${id}: ${impact}`]),
  );

  it.each(['DeletionPolicy', 'UpdateReplacePolicy'] as const)('that sets the %s of table, bucket or key to Delete', (policy) => {
    for (const id of [table, bucket, key]) expect(change(id, { [policy]: 'Delete' })).toEqual([`${id}: ${policy} is no longer Retain`]);
  });

  it('except one that is harmless', () => {
    const TimeToLiveSpecification = { AttributeName: 'expiresAtSeconds', Enabled: false };
    expect(changeProperties(table, { TimeToLiveSpecification })).toEqual([]);
    expect(losses(released, { ...released, Another0123: released[bucket] as Resource })).toEqual([]);
  });
});
