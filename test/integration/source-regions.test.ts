import { CreateTableCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { bulkDynamoDbClient, s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { sourceS3Client } from '../../lambdas/adapters/source-s3-client.ts';
import { contract as queryContract } from '../../lambdas/jobs/run-query/contract.ts';
import { definition as queryDefinition } from '../../lambdas/jobs/run-query/worker.ts';
import { contract as writeContract } from '../../lambdas/jobs/write-batch/contract.ts';
import { SourceObject } from '../../lambdas/jobs/write-batch/source/source-object.ts';
import { definition as writeDefinition } from '../../lambdas/jobs/write-batch/worker.ts';
import { type RegionalS3, type RegionRefusal, startRegionalS3 } from '../support/regional-s3.ts';
import { useEmulators } from '../support/use-emulators.ts';
import { resultOf } from '../support/worker-run.ts';

const endpoints = useEmulators();
const here = 'us-east-1';
const files = Array.from({ length: 12 }, (_, i) => `days/${String(i).padStart(2, '0')}.csv`);
let s3: RegionalS3;
let buckets = 0;

beforeAll(async () => {
  s3 = await startRegionalS3(endpoints.s3);
  process.env['AWS_ENDPOINT_URL_S3'] = s3.url;
});
afterAll(() => s3.stop());
beforeEach(() => {
  s3.calls.length = 0;
  s3.answers.length = 0;
});

/** @returns the name of a bucket with twelve small objects, which no process has met before */
async function bucketIn(region: string, refusal: RegionRefusal = 'PermanentRedirect'): Promise<string> {
  const bucket = `lake-${++buckets}`;
  const client = new S3Client({ endpoint: endpoints.s3, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const [i, Key] of files.entries()) await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `n\n${i}\n` }));
  s3.buckets.set(bucket, { region, refusal });
  s3.calls.length = 0;
  return bucket;
}

const query = (sources: Readonly<Record<string, string>>, sql: string) => {
  const described = Object.fromEntries(Object.entries(sources).map(([name, url]) => [name, { url, format: 'csv' }]));
  return resultOf(queryContract, queryDefinition, { sql, sources: described });
};
const refusals = ['PermanentRedirect', 'IllegalLocationConstraintException', 'AuthorizationHeaderMalformed'] as const;

describe('a source in another region', () => {
  it.each(refusals)('is read there, with one call refused: %s', async (refusal) => {
    const bucket = await bucketIn('eu-west-1', refusal);
    const { rows } = await query({ t: `s3://${bucket}/days/` }, 'SELECT sum(n) FROM t');
    expect(rows).toEqual([['66']]);
    const refused = s3.calls.filter(({ status }) => status >= 300);
    expect(refused).toEqual([{ bucket, region: here, status: refusal === 'PermanentRedirect' ? 301 : 400 }]);
    expect(s3.calls.filter(({ region }) => region === 'eu-west-1')).toHaveLength(1 + files.length);
  });

  it.each(refusals)('is found by HEAD, whose refusals have no body: %s', async (refusal) => {
    const bucket = await bucketIn('ap-south-2', refusal);
    const head = await sourceS3Client().send(new HeadObjectCommand({ Bucket: bucket, Key: files[0] }));
    expect(head.ContentLength).toBe(4);
  });

  it('is joined with sources of other regions, each read where it is', async () => {
    const [home, west, south] = [await bucketIn(here), await bucketIn('eu-west-1'), await bucketIn('ap-south-2')];
    const sources = { a: `s3://${home}/days/`, b: `s3://${west}/days/`, c: `s3://${south}/days/` };
    const { rows } = await query(sources, 'SELECT count(*) FROM a JOIN b USING (n) JOIN c USING (n)');
    expect(rows).toEqual([['12']]);
    expect(s3.calls.filter(({ status }) => status >= 300)).toHaveLength(2);
  });

  it('is read there by many calls at once, beside as many at home', async () => {
    const [home, west] = [await bucketIn(here), await bucketIn('eu-west-1')];
    const client = sourceS3Client();
    const reads = [home, west].flatMap((Bucket) => files.map((Key) => client.send(new GetObjectCommand({ Bucket, Key }))));
    const bodies = await Promise.all((await Promise.all(reads)).map(({ Body }) => Body?.transformToString()));
    expect(bodies).toEqual([...files, ...files].map((_, i) => `n\n${i % files.length}\n`));
    expect(s3.calls.filter(({ bucket, region }) => bucket === home && region !== here)).toEqual([]);
    expect(await client.config.region()).toBe(here);
  });

  it('is written into a table, also after it was made again in a third region', async () => {
    const bucket = await bucketIn('eu-west-1');
    const dynamoDb = bulkDynamoDbClient();
    const key = { AttributeName: 'n', AttributeType: 'S' } as const;
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: 'target',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
        AttributeDefinitions: [key],
      }),
    );
    const write = (object: string | undefined) => {
      const source = { url: `s3://${bucket}/${object}`, format: 'csv' };
      return resultOf(writeContract, writeDefinition, { table: 'target', operation: 'put', source });
    };
    expect(await write(files[3])).toMatchObject({ written: 1 });
    s3.buckets.set(bucket, { region: 'ca-west-1', refusal: 'IllegalLocationConstraintException' });
    expect(await write(files[4])).toMatchObject({ written: 1 });
    for (const n of ['3', '4']) {
      expect((await dynamoDb.send(new GetItemCommand({ TableName: 'target', Key: { n: { S: n } } }))).Item).toEqual({ n: { S: n } });
    }
  });

  it('that is never where S3 says it is ends the job with a word about it', async () => {
    const bucket = await bucketIn('eu-west-1');
    const answers = ['eu-north-1', 'eu-south-1', 'eu-west-2', 'eu-west-3'];
    const moving = setInterval(
      () => s3.buckets.set(bucket, { region: answers[s3.calls.length % 4] ?? here, refusal: 'PermanentRedirect' }),
      0,
    );
    s3.buckets.set(bucket, { region: 'nowhere', refusal: 'PermanentRedirect' });
    try {
      const client = sourceS3Client((region) => (region === undefined ? s3Client() : s3Client('us-west-1')));
      await expect(client.send(new GetObjectCommand({ Bucket: bucket, Key: files[0] }))).rejects.toMatchObject({
        retryable: false,
        code: 'source_in_other_region',
        message: expect.stringContaining(`The bucket ${bucket} is in the region`),
      });
    } finally {
      clearInterval(moving);
    }
  });

  it('whose S3 does not answer is tried again, with a word about the way there', async () => {
    const bucket = await bucketIn('eu-west-1');
    const closed = (region?: string) =>
      region === undefined ? s3Client() : new S3Client({ region, endpoint: 'http://127.0.0.1:1', maxAttempts: 1, forcePathStyle: true });
    await expect(sourceS3Client(closed).send(new GetObjectCommand({ Bucket: bucket, Key: files[0] }))).rejects.toMatchObject({
      name: 'RetryableError',
      code: 'source_in_other_region',
      message: expect.stringMatching(/in the region eu-west-1, .* NAT gateway/),
      details: { bucket, region: 'eu-west-1' },
    });
    // As write-batch reads it, which tries again what breaks off.
    const object = new SourceObject(sourceS3Client(closed), { bucket, key: files[0] ?? '' }, { signal: new AbortController().signal });
    await expect(object.chunks(0, 1_000).next()).rejects.toMatchObject({ name: 'RetryableError', code: 'source_in_other_region' });
  });
});

describe('a source whose key may not be used', () => {
  const denied =
    'User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:123456789012:key/k because no identity-based policy allows the kms:Decrypt action';
  const older =
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.';
  const cases = [
    { status: 403, code: 'AccessDenied', message: denied },
    { status: 403, code: 'AccessDenied', message: older },
    { status: 400, code: 'KMS.DisabledException', message: 'arn:aws:kms:us-east-1:123456789012:key/k is disabled.' },
    { status: 400, code: 'KMS.KMSInvalidStateException', message: 'arn:aws:kms:us-east-1:123456789012:key/k is pending deletion.' },
  ];
  const expected = ({ code, message }: (typeof cases)[number]) => ({
    retryable: false,
    code: 'source_key_denied',
    message: expect.stringMatching(/days\/00\.csv.* may not be decrypted: .*sourceKeys/),
    details: { awsCode: code, awsMessage: message },
  });

  it.each(cases)('says so in a query: $code, $message', async (answer) => {
    const bucket = await bucketIn(here);
    s3.answers.push(answer);
    await expect(query({ t: `s3://${bucket}/${files[0]}` }, 'FROM t')).rejects.toMatchObject(expected(answer));
  });

  it.each(cases)('says so in a batch: $code, $message', async (answer) => {
    const bucket = await bucketIn(here);
    s3.answers.push(answer);
    const source = { url: `s3://${bucket}/${files[0]}`, format: 'csv' };
    const input = { table: 'target', operation: 'put', source };
    await expect(resultOf(writeContract, writeDefinition, input)).rejects.toMatchObject(expected(answer));
  });

  it.each([
    'Access Denied',
    'User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::lake/KMS/kms:key.csv"',
  ])('differs from a source that the worker may not read, whose code is the same in a query and in a batch: %s', async (message) => {
    const bucket = await bucketIn(here);
    const url = `s3://${bucket}/${files[0]}`;
    const refused = { retryable: false, code: 'source_access_denied', details: { awsCode: 'AccessDenied', awsMessage: message } };
    s3.answers.push({ status: 403, code: 'AccessDenied', message });
    await expect(query({ t: url }, 'FROM t')).rejects.toMatchObject(refused);
    s3.answers.push({ status: 403, code: 'AccessDenied', message });
    const input = { table: 'target', operation: 'put', source: { url, format: 'csv' } };
    await expect(resultOf(writeContract, writeDefinition, input)).rejects.toMatchObject(refused);
  });
});
