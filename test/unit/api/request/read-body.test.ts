import { randomBytes } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { ProblemError } from '../../../../lambdas/api/problem.ts';
import { maxBodyBytes, readJsonBody } from '../../../../lambdas/api/request/read-body.ts';

/** The way that a body takes in Lambda, from API Gateway's event on (payload format 2.0). */
const app = new Hono();
app.post('/', async (call) => call.json({ value: await readJsonBody(call.req) }));
app.onError((error, call) =>
  error instanceof ProblemError ? call.json({ problem: error.problem, ...error.options }) : call.json({ error: String(error) }),
);
const handler = handle(app) as unknown as (event: APIGatewayProxyEventV2) => Promise<{ body: string }>;

interface Outcome {
  readonly value?: unknown;
  readonly problem?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string }[];
  readonly headers?: Readonly<Record<string, string>>;
}

async function read(body: string | Buffer, headers: Readonly<Record<string, string>> = {}, isBase64Encoded = true): Promise<Outcome> {
  const event = {
    version: '2.0',
    rawPath: '/',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', ...headers },
    requestContext: { domainName: 'localhost', http: { method: 'POST', path: '/' } },
    body: Buffer.from(body).toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  } as unknown as APIGatewayProxyEventV2;
  return JSON.parse((await handler(event)).body) as Outcome;
}
const gzip = { 'content-encoding': 'gzip' };
const text = '{"a":"ü – 𝄞 – \\u0000"}';

it.each([true, false])('reads every character of UTF-8, whether the event holds base64 or text (%s)', async (isBase64Encoded) =>
  expect(await read(text, {}, isBase64Encoded)).toEqual({ value: { a: 'ü – 𝄞 – \0' } }),
);

it('refuses bytes that are not UTF-8, which would be kept as other characters', async () =>
  expect(await read(Buffer.from('7b2261223a22ff227d', 'hex'))).toMatchObject({
    problem: 'malformed-json',
    detail: expect.stringContaining('not UTF-8'),
  }));

describe('Content-Encoding', () => {
  it.each(['gzip', 'GZIP', ' gzip ', 'x-gzip', 'identity, gzip'])('%j is decompressed', async (encoding) =>
    expect(await read(gzipSync(text), { 'content-encoding': encoding })).toEqual({ value: JSON.parse(text) }),
  );

  it('identity is nothing', async () => expect(await read('1', { 'content-encoding': 'identity' })).toEqual({ value: 1 }));

  it('gzip may come in several members, as concatenated files do', async () =>
    expect(await read(Buffer.concat([gzipSync('{"a":'), gzipSync('1}')]), gzip)).toEqual({ value: { a: 1 } }));

  it.each([
    ['br', brotliCompressSync(text)],
    ['deflate', Buffer.from(text)],
    ['zstd', Buffer.from(text)],
    ['gzip, gzip', gzipSync(gzipSync(text))],
    ['gzip, br', gzipSync(text)],
    ['aws-chunked', Buffer.from(text)],
  ])('%s is refused, and what is taken is named', async (encoding, body) =>
    expect(await read(body, { 'content-encoding': encoding })).toMatchObject({
      problem: 'unsupported-media-type',
      detail: expect.stringContaining('Content-Encoding must be gzip'),
      headers: { 'accept-encoding': 'gzip, identity' },
    }),
  );

  const whole = gzipSync(text);
  const wrongChecksum = Buffer.from(whole);
  wrongChecksum.writeUInt32LE(1, whole.length - 8);
  it.each([
    ['is not compressed', Buffer.from(text)],
    ['is cut off', whole.subarray(0, -4)],
    ['has another checksum', wrongChecksum],
    ['goes on with something else', Buffer.concat([whole, Buffer.from('{"b":1}')])],
    ['is random', randomBytes(500)],
  ])('gzip of a body that %s is refused', async (_, body) =>
    expect(await read(body, gzip)).toMatchObject({ problem: 'malformed-encoding', detail: expect.stringContaining('whole gzip stream') }),
  );

  it('says what to do where a gateway took compressed bytes for text', async () =>
    expect(await read(whole, gzip, false)).toMatchObject({
      problem: 'malformed-encoding',
      detail: expect.stringContaining('application/vnd.delegation+json'),
    }));

  it('is limited in what it becomes, to the byte', async () => {
    const of = (bytes: number) => gzipSync(`"${'x'.repeat(bytes - 2)}"`);
    expect(await read(of(maxBodyBytes + 1), gzip)).toMatchObject({ problem: 'body-too-large' });
    expect(await read(of(maxBodyBytes), gzip)).toMatchObject({ value: expect.any(String) });
  });

  it('stops at the limit: a gigabyte in a megabyte does not cost its memory', async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 30), { level: 1 });
    const { arrayBuffers } = process.memoryUsage();
    expect(await read(bomb, gzip)).toMatchObject({ problem: 'body-too-large' });
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('a member that is given twice', () => {
  it.each([
    ['{"delaySeconds":3600,"delaySeconds":0}', ['#/delaySeconds']],
    ['{"input":{"rows":[{"id":"a"},{"id":"b","n":1,"n":2}]}}', ['#/input/rows/1/n']],
    ['{"a":1,"\\u0061":1,"b":{"c/d":1,"c/d":1}}', ['#/a', '#/b/c~1d']],
    ['{"__proto__":1,"__proto__":1}', ['#/__proto__']],
  ])('is refused in %s', async (body, pointers) => {
    const outcome = await read(body);
    expect(outcome.problem).toBe('duplicate-member');
    expect(outcome.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('is counted beyond the first hundred', async () => {
    const outcome = await read(`{${'"a":1,'.repeat(1_000)}"a":1}`);
    expect([outcome.errors?.length, outcome.detail]).toEqual([100, 'The body has 1000 violations; the first 100 are in errors.']);
  });

  it('is not looked for in a text that is not JSON', async () =>
    expect(await read('{"a":1,"a":')).toMatchObject({ problem: 'malformed-json' }));
});
