import * as z from 'zod';
import { contract } from '../../../../lambdas/jobs/write-batch/contract.ts';
import { exactNumber, parseExactJson } from '../../../../lambdas/text/exact-json.ts';
import { everythingAllowed } from '../../../../testing/test-kit.ts';

const base = { table: 'scratch', operation: 'put' };
const fromUrl = (url: string) => ({ ...base, source: { url, format: 'ndjson' } });
const settings = { ...everythingAllowed, writableTables: ['scratch'], sourceBuckets: ['mine'] };

describe('a write-batch job', () => {
  it('takes rows just as they came, with exact numbers and odd columns', () => {
    const row = parseExactJson('{"id":"a","__proto__":{"x":1},"n":12345678901234567890123}');
    const { rows } = contract.input.parse({ ...base, rows: [row] });
    expect(rows?.[0]).toBe(row);
    expect(JSON.stringify(rows)).toBe('[{"id":"a","__proto__":{"x":1},"n":12345678901234567890123}]');
  });

  it.each([
    ['neither rows nor source', base, 'rows'],
    ['both', { ...fromUrl('s3://mine/a'), rows: [{}] }, 'source'],
    ['no rows', { ...base, rows: [] }, 'rows'],
    ['too many rows', { ...base, rows: Array.from({ length: 10_001 }, () => ({})) }, 'rows'],
    ['a row that is not an object', { ...base, rows: [[]] }, 'rows/0'],
    ['a row that is a number', { ...base, rows: [exactNumber('12345678901234567890')] }, 'rows/0'],
    ['an unknown operation', { ...base, operation: 'update', rows: [{}] }, 'operation'],
    ['an odd table name', { ...base, table: 'arn:aws:x', rows: [{}] }, 'table'],
    ['a limit of nothing', { ...base, rows: [{}], maxWriteUnitsPerSecond: 0 }, 'maxWriteUnitsPerSecond'],
    ['CSV options for NDJSON', { ...base, source: { url: 's3://mine/a', format: 'ndjson', delimiter: ';' } }, 'source'],
    ['a quote as delimiter', { ...base, source: { url: 's3://mine/a', format: 'csv', delimiter: '"' } }, 'source/delimiter'],
    ['another scheme', fromUrl('https://mine/a'), 'source/url'],
    ['no key', fromUrl('s3://mine/'), 'source/url'],
    ['a path out of the bucket', fromUrl('s3://mine/../other/a'), 'source/url'],
    ['a bucket in capitals', fromUrl('s3://Mine/a'), 'source/url'],
    ['an archive', fromUrl('s3://mine/rows.ndjson.zip'), 'source/url'],
    ['a key that is too long', fromUrl(`s3://mine/${'k'.repeat(1_025)}`), 'source/url'],
  ])('is refused with %s, and the place is named', (_, input, where) => {
    const { error } = contract.input.safeParse(input);
    expect(error?.issues.map(({ path }) => path.join('/'))).toEqual([where]);
  });

  it('may use just the tables and buckets that the deployer allows', () => {
    const faults = (input: object) => contract.check?.(contract.input.parse(input), settings).map(({ pointer }) => pointer);
    expect(faults(fromUrl('s3://mine/rows'))).toEqual([]);
    expect(faults(fromUrl('s3://mine-too/rows'))).toEqual(['/source/url']);
    expect(faults(fromUrl('s3://other/mine/rows'))).toEqual(['/source/url']);
    expect(faults({ ...base, table: 'scratch2', rows: [{}] })).toEqual(['/table']);
  });

  it('asks for no more rights than it uses', () => {
    expect(contract.permissions(settings)).toEqual([
      {
        actions: ['dynamodb:BatchWriteItem', 'dynamodb:DescribeTable'],
        resources: ['arn:{partition}:dynamodb:{region}:{account}:table/scratch'],
      },
      { actions: ['s3:GetObject'], resources: ['arn:{partition}:s3:::mine/*'], reason: expect.any(String) },
    ]);
    expect(contract.permissions({ ...settings, writableTables: [], sourceBuckets: [] })).toEqual([]);
  });

  it('may decrypt with the listed keys, through the service whose data they encrypt, in their own region', () => {
    const [here, elsewhere] = ['eu-central-1', 'us-west-2'].map((region) => `arn:aws:kms:${region}:111122223333:key/k`) as [string, string];
    const found = contract
      .permissions({ ...settings, sourceKeys: [here, elsewhere], tableKeys: [here] })
      .filter(({ actions }) => actions.some((action) => action.startsWith('kms:')));
    const via = (service: string) => ({ StringEquals: { 'kms:ViaService': [`${service}.amazonaws.com`, `${service}.amazonaws.com.cn`] } });
    expect(found).toEqual([
      { actions: ['kms:Decrypt'], resources: [here], conditions: via('s3.eu-central-1') },
      { actions: ['kms:Decrypt'], resources: [elsewhere], conditions: via('s3.us-west-2') },
      { actions: ['kms:Decrypt'], resources: [here], conditions: via('dynamodb.eu-central-1') },
    ]);
  });

  it('describes each of its members to callers, as JSON Schema', () => {
    for (const schema of [z.toJSONSchema(contract.input, { io: 'input' }), z.toJSONSchema(contract.output)]) {
      for (const [name, member] of Object.entries(schema.properties ?? {}))
        expect([name, (member as { description?: string }).description]).toEqual([name, expect.any(String)]);
    }
  });
});
