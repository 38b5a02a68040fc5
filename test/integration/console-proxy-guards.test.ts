/** Attacks on the proxy of `delegation console`: by other pages, other programs, and addresses that lead elsewhere. */
import { connect } from 'node:net';
import { unsigned } from '../../client/auth.ts';
import { type ConsoleProxy, startConsoleProxy } from '../../console/server/console-proxy.ts';
import { sendRaw } from '../support/raw-http.ts';
import { type Receiver, startReceiver } from '../support/signature-receiver.ts';

const page = {
  body: Buffer.from('<!doctype html>'),
  brotli: Buffer.from('compressed'),
  contentType: 'text/html',
  headers: { 'x-frame-options': 'DENY' },
};
const files = new Map([['/console/index.html', page]]);
const lines: string[] = [];
let target: Receiver;
let proxy: ConsoleProxy;
let port: number;
let key: string;

beforeAll(async () => {
  target = await startReceiver((_, response) => response.end('secret'));
  proxy = await startConsoleProxy({
    target: { url: target.url, auth: unsigned, label: 'prod', region: 'eu-central-1' },
    files,
    log: (line) => lines.push(line),
  });
  const url = new URL(proxy.url);
  port = Number(url.port);
  key = new URLSearchParams(url.hash.slice(1)).get('key') ?? '';
});
beforeEach(() => void target.received.splice(0));
afterAll(async () => {
  await proxy.stop();
  await target.stop();
});

const host = () => `Host: 127.0.0.1:${port}`;
const withKey = () => `delegation-console-key: ${key}`;
const get = (path: string, ...headers: readonly string[]) => sendRaw(port, [`GET ${path} HTTP/1.1`, ...headers]);
const problemOf = ({ body }: { readonly body: string }) =>
  JSON.parse(/\{.*\}/s.exec(body)?.[0] ?? '{}') as { code?: string; detail?: string };

it('lets its own page through', async () => {
  const own = [`Origin: http://127.0.0.1:${port}`, 'Sec-Fetch-Site: same-origin'];
  expect(await get('/v1/jobs', host(), withKey(), ...own)).toMatchObject({
    status: 200,
    body: expect.stringContaining('secret') as string,
  });
  expect(target.received).toHaveLength(1);
});

it('has a key of 256 bits, another one each time, in the fragment alone', async () => {
  expect(Buffer.from(key, 'base64url')).toHaveLength(32);
  const other = await startConsoleProxy({ target: { url: target.url, auth: unsigned, label: null, region: null }, files });
  await other.stop();
  expect(new URL(other.url).hash).not.toBe(new URL(proxy.url).hash);
  expect(proxy.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/console\/#key=[\w-]{43}$/);
});

it.each([
  ['none', () => []],
  ['an empty one', () => ['delegation-console-key: ']],
  ['another one', () => [`delegation-console-key: ${'A'.repeat(43)}`]],
  ['a part of it', () => [`delegation-console-key: ${key.slice(0, -1)}`]],
  ['it twice', () => [withKey(), withKey()]],
  ['it in a cookie', () => [`Cookie: delegation-console-key=${key}`]],
  ['it as a bearer token', () => [`Authorization: Bearer ${key}`]],
])('needs the key, and refuses %s', async (_what, headers) => {
  for (const path of ['/v1/jobs', '/openapi.json', '/problems/not-found', `/v1/jobs?key=${key}`, '/healthz']) {
    const answer = await get(path, host(), ...headers());
    expect([path, answer.status, problemOf(answer).code]).toEqual([path, 401, 'console-key-required']);
  }
  expect(target.received).toEqual([]);
});

it('gives the page and its configuration without the key, which the page has to read first', async () => {
  expect(await get('/console/', host())).toMatchObject({ status: 200, head: expect.stringContaining('x-frame-options: DENY') as string });
  const config = { apiUrl: '', isReadOnly: false, isLocal: true, label: 'prod', region: 'eu-central-1' };
  const { body } = await get('/console/config.json', host());
  expect(JSON.parse(body)).toEqual({ ...config, auth: { kind: 'key', header: 'delegation-console-key' } });
  expect((await get('/', host())).head).toMatch(/ 303 .*location: \/console\//s);
});

it.each([
  ['a name that was rebound to this machine', () => ['Host: evil.example.com']],
  ['such a name with the port', () => [`Host: evil.example.com:${port}`]],
  ['a name that begins like the address', () => [`Host: 127.0.0.1:${port}.evil.example.com`]],
  ['localhost, which has storage of its own in a browser', () => [`Host: localhost:${port}`]],
  ['another port', () => ['Host: 127.0.0.1:1']],
  ['no port', () => ['Host: 127.0.0.1']],
  ['a form or a fetch of another site', () => [host(), 'Origin: https://evil.example.com']],
  ['a sandboxed frame', () => [host(), 'Origin: null']],
  ['another port of this machine', () => [host(), 'Origin: http://127.0.0.1:1', 'Sec-Fetch-Site: same-site']],
  ['an encrypted page of that address', () => [host(), `Origin: https://127.0.0.1:${port}`]],
  ['an image or a link in another site', () => [host(), 'Sec-Fetch-Site: cross-site']],
  ['a page of this machine on another port', () => [host(), 'Sec-Fetch-Site: same-site']],
  ['a word that is none', () => [host(), 'Sec-Fetch-Site: same-origin, none']],
])('refuses what comes by %s, even with the key, and its files as well', async (_what, headers) => {
  for (const path of ['/v1/jobs', '/console/', '/console/config.json', '/']) {
    const answer = await get(path, ...headers(), withKey());
    expect([path, answer.status, problemOf(answer).code]).toEqual([path, 403, 'foreign-page']);
  }
  expect(target.received).toEqual([]);
});

it('needs a Host, and one alone', async () => {
  expect((await get('/v1/jobs', withKey())).status).toBe(400);
  expect((await get('/v1/jobs', host(), 'Host: evil.example.com', withKey())).status).toBe(403);
  expect((await sendRaw(port, ['GET /v1/jobs HTTP/1.0', withKey()])).status).toBe(403);
  expect(target.received).toEqual([]);
});

it('answers no preflight request of another page, so that no browser sends it the key', async () => {
  const preflight = [
    host(),
    'Origin: https://evil.example.com',
    'Access-Control-Request-Method: POST',
    'Access-Control-Request-Headers: delegation-console-key',
  ];
  const answer = await sendRaw(port, ['OPTIONS /v1/jobs HTTP/1.1', ...preflight]);
  expect([answer.status, /access-control/i.test(answer.head)]).toEqual([403, false]);
});

it.each([
  'http://169.254.169.254/latest/meta-data/',
  '//169.254.169.254/v1/',
  '/v1/../admin',
  '/v1/%2e%2e/admin',
  '/v1/..%2fadmin',
  '/v1/%252e%252e%252fadmin',
  '/v1//admin',
  '/console/../v1/jobs',
  '/console/..%2f..%2fetc%2fpasswd',
])('refuses the address %s', async (path) => {
  const answer = await get(path, host(), withKey());
  expect([answer.status, problemOf(answer).code]).toEqual([400, 'invalid-address']);
  expect(target.received).toEqual([]);
});

it.each(['/healthz', '/', '/admin', '/v1', '/V1/jobs', '/%76%31/jobs'])('forwards nothing at %s', async (path) => {
  expect([303, 404]).toContain((await get(path, host(), withKey())).status);
  expect(target.received).toEqual([]);
});

it.each(['CONNECT', 'TRACE', 'PATCH', 'OPTIONS', 'PROPFIND'])('forwards no %s', async (method) => {
  const { status } = await sendRaw(port, [`${method} /v1/jobs HTTP/1.1`, host(), withKey()]);
  expect([0, 400, 405]).toContain(status);
  expect(target.received).toEqual([]);
});

it('lets no credentials of the caller travel on, and nothing that a target may believe', async () => {
  const foreign = [
    'Authorization: Bearer x',
    'Cookie: a=b',
    'delegation-owner: admin',
    'X-Forwarded-For: 1.2.3.4',
    'X-Amz-Security-Token: t',
    'X-HTTP-Method-Override: DELETE',
    'Proxy-Authorization: x',
    'Upgrade: h2c',
    'Referer: http://x/#key',
  ];
  await get(
    '/v1/jobs',
    host(),
    withKey(),
    ...foreign,
    'If-None-Match: "a"',
    'Prefer: wait=1',
    'Idempotency-Key: "k"',
    'Accept: text/event-stream',
  );
  const [{ headers } = { headers: {} }] = target.received;
  expect(Object.keys(headers).sort()).toEqual([
    'accept',
    'connection',
    'host',
    'idempotency-key',
    'if-none-match',
    'prefer',
    'x-amz-content-sha256',
  ]);
  expect(headers).toMatchObject({ host: new URL(target.url).host, 'if-none-match': '"a"', 'idempotency-key': '"k"' });
});

it.each([
  ['says so before', () => [`Content-Length: ${10 * 1024 * 1024 + 1}`], ''],
  ['comes in chunks', () => ['Transfer-Encoding: chunked'], `${'a00000\r\n'}${'x'.repeat(0xa00000)}\r\n2\r\nxx\r\n0\r\n\r\n`],
])('keeps no body above 10 MB that %s', async (_how, headers, body) => {
  const answer = await sendRaw(port, ['POST /v1/jobs HTTP/1.1', host(), withKey(), ...headers()], { body });
  expect([answer.status, problemOf(answer).code]).toEqual([413, 'body-too-large']);
  expect(target.received).toEqual([]);
});

it('lets no client hide a second request in the body of the first', async () => {
  const smuggled = '0\r\n\r\nGET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n';
  const headers = [host(), withKey(), `Content-Length: ${smuggled.length}`, 'Transfer-Encoding: chunked'];
  expect((await sendRaw(port, ['POST /v1/jobs HTTP/1.1', ...headers], { body: smuggled })).status).toBe(400);
  expect(target.received).toEqual([]);
});

it('is on 127.0.0.1 alone', async () => {
  const others = ['127.0.0.2', '::1'];
  const reached = await Promise.all(
    others.map(
      (address) =>
        new Promise<boolean>((resolve) => {
          const socket = connect({ port, host: address, timeout: 2_000 });
          socket.once('connect', () => resolve(true));
          for (const event of ['error', 'timeout']) socket.once(event, () => resolve(false));
          socket.once('close', () => socket.destroy());
        }),
    ),
  );
  expect(reached).toEqual([false, false]);
});

it('logs no key, no query and no line of an attacker', () => {
  expect(lines.length).toBeGreaterThan(30);
  expect(lines.filter((line) => line.includes(key) || /[\r\n?]|evil|meta-data/.test(line))).toEqual([]);
});

it('refuses an address of the API that is none, or that others could read on its way', async () => {
  const start = (url: string) => startConsoleProxy({ target: { url, auth: unsigned, label: null, region: null }, files });
  for (const url of [
    '',
    'api.example.com',
    'ftp://127.0.0.1',
    'https://user:word@api.example.com',
    'https://api.example.com?x',
    'file:///etc',
  ])
    await expect(start(url)).rejects.toThrow('The address of the API must be like https://');
  for (const url of ['http://api.example.com', 'http://127.0.0.1.evil.example.com', 'http://10.0.0.1'])
    await expect(start(url)).rejects.toThrow('must begin with https');
});

it('says that its port is taken', async () => {
  const second = startConsoleProxy({ target: { url: target.url, auth: unsigned, label: null, region: null }, files, port });
  await expect(second).rejects.toThrow(`The port ${port} is taken.`);
});
