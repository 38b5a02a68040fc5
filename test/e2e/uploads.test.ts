/** Inputs that are too large for a request: announced, put, named by a job. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { DeleteObjectCommand, GetObjectTaggingCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { uploadKey } from '../../lambdas/core/job/upload.ts';
import { useDeployment } from '../support/tested-deployment.ts';
import { announce, type Place, send, sendPart, sha256, upload } from '../support/uploads.ts';

const deployment = useDeployment();
const { client } = deployment;
const csv = 'city,people\nBern,134794\nBasel,173863\n';
const query = (url: string, format = 'csv') => ({ sql: 'SELECT count(*)::INT FROM t', sources: { t: { url, format } } });
const problemOf = (body: unknown) => body as { readonly code: string; readonly errors: readonly { readonly pointer: string }[] };

async function place(more: object = {}): Promise<Place> {
  const answer = await announce(client, csv, more);
  expect(answer.status).toBe(201);
  return answer.body;
}

describe('a place for an upload', () => {
  it('takes the bytes that were announced, and a query reads them', async () => {
    const { id, source, method, expiresAt, url } = await place();
    expect({ source, method }).toEqual({ source: `upload://${id}`, method: 'PUT' });
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(900_000);
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe(
      'content-length;content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-tagging',
    );
    expect(await client.run('run-query', query(await upload(client, csv)))).toMatchObject({ status: 'succeeded', result: { rows: [[2]] } });
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('takes bytes that are compressed with %s', async (contentEncoding, compress) => {
    const source = await upload(client, compress(csv), { contentEncoding });
    expect(await client.run('run-query', query(source))).toMatchObject({ result: { rows: [[2]] } });
    const written = { table: 'scratch', operation: 'put', source: { url: source, format: 'csv', rename: { city: 'id' } } };
    expect(await client.run('write-batch', written)).toMatchObject({ result: { written: 2, rejected: 0 } });
  });

  it('takes more than a request could hold', async () => {
    const rows = Array.from({ length: 400_000 }, (_, i) => `{"id":"${i}","text":"${'x'.repeat(30)}"}`).join('\n');
    const source = await upload(client, rows, { contentType: 'application/x-ndjson' });
    expect(await client.run('run-query', query(source, 'ndjson'))).toMatchObject({ result: { rows: [[400_000]] } });
  });

  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    ['more bytes', `${csv}Biel,55206\n`, {}, 'SignatureDoesNotMatch'],
    ['fewer bytes', csv.slice(0, -1), {}, 'SignatureDoesNotMatch'],
    ['other bytes of the same length', csv.replace('Bern', 'Born'), {}, 'BadDigest'],
    ['another checksum', csv, { 'x-amz-checksum-sha256': sha256('x') }, 'SignatureDoesNotMatch'],
    ['another type', csv, { 'content-type': 'text/html' }, 'SignatureDoesNotMatch'],
    ['another tag', csv, { 'x-amz-tagging': 'delegation-upload=used' }, 'SignatureDoesNotMatch'],
    ['no condition', csv, { 'if-none-match': '"x"' }, 'SignatureDoesNotMatch'],
    ['a header that was not signed', csv, { 'x-amz-acl': 'public-read' }, 'AccessDenied'],
  ])('refuses %s, and stores nothing', async (_, bytes, headers, code) => {
    const there = await place();
    const { status, text } = await send(there, bytes, headers);
    expect([status, text]).toEqual([code === 'BadDigest' ? 400 : 403, expect.stringContaining(`<Code>${code}</Code>`)]);
    expect((await client.submit('run-query', query(there.source))).status).toBe(422);
    expect((await send(there, csv)).status).toBe(200);
  });

  it('refuses a link that expired, and one that was changed', async () => {
    const there = await place();
    const changed = (name: string, value: string) => {
      const url = new URL(there.url);
      url.searchParams.set(name, value);
      return { ...there, url: url.href };
    };
    const [expired, longer] = await Promise.all([
      send(changed('X-Amz-Date', '20260101T000000Z'), csv),
      send(changed('X-Amz-Expires', '604800'), csv),
    ]);
    expect(expired.text).toContain('Request has expired');
    expect(longer.text).toContain('SignatureDoesNotMatch');
  });

  it('takes them once: a second PUT neither replaces them nor lets them expire', async () => {
    const there = await place();
    expect([
      (await send(there, csv)).status,
      (await send(there, csv)).status,
      (await send(there, csv.replace('Bern', 'Born'))).status,
    ]).toEqual([200, 412, 412]);
  });

  it('stores nothing of bytes that were cut off', async () => {
    const there = await place();
    await sendPart(there, csv.slice(0, 10));
    expect(problemOf((await client.submit('run-query', query(there.source))).body).code).toBe('upload-not-found');
  });
});

describe('announcing an upload', () => {
  it.each<[string, object, string]>([
    ['more than the limit', { sizeBytes: 5_000_000_001 }, '#/sizeBytes'],
    ['nothing', { sizeBytes: 0 }, '#/sizeBytes'],
    ['a fraction', { sizeBytes: 1.5 }, '#/sizeBytes'],
    ['a checksum in hexadecimal', { sha256: 'a'.repeat(64) }, '#/sha256'],
    ['a checksum of other bits', { sha256: `${'A'.repeat(42)}B=` }, '#/sha256'],
    ['a header in the type', { contentType: 'text/csv\r\nx-amz-acl: public-read' }, '#/contentType'],
    ['an unknown encoding', { contentEncoding: 'br' }, '#/contentEncoding'],
    ['a name', { name: '../cities.csv' }, '#/name'],
  ])('of %s is refused with a pointer', async (_, more, pointer) => {
    const { status, body } = await announce(client, csv, more);
    expect([status, problemOf(body).code, problemOf(body).errors.map((error) => error.pointer)]).toEqual([
      422,
      'invalid-submission',
      [pointer],
    ]);
  });
});

describe('a job that names an upload', () => {
  it('is refused while it is not there, and for every other owner, with the same answer', async () => {
    const missing = (await place()).source;
    const anothers = await upload(client.as('ann'), csv);
    const [first, second] = await Promise.all([missing, anothers].map((source) => client.submit('run-query', query(source))));
    expect([first?.status, problemOf(first?.body).code]).toEqual([422, 'upload-not-found']);
    expect(problemOf(first?.body).errors.map(({ pointer }) => pointer)).toEqual(['#/input/sources/t/url']);
    expect(second?.body).toEqual(first?.body);
    expect((await client.as('ann').submit('run-query', query(anothers))).status).toBe(202);
  });

  it('is validated without being accepted', async () => {
    const validate = (url: string) =>
      client.request('POST', '/v1/jobs?validateOnly=true', { body: { type: 'run-query', input: query(url) } });
    expect((await validate((await place()).source)).status).toBe(422);
    expect((await validate(await upload(client, csv))).status).toBe(200);
  });

  it('stays accepted under its key after the upload is gone', async () => {
    const source = await upload(client, csv);
    const submit = () => client.submit('run-query', query(source), { key: `upload ${source}` });
    const { body } = await submit();
    await client.ended(body.id);
    await remove(source);
    expect((await submit()).body.id).toBe(body.id);
  });

  it('is decided on its own in a batch', async () => {
    const jobs = [await upload(client, csv), (await place()).source].map((url) => ({ type: 'run-query', input: query(url) }));
    const { body } = await client.request<{ results: readonly { status: number; problem: { errors: unknown } | null }[] }>(
      'POST',
      '/v1/jobs/batch',
      { body: { jobs } },
    );
    expect(body.results.map(({ status }) => status)).toEqual([202, 422]);
    expect(body.results[1]?.problem?.errors).toEqual([expect.objectContaining({ pointer: '#/jobs/1/input/sources/t/url' })]);
  });

  it('keeps it, for any number of jobs: no lifecycle rule deletes it any more, and nothing can be put in its place', async () => {
    const there = await place();
    await send(there, csv);
    const tag = async () => (await s3().send(new GetObjectTaggingCommand(await objectOf(there.source)))).TagSet;
    expect(await tag()).toEqual([{ Key: 'delegation-upload', Value: 'unused' }]);
    const jobs = await Promise.all([1, 2].map(() => client.run('run-query', query(there.source))));
    expect(jobs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect((await send(there, csv)).status).toBe(412);
    expect(await tag()).toEqual([{ Key: 'delegation-upload', Value: 'used' }]);
  });

  it('fails if it is deleted before the worker reads it, and a retry with another one succeeds', async () => {
    const job = (await client.submit('run-query', query(await upload(client, csv)), { delaySeconds: 4 })).body;
    await remove(job.input as never);
    expect(await client.ended(job.id)).toMatchObject({ status: 'failed', error: { code: 'upload_missing', retryable: false } });
    const retry = (body: object) => client.request('POST', `/v1/jobs/${job.id}/retry`, { body });
    expect(problemOf((await retry({})).body).code).toBe('upload-not-found');
    const { body } = await retry({ input: query(await upload(client, csv)) });
    expect((await client.ended(body.id)).status).toBe('succeeded');
  });

  it.each([
    ['other bytes', { Body: csv.replace('Bern', 'Born') }],
    ['another type', { Body: csv, ContentType: 'text/plain' }],
  ])('fails if it is replaced by %s', async (_, change) => {
    const source = await upload(client, csv);
    for (const [type, input] of [
      ['run-query', query(source)],
      ['write-batch', { table: 'scratch', operation: 'put', source: { url: source, format: 'csv', rename: { city: 'id' } } }],
    ] as const) {
      const { body } = await client.submit(type, input, { delaySeconds: 3 });
      const ChecksumSHA256 = sha256(change.Body);
      await s3().send(new PutObjectCommand({ ...(await objectOf(source)), ContentType: 'text/csv', ChecksumSHA256, ...change }));
      expect(await client.ended(body.id)).toMatchObject({ status: 'failed', error: { code: 'upload_changed' } });
    }
  });

  it('is retried by a redrive, which keeps the upload as well', async () => {
    const tags = { of: 'upload' };
    const input = { ...query(await upload(client, csv)), sql: 'SELECT none FROM t' };
    await client.run('run-query', input, { tags });
    const body = { filter: { status: ['failed'], tag: ['of:upload'] }, dryRun: false };
    const { id } = (await client.request('POST', '/v1/jobs/redrive', { body })).body;
    expect(await client.ended(id)).toMatchObject({ status: 'succeeded', result: { retried: 1, failed: 0 } });
  });

  it('is refused as a schedule, which the upload would not outlive', async () => {
    const source = await upload(client, csv);
    const body = { every: { hours: 1 }, job: { type: 'run-query', input: query(source) } };
    const answer = await client.request('PUT', '/v1/schedules/of-upload', { body });
    expect([answer.status, problemOf(answer.body).errors.map(({ pointer }) => pointer)]).toEqual([422, ['#/job/input/sources/t/url']]);
  });
});

const s3 = () => new S3Client(deployment.aws('s3'));

async function objectOf(source: string): Promise<{ readonly Bucket: string; readonly Key: string }> {
  const { owner } = (await client.get<{ readonly owner: string }>('/v1/me')).body;
  return { Bucket: await deployment.payloadBucket(), Key: uploadKey(owner, source.replace('upload://', '')) };
}

async function remove(of: string | { readonly sources: { readonly t: { readonly url: string } } }): Promise<void> {
  await s3().send(new DeleteObjectCommand(await objectOf(typeof of === 'string' ? of : of.sources.t.url)));
}
