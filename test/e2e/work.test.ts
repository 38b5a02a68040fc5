import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { useDeployment } from '../support/tested-deployment.ts';

const deployment = useDeployment();
const { client } = deployment;
const put = (Key: string, Body: string) =>
  new S3Client(deployment.aws('s3')).send(new PutObjectCommand({ Bucket: 'delegation-local', Key, Body }));
const download = async (path: string) => {
  const { status, headers, body } = await client.get<{ location: string }>(path);
  expect([status, body]).toEqual([303, { location: headers.get('location') }]);
  return (await fetch(body.location)).text();
};

describe('a query', () => {
  const csv = 'city,people\nBern,134794\nBasel,173863\nBiel,55206\n';
  const sources = { cities: { url: 's3://delegation-local/cities.csv', format: 'csv' } };
  beforeAll(() => put('cities.csv', csv));

  it('reads an object in S3 and answers with rows', async () => {
    const job = await client.run('run-query', {
      sql: 'SELECT city FROM cities WHERE people > $least ORDER BY people',
      sources,
      parameters: { least: 100_000 },
    });
    expect(job).toMatchObject({ error: null, status: 'succeeded', result: { rows: [['Bern'], ['Basel']], rowCount: 2 } });
  });

  it('reads all objects under a prefix', async () => {
    await Promise.all([put('part/a.ndjson', '{"n":1}\n'), put('part/b.ndjson', '{"n":2}\n')]);
    const parts = { parts: { url: 's3://delegation-local/part/', format: 'ndjson' } };
    expect(await client.run('run-query', { sql: 'SELECT sum(n)::INT FROM parts', sources: parts })).toMatchObject({
      result: { rows: [[3]] },
    });
  });

  it('writes a file that callers download', async () => {
    const job = await client.run('run-query', { sql: 'SELECT city FROM cities ORDER BY city', sources, output: { format: 'csv' } });
    const { resultUrl } = job.result as { resultUrl: string };
    expect(await download(resultUrl)).toBe('city\r\nBasel\r\nBern\r\nBiel\r\n');
  });

  it('fails clearly for a bucket that is not allowed, an object that is not there, and SQL that reaches out', async () => {
    const elsewhere = { cities: { url: 's3://somebody-elses/cities.csv', format: 'csv' } };
    expect((await client.submit('run-query', { sql: 'SELECT 1', sources: elsewhere })).status).toBe(422);
    const missing = { cities: { url: 's3://delegation-local/none.csv', format: 'csv' } };
    expect(await client.run('run-query', { sql: 'FROM cities', sources: missing })).toMatchObject({
      status: 'failed',
      error: { code: 'source_not_found' },
    });
    expect((await client.run('run-query', { sql: "FROM read_csv('/etc/passwd')" })).status).toBe('failed');
  });
});

describe('a batch write', () => {
  it('puts the rows of an object into a table, and reports the rejected ones', async () => {
    await put('people.csv', 'id,name\nann,Ann\n,Ghost\nbob,Bob\n');
    const source = { url: 's3://delegation-local/people.csv', format: 'csv' };
    const job = await client.run('write-batch', { table: 'scratch', operation: 'put', source });
    expect(job).toMatchObject({ status: 'succeeded', result: { written: 2, rejected: 1 } });
    const { rejectedRowsUrl } = job.result as { rejectedRowsUrl: string };
    expect(await download(rejectedRowsUrl)).toContain('"line":3');
    const table = new DynamoDBClient(deployment.aws('dynamodb'));
    const { Item } = await table.send(new GetItemCommand({ TableName: 'scratch', Key: { id: { S: 'bob' } } }));
    expect(Item).toEqual({ id: { S: 'bob' }, name: { S: 'Bob' } });
  });

  it('takes an input that is too large for the record, and gives it back whole', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({ id: `large-${i}`, text: 'x'.repeat(200) }));
    expect(await client.run('write-batch', { table: 'scratch', operation: 'put', rows })).toMatchObject({ result: { written: 500 } });
    expect(await client.run('write-batch', { table: 'scratch', operation: 'delete', rows: rows.map(({ id }) => ({ id })) })).toMatchObject({
      result: { deleted: 500 },
    });
  });
});

describe('launching instances', () => {
  interface Launched {
    readonly instances: readonly { readonly instanceId: string }[];
    readonly terminateAt: string;
    readonly terminateJobId: string;
  }

  it('launches as many as asked for, once, and terminates them at their time to live', async () => {
    const submission = [{ ...deployment.launch, count: 2, timeToLiveSeconds: 60 }, { key: 'launch-once' }] as const;
    const { body: first } = await client.submit('launch-instances', ...submission);
    const { body: again } = await client.submit('launch-instances', ...submission);
    expect(again.id).toBe(first.id);
    const job = await client.ended(first.id);
    expect(job).toMatchObject({ status: 'succeeded', error: null });
    const { instances, terminateAt, terminateJobId } = job.result as Launched;
    expect(instances).toHaveLength(2);
    expect(Date.parse(terminateAt)).toBeGreaterThan(Date.now());
    const terminating = await client.ended(terminateJobId);
    expect(terminating).toMatchObject({ status: 'succeeded' });
    expect(Date.parse(String(terminating['startedAt']))).toBeGreaterThanOrEqual(Date.parse(terminateAt));
    expect(await statesOf(instances.map(({ instanceId }) => instanceId))).toEqual(['gone', 'gone']);
  });

  it('keeps its instances when the job that would terminate them is cancelled', async () => {
    const job = await client.run('launch-instances', { ...deployment.launch, timeToLiveSeconds: 60 });
    const { instances, terminateJobId } = job.result as Launched;
    expect((await client.request('POST', `/v1/jobs/${terminateJobId}/cancel`)).body.status).toBe('cancelled');
    const ids = instances.map(({ instanceId }) => instanceId);
    expect(await statesOf(ids)).toEqual(['running']);
    await client.run('terminate-instances', { instanceIds: ids });
  });

  it('leaves nothing behind when it is cancelled before its start', async () => {
    const { body } = await client.submit('launch-instances', deployment.launch, { delaySeconds: 3_600 });
    expect((await client.request('POST', body.links.cancel ?? '')).body.status).toBe('cancelled');
  });

  it('launches nothing that is not allowed', async () => {
    const input = { ...deployment.launch, instanceTypes: ['not.allowed'] };
    const { status } = await client.request('POST', '/v1/jobs?validateOnly=true', { body: { type: 'launch-instances', input } });
    expect(status).toBe(deployment.isLocal ? 200 : 422);
  });

  async function statesOf(InstanceIds: readonly string[]): Promise<readonly string[]> {
    const ec2 = new EC2Client(deployment.aws('ec2'));
    const { Reservations = [] } = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'instance-id', Values: [...InstanceIds] }] }),
    );
    // By id, since an emulator may list more than was asked for.
    const states = new Map(
      Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId, State }) => [InstanceId, State?.Name] as const)),
    );
    const left = ['shutting-down', 'terminated', undefined];
    return InstanceIds.map((id) => (left.includes(states.get(id)) ? 'gone' : (states.get(id) ?? '')));
  }
});
