/** What the proxy of `delegation console` passes on, and what it says where there is nothing to pass on. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Auth, bearer, unsigned } from '../../client/auth.ts';
import { sigv4 } from '../../client/sigv4.ts';
import { type ConsoleProxy, type ConsoleProxyOptions, startConsoleProxy } from '../../console/server/console-proxy.ts';
import { listenOnLoopback } from '../../local/loopback-server.ts';
import { type Receiver, type Respond, signatureFault, startReceiver } from '../support/signature-receiver.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.stop();
});

async function receiver(respond: Respond): Promise<Receiver> {
  const made = await startReceiver(respond);
  started.push(made);
  return made;
}

interface Caller {
  readonly proxy: ConsoleProxy;
  readonly lines: readonly string[];
  call(path: string, init?: RequestInit): Promise<Response>;
}

async function proxyTo(url: string, auth: Auth, options: Partial<ConsoleProxyOptions> = {}): Promise<Caller> {
  const lines: string[] = [];
  const target = { url, auth, label: null, region: null };
  const proxy = await startConsoleProxy({ files: new Map(), log: (line) => lines.push(line), ...options, target });
  started.push(proxy);
  const { origin, hash } = new URL(proxy.url);
  const headers = { 'delegation-console-key': hash.slice('#key='.length) };
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}${path}`, { redirect: 'manual', ...init, headers: { ...headers, ...(init.headers as Record<string, string>) } });
  return { proxy, lines, call };
}

const problem = async (answer: Response) => ({ ...((await answer.json()) as { code: string; detail: string }), status: answer.status });
const key = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'session/token==',
  region: 'eu-central-1',
};
const { region, ...credentials } = key;

describe('signing with SigV4', () => {
  it.each([
    ['GET', '/v1/jobs?tag=team%3Adata&since=-1h&limit=20', undefined, {}],
    ['GET', '/v1/schedules/a%20b', undefined, { 'If-None-Match': '"x"', Accept: 'application/json' }],
    ['GET', '/v1/jobs?tag=b&tag=a&cursor=', undefined, {}],
    ['HEAD', '/openapi.json', undefined, {}],
    [
      'POST',
      '/v1/jobs',
      '{"type":"run-query","input":{"sql":"SELECT \'ä\'"}}',
      { 'Content-Type': 'application/json', 'Idempotency-Key': '"k  1"' },
    ],
    ['POST', '/v1/jobs', gzipSync('{}'), { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }],
    ['PUT', '/v1/job-types/run-query/state', '{"state":"paused"}', { 'Content-Type': 'application/json' }],
    ['DELETE', '/v1/schedules/nightly', undefined, {}],
  ])('gives %s %s a signature that AWS accepts', async (method, path, body, headers) => {
    const target = await receiver(async (received, response) => {
      const fault = await signatureFault(received, key);
      response.writeHead(fault === undefined ? 200 : 403, { 'content-type': 'text/plain' }).end(fault);
    });
    const { call } = await proxyTo(target.url, sigv4({ region, credentials }));
    const answer = await call(path, { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }) });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(target.received[0]?.body).toEqual(Buffer.from(body ?? ''));
  });

  it('is noticed where it is wrong: the receiver refuses another secret, and a body that was changed on its way', async () => {
    const target = await receiver(() => undefined);
    const { call } = await proxyTo(target.url, sigv4({ region, credentials: { ...credentials, secretAccessKey: 'another' } }));
    void call('/v1/jobs', { method: 'POST', body: '{}' }).catch(() => undefined);
    while (target.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const [received] = target.received;
    if (received === undefined) throw new Error('nothing arrived');
    expect(await signatureFault(received, key)).toMatch('the signature is');
    expect(await signatureFault({ ...received, body: Buffer.from('{"a":1}') }, key)).toBe('the checksum is of another body');
  });

  it('asks for credentials each time, so that those that were renewed are used', async () => {
    const tokens = ['one', 'two'];
    const target = await receiver((_, response) => response.end());
    const { call } = await proxyTo(
      target.url,
      bearer(() => tokens.shift() ?? ''),
    );
    await call('/v1/me');
    await call('/v1/me');
    expect(target.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  });
});

describe('an answer', () => {
  const answered = async (write: (response: ServerResponse) => unknown, path = '/v1/jobs', init: RequestInit = {}) => {
    const target = await receiver((_, response) => write(response));
    return (await proxyTo(target.url, unsigned)).call(path, init);
  };

  it('keeps its status, its ETag and its other headers, but those of the connection, cookies and permissions of other origins', async () => {
    const answer = await answered((response) =>
      response
        .writeHead(202, {
          ...{ etag: '"v1"', location: '/v1/jobs/job_1', 'retry-after': '2', 'x-request-id': 'r', 'ratelimit-policy': '"submit";q=1;w=60' },
          ...{ 'set-cookie': 'a=b', 'access-control-allow-origin': '*', 'alt-svc': 'h3=":443"', connection: 'x-hop', 'x-hop': '1' },
        })
        .end('{}'),
    );
    expect(answer.status).toBe(202);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      etag: '"v1"',
      location: '/v1/jobs/job_1',
      'retry-after': '2',
      'x-request-id': 'r',
    });
    for (const name of ['set-cookie', 'access-control-allow-origin', 'alt-svc', 'x-hop'])
      expect([name, answer.headers.get(name)]).toEqual([name, null]);
  });

  it.each([204, 304])('of %s has no body', async (status) => {
    const answer = await answered((response) => response.writeHead(status, { etag: '"v1"' }).end());
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([status, '"v1"', '']);
  });

  it('of 303 stays a redirect, or becomes its link for a page that cannot read redirects', async () => {
    const location = 'https://bucket.s3.amazonaws.com/x?X-Amz-Signature=1';
    const redirect = (response: ServerResponse) =>
      response.writeHead(303, { location, 'content-type': 'application/json' }).end(JSON.stringify({ location }));
    const plain = await answered(redirect);
    expect([plain.status, plain.headers.get('location')]).toEqual([303, location]);
    const asBody = await answered(redirect, '/v1/jobs/job_1/result', { headers: { 'delegation-console-link': 'body' } });
    expect([asBody.status, await asBody.json()]).toEqual([200, { location }]);
  });

  it('keeps its bytes, compressed ones as well', async () => {
    const bytes = gzipSync('some text');
    const answer = await answered((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes));
    expect([answer.headers.get('content-encoding'), await answer.text()]).toEqual(['gzip', 'some text']);
  });

  it('that is a refusal of the API is passed on as it is', async () => {
    const refusal = { code: 'forbidden', title: 'The caller may not do this', status: 403, detail: 'Only admins may.' };
    const answer = await answered((response) =>
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(refusal)),
    );
    expect(await problem(answer)).toEqual(refusal);
  });

  it('comes in pieces, as the target sends them', async () => {
    let write: (text: string) => void = () => undefined;
    const answer = await answered((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      write = (text) => response.end(text);
    });
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n');
    write('data: 2\n\n');
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 2\n\n');
  });

  it('that breaks off breaks off for the client, too', async () => {
    const answer = await answered((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await expect(answer.text()).rejects.toThrow();
  });
});

describe('a client that leaves', () => {
  it('ends the request of the target', async () => {
    const gone = Promise.withResolvers<void>();
    const target = await receiver((_, response) => response.once('close', () => gone.resolve()).write('data: 1\n\n'));
    const { call } = await proxyTo(target.url, unsigned);
    const leaving = new AbortController();
    await call('/v1/jobs/job_1/events', { signal: leaving.signal });
    leaving.abort();
    await gone.promise;
  });
});

describe('the end of the proxy', () => {
  it('ends requests under way, and frees the port', async () => {
    const gone = Promise.withResolvers<void>();
    const target = await receiver((_, response) => response.once('close', () => gone.resolve()).write('data: 1\n\n'));
    const { call, proxy } = await proxyTo(target.url, unsigned);
    const answer = await call('/v1/jobs/job_1/events');
    await proxy.stop();
    await gone.promise;
    await expect(answer.text()).rejects.toThrow();
    const port = Number(new URL(proxy.url).port);
    const next = createServer();
    next.listen(port, '127.0.0.1');
    await once(next, 'listening');
    next.close();
  });
});

describe('read-only', () => {
  const methods = ['POST', 'PUT', 'DELETE'];

  it.each(methods)('refuses %s in the proxy, also what says that it only asks', async (method) => {
    const target = await receiver((_, response) => response.end());
    const { call } = await proxyTo(target.url, unsigned, { isReadOnly: true });
    for (const path of ['/v1/jobs', '/v1/jobs?validateOnly=true', '/v1/jobs/cancel', '/v1/links/x?token=y']) {
      const refused = await problem(await call(path, { method, headers: { 'X-HTTP-Method-Override': 'GET' } }));
      expect(refused).toMatchObject({ status: 403, code: 'read-only', detail: expect.stringContaining('--read-only') as string });
    }
    expect(target.received).toEqual([]);
  });

  it('lets GET and HEAD through, and says in its configuration that it is', async () => {
    const target = await receiver((_, response) => response.end());
    const { call, proxy } = await proxyTo(target.url, unsigned, { isReadOnly: true });
    for (const method of ['GET', 'HEAD']) expect((await call('/v1/jobs', { method })).status).toBe(200);
    expect(await (await fetch(new URL('/console/config.json', proxy.url))).json()).toMatchObject({ isReadOnly: true });
  });
});

describe('where there is nothing to pass on', () => {
  it('says that the target does not answer', async () => {
    const closed = await receiver(() => undefined);
    await closed.stop();
    started.pop();
    const { call, lines } = await proxyTo(closed.url, unsigned);
    const said = await problem(await call('/v1/me'));
    expect(said).toMatchObject({
      status: 502,
      code: 'target-unreachable',
      detail: expect.stringMatching(/ECONNREFUSED.*Check the network/) as string,
    });
    expect(lines).toEqual([expect.stringMatching(/^GET \/v1\/me 502: /)]);
  });

  it('says that the target takes too long, until its answer begins and within it', async () => {
    const silent = await receiver(() => undefined);
    const { call } = await proxyTo(silent.url, unsigned, { timeoutMs: 50 });
    expect(await problem(await call('/v1/jobs', { method: 'POST', body: '{}' }))).toMatchObject({ status: 504, code: 'target-timeout' });
    const halting = await receiver((_, response) => response.write('half'));
    await expect((await (await proxyTo(halting.url, unsigned, { timeoutMs: 50 })).call('/v1/jobs')).text()).rejects.toThrow();
  });

  it.each([
    ['none are found', new Error('There are no AWS credentials: set AWS_ACCESS_KEY_ID')],
    [
      'those of a sign-in have expired',
      new Error('The SSO session associated with this profile has expired. To refresh this SSO session run aws sso login.'),
    ],
  ])('says what to do where %s, and sends nothing', async (_what, error) => {
    const target = await receiver((_, response) => response.end());
    const { call } = await proxyTo(target.url, sigv4({ region, credentials: () => Promise.reject(error) }));
    const said = await problem(await call('/v1/me'));
    expect(said).toMatchObject({ status: 502, code: 'no-credentials' });
    expect(said.detail).toContain(error.message);
    expect(said.detail).toContain('Sign in again');
    expect(target.received).toEqual([]);
  });

  it.each([
    [403, '{"message":"The security token included in the request is expired"}', 502, 'no-credentials'],
    [401, '{"message":"Unauthorized"}', 502, 'no-credentials'],
    [403, '{"message":"Forbidden"}', 403, 'target-refused'],
    [403, '<html>blocked</html>', 403, 'target-refused'],
  ])('explains %s %s of API Gateway', async (status, body, expected, code) => {
    const target = await receiver((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
    const { call } = await proxyTo(target.url, unsigned);
    const said = await problem(await call('/v1/me'));
    expect([said.status, said.code]).toEqual([expected, code]);
    expect(said.detail).toMatch('Sign in again');
  });

  it('logs on one line what others say in several, and nothing that a terminal would act on', async () => {
    const target = await receiver((_, response) => response.end());
    const { call, lines } = await proxyTo(target.url, () => Promise.reject(new Error('first\r\n\u001b[2Jsecond')));
    await call('/v1/me');
    expect(lines).toEqual([expect.stringMatching(/^GET \/v1\/me 502: first \[2Jsecond\. Sign in/)]);
  });

  it('repeats a read, and no change, where the target closed the connection that was kept', async () => {
    let connections = 0;
    const closing = createSocketServer((socket) => {
      const isFirst = ++connections === 1;
      let requests = 0;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        if (isFirst && ++requests > 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      });
    });
    const server = await listenOnLoopback(closing as never);
    started.push({ stop: async () => void closing.close() });
    const { call } = await proxyTo(server.url, unsigned);
    expect((await call('/v1/me')).status).toBe(200);
    expect((await call('/v1/me')).status).toBe(200);
    expect(connections).toBe(2);
    expect((await call('/v1/jobs', { method: 'POST', body: '{}' })).status).toBe(200);
    expect(connections).toBe(3);
  });
});
