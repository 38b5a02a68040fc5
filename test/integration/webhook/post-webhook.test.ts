import type { Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { type PostWebhookOptions, postWebhook, type WebhookMessage } from '../../../lambdas/webhook/post-webhook.ts';
import { verifyWebhook } from '../../../lambdas/webhook/verify-webhook.ts';
import type { WebhookNetwork } from '../../../lambdas/webhook/webhook-network.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { answering, networkTo, publicAddress, type Receiver, receiverName, startReceiver } from './receivers.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = Buffer.from(JSON.stringify({ type: 'job.succeeded', text: 'Grüße, 世界 🎉' }));
const message: WebhookMessage = { url: `https://${receiverName}/hook?a=1`, id: 'msg_1', body, secrets: [secret] };
const policy = { allowedHosts: [], allowsLoopback: false };
const ok = 'HTTP/1.1 204 No Content\r\n\r\n';
const started: Receiver[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((receiver) => receiver.close()));
});

async function start(...given: Parameters<typeof startReceiver>): Promise<Receiver> {
  const receiver = await startReceiver(...given);
  started.push(receiver);
  return receiver;
}

const post = (network: WebhookNetwork, more: Partial<WebhookMessage & PostWebhookOptions> = {}) =>
  postWebhook({ ...message, ...more }, { policy, now: new Date(), network, ...more });

async function postTo(talk: (socket: Socket) => void, more: Partial<WebhookMessage & PostWebhookOptions> = {}) {
  const { port } = await start(talk);
  return post(networkTo(port), more);
}

describe('a delivery', () => {
  it('sends the very bytes that it signed, and any receiver can verify them', async () => {
    const requests: string[] = [];
    expect(await postTo(answering(ok, requests))).toEqual({ kind: 'delivered', status: 204 });
    expect(requests).toHaveLength(1);
    const [head = '', sent = ''] = (requests[0] ?? '').split('\r\n\r\n');
    const [start, ...lines] = head.split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]));
    expect(start).toBe('POST /hook?a=1 HTTP/1.1');
    expect(headers).toMatchObject({ host: receiverName, 'content-type': 'application/json', 'content-length': String(body.length) });
    expect(sent).toBe(body.toString());
    expect(verifyWebhook({ headers, body: sent }, { secrets: secret }).event).toEqual(JSON.parse(body.toString()));
    expect(new Webhook(secret).verify(sent, headers)).toEqual(JSON.parse(body.toString()));
  });

  it('goes to port 8443, and says so to the receiver', async () => {
    const requests: string[] = [];
    const { port } = await start(answering(ok, requests));
    const network = networkTo(port);
    await post(network, { url: `https://${receiverName}:8443` });
    expect(requests[0]).toContain(`host: ${receiverName}:8443\r\n`);
    expect(network.routes).toEqual([{ addresses: [publicAddress], port: 8_443 }]);
  });

  it.each([200, 201, 202, 204, 299])('is made with status %d', async (status) =>
    expect(await postTo(answering(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`))).toEqual({ kind: 'delivered', status }),
  );

  it.each([300, 304, 400, 401, 403, 404, 405, 409, 418, 422, 429, 500, 502, 503, 504, 599])('is not made with status %d', async (status) =>
    expect(await postTo(answering(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`))).toEqual({
      kind: 'failed',
      status,
      isGone: false,
      retryAfterMs: undefined,
    }),
  );

  it('is over for good with status 410', async () =>
    expect(await postTo(answering('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n'))).toMatchObject({
      kind: 'failed',
      status: 410,
      isGone: true,
    }));

  it.each([
    ['120', 120_000],
    ['Fri, 27 Nov 2026 10:02:00 GMT', 120_000],
    ['999999', 86_400_000],
    ['soon', undefined],
  ])('says when to try again: Retry-After: %s', async (header, retryAfterMs) => {
    const answer = `HTTP/1.1 503 X\r\nRetry-After: ${header}\r\ncontent-length: 0\r\n\r\n`;
    expect(await postTo(answering(answer), { now: new Date('2026-11-27T10:00:00Z') })).toMatchObject({ status: 503, retryAfterMs });
  });

  it('keeps nothing of the answer but its status', async () => {
    const answer = 'HTTP/1.1 500 root:x:0\r\nx-secret: root:x:0\r\nset-cookie: root:x:0\r\ncontent-length: 8\r\n\r\nroot:x:0';
    expect(JSON.stringify(await postTo(answering(answer)))).toBe('{"kind":"failed","status":500,"isGone":false}');
  });

  it('lets the receiver answer before it has read the request', async () => {
    const early = (socket: Socket) => socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
    expect(await postTo(early, { body: Buffer.alloc(64 * 1_024, 'x') })).toMatchObject({ kind: 'failed', status: 413 });
  });

  it('ends with the answer, also if the receiver keeps the connection open and does not read', async () => {
    const keeping = (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok');
    const startedMs = performance.now();
    expect(await postTo(keeping, { body: Buffer.alloc(64 * 1_024, 'x') })).toEqual({ kind: 'delivered', status: 200 });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it('passes over informational answers', async () =>
    expect(await postTo(answering(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${ok}`))).toMatchObject({
      kind: 'delivered',
    }));

  it('refuses a body that is too long before anything is sent', async () => {
    const { port, connections } = await start(answering(ok));
    await expect(post(networkTo(port), { body: Buffer.alloc(64 * 1_024 + 1) })).rejects.toThrow('at most 65536 bytes (was 65537)');
    expect(connections()).toBe(0);
  });
});

describe('redirects', () => {
  it.each([301, 302, 303, 307, 308])('are not followed: %d', async (status) => {
    const inside = await start(answering(ok), { isPlain: true });
    for (const location of [`http://127.0.0.1:${inside.port}/`, `https://${receiverName}/other`, '//169.254.169.254/', '/other']) {
      const requests: string[] = [];
      const outcome = await postTo(answering(`HTTP/1.1 ${status} X\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`, requests));
      expect(outcome).toMatchObject({ kind: 'failed', status });
      expect(requests).toHaveLength(1);
    }
    expect(inside.connections()).toBe(0);
  });
});

describe('the address', () => {
  it('is looked up once, and the connection goes there, also if DNS then answers otherwise', async () => {
    const { port } = await start(answering(ok));
    const answers = [[publicAddress], ['127.0.0.1'], ['169.254.169.254']];
    let asked = 0;
    const network = networkTo(port, { resolve: async () => answers[asked++] ?? [] });
    expect(await post(network)).toMatchObject({ kind: 'delivered' });
    expect([asked, network.routes]).toEqual([1, [{ addresses: [publicAddress], port: 443 }]]);
    expect(await post(network)).toMatchObject({ kind: 'refused', code: 'resolved_not_public' });
    expect(await post(network)).toMatchObject({ kind: 'refused', code: 'resolved_not_public' });
    expect(network.routes).toHaveLength(1);
  });

  it.each([
    [['127.0.0.1']],
    [['169.254.169.254']],
    [[publicAddress, '10.0.0.1']],
    [['10.0.0.1', publicAddress]],
    [[publicAddress, '::1']],
    [[publicAddress, '::ffff:10.0.0.1']],
    [['2606:4700::1', 'fd00:ec2::254']],
    [['64:ff9b::7f00:1']],
    [['fe80::1%eth0']],
    [['0x7f.1']],
    [['']],
    [[]],
  ])('is refused unless all of them are public: %j', async (addresses) => {
    const { port, connections } = await start(answering(ok));
    expect(await post(networkTo(port, { resolve: async () => addresses }))).toEqual({
      kind: 'refused',
      code: 'resolved_not_public',
      message: 'Webhooks go to public addresses only, and receiver.example.com has another one.',
    });
    expect(connections()).toBe(0);
  });

  it('is checked without a look-up where the URL holds it', async () => {
    const resolve = () => Promise.reject(new Error('No look-up was expected.'));
    const { port } = await start(answering(ok));
    const network = networkTo(port, { resolve });
    expect(await post(network, { url: 'https://169.254.169.254/latest/meta-data/' })).toMatchObject({
      kind: 'refused',
      code: 'address_not_public',
    });
    expect(await post(network, { url: 'https://localhost/' })).toMatchObject({ kind: 'refused', code: 'address_not_public' });
    expect(network.routes).toEqual([]);
  });

  it('may be the second one, if the first does not accept', async () => {
    const { port } = await start(answering(ok));
    const divert = () => ({ addresses: ['127.0.0.2', '127.0.0.1'], port });
    expect(await post(networkTo(port, { divert }))).toMatchObject({ kind: 'delivered' });
  });

  it('is one of two of each family, of however many a name has', async () => {
    const { port, connections } = await start(answering(ok));
    const divert = () => ({ addresses: ['127.0.0.2', '127.0.0.3', '127.0.0.1'], port });
    expect(await post(networkTo(port, { divert }))).toMatchObject({ kind: 'unreachable', code: 'connect_failed', detail: 'ECONNREFUSED' });
    expect(connections()).toBe(0);
  });
});

describe('a receiver that is slow', () => {
  const timedOut = { kind: 'unreachable', code: 'timed_out', detail: undefined };
  const delivered = { kind: 'delivered', status: 200 };
  const head = 'HTTP/1.1 200 OK\r\n';
  /** Writes the start at once, then a little every 20 ms. */
  const trickling = (start: string, next: (index: number) => string) => (socket: Socket) => {
    let index = 0;
    socket.write(start);
    const timer = setInterval(() => socket.write(next(index++)), 20);
    socket.on('close', () => clearInterval(timer));
  };
  const longHeader = `${head}x: ${'y'.repeat(5_000)}`;

  it.each([
    ['never reads the request', (socket: Socket) => void socket.pause(), timedOut],
    ['reads and never answers', (socket: Socket) => void socket.resume(), timedOut],
    ['sends its headers byte by byte', trickling('', (index) => longHeader.charAt(index)), timedOut],
    ['sends headers without end', trickling(head, () => 'x: y\r\n'), timedOut],
    ['sends informational answers without end', trickling('', () => 'HTTP/1.1 102 Processing\r\n\r\n'), timedOut],
    ['sends its body byte by byte', trickling(`${head}content-length: 9999\r\n\r\n`, () => 'x'), delivered],
    ['never ends its body', trickling(`${head}\r\n`, () => ''), delivered],
    ['sends chunks without end', trickling(`${head}transfer-encoding: chunked\r\n\r\n`, () => '1\r\nx\r\n'), delivered],
  ])('has the time limit and no more: it %s', async (_, talk, expected) => {
    const startedMs = performance.now();
    expect(await postTo(talk, { timeLimitMs: 400, body: Buffer.alloc(64 * 1_024, 'x') })).toEqual(expected);
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(350);
    expect(tookMs).toBeLessThan(30_000);
  });

  it('has the time limit for TLS, too', async () => {
    const { port } = await start((socket) => void socket.resume(), { isPlain: true });
    expect(await post(networkTo(port), { timeLimitMs: 300 })).toEqual(timedOut);
  });

  it('has the time limit for its DNS, too, and its late answer changes nothing', async () => {
    const { port, connections } = await start(answering(ok));
    const late = Promise.withResolvers<readonly string[]>();
    expect(await post(networkTo(port, { resolve: () => late.promise }), { timeLimitMs: 100 })).toEqual(timedOut);
    late.resolve([publicAddress]);
    expect(
      await post(networkTo(port, { resolve: () => new Promise((_, reject) => setTimeout(reject, 200, new Error('late'))) }), {
        timeLimitMs: 100,
      }),
    ).toEqual(timedOut);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(connections()).toBe(0);
  });

  it('holds up no other delivery', async () => {
    const slow = await start((socket) => void socket.resume());
    const quick = await start(answering(ok));
    const waiting = Array.from({ length: 50 }, () => post(networkTo(slow.port), { timeLimitMs: 2_000 }));
    const startedMs = performance.now();
    expect(await post(networkTo(quick.port))).toMatchObject({ kind: 'delivered' });
    expect(performance.now() - startedMs).toBeLessThan(1_900);
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => timedOut));
  });

  it('sends a body without end as fast as it can, and is cut off', async () => {
    let sentBytes = 0;
    const flood = (socket: Socket) => {
      const chunk = Buffer.alloc(64 * 1_024, 'x');
      const send = () => {
        while (!socket.destroyed && socket.write(chunk)) sentBytes += chunk.length;
      };
      socket.write(`${head}\r\n`);
      socket.on('drain', send);
      send();
    };
    const startedMs = performance.now();
    expect(await postTo(flood)).toEqual(delivered);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(sentBytes).toBeLessThan(16e6);
  });
});

describe('an answer that is none', () => {
  it.each([
    ['another protocol', (socket: Socket) => void socket.end('220 mail.example.com ESMTP\r\n'), 'invalid_response'],
    [
      'more headers than 16 kB',
      (socket: Socket) => void socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
      'invalid_response',
    ],
    ['an invalid header', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\nx y: z\r\n\r\n'), 'invalid_response'],
    [
      'two lengths',
      (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'),
      'invalid_response',
    ],
    ['nothing', (socket: Socket) => void socket.end(), 'connection_closed'],
    ['half of the headers', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-'), 'connection_closed'],
    ['a reset', (socket: Socket) => void socket.destroy(), 'connection_closed'],
    [
      'another protocol to go on with',
      answering('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
      'connection_closed',
    ],
  ])('%s is %s', async (_, talk, code) => expect(await postTo(talk)).toMatchObject({ kind: 'unreachable', code }));

  it('is not needed in full: the status counts', async () =>
    expect(await postTo(answering('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf'))).toEqual({ kind: 'delivered', status: 200 }));

  it('is nothing, if the receiver cannot be reached', async () => {
    const { port, close } = await startReceiver(answering(ok));
    await close();
    expect(await post(networkTo(port))).toEqual({ kind: 'unreachable', code: 'connect_failed', detail: 'ECONNREFUSED' });
  });

  it('is nothing, if the name has no address', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' }));
    expect(await post(networkTo(1, { resolve }))).toEqual({ kind: 'unreachable', code: 'dns_failed', detail: 'ENOTFOUND' });
  });
});

describe('TLS', () => {
  it.each([
    ['of an authority that is not trusted', selfSigned([receiverName]), 'DEPTH_ZERO_SELF_SIGNED_CERT', false],
    ['for another name', selfSigned(['other.example.com']), 'ERR_TLS_CERT_ALTNAME_INVALID', true],
    ['that has expired', selfSigned([receiverName], new Date('2021-01-01T00:00:00Z')), 'CERT_HAS_EXPIRED', true],
  ])('refuses a certificate %s, before it sends anything', async (_, own, detail, isTrusted) => {
    let received = 0;
    const { port } = await start((socket) => void socket.on('data', () => received++), { own });
    const network = networkTo(port, isTrusted ? { authorities: own.cert } : {});
    expect(await post(network)).toEqual({ kind: 'unreachable', code: 'tls_failed', detail });
    expect(received).toBe(0);
  });

  it.each([
    ['names it', selfSigned(['127.0.0.1']), { kind: 'delivered', status: 204 }],
    ['names another', selfSigned(['127.0.0.2']), { kind: 'unreachable', code: 'tls_failed', detail: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
    ['names a host', selfSigned([receiverName]), { kind: 'unreachable', code: 'tls_failed', detail: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
  ])('accepts an address in the URL if the certificate is for it: it %s', async (_, own, outcome) => {
    const { port } = await start(answering(ok), { own });
    expect(await post(networkTo(port, { authorities: own.cert }), { url: `https://${publicAddress}/` })).toEqual(outcome);
  });

  it('needs a receiver that speaks it', async () => {
    const { port } = await start((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n'), { isPlain: true });
    expect(await post(networkTo(port))).toMatchObject({ kind: 'unreachable', code: 'tls_failed' });
  });
});

describe('in local mode', () => {
  const local = { allowedHosts: [], allowsLoopback: true };

  it.each(['127.0.0.1', 'localhost', 'hooks.localhost', '2130706433'])(
    'reaches a receiver on this machine without TLS: %s',
    async (host) => {
      const requests: string[] = [];
      const { port } = await start(answering(ok, requests), { isPlain: true });
      const options = { policy: local, now: new Date() };
      expect(await postWebhook({ ...message, url: `http://${host}:${port}/hook` }, options)).toEqual({ kind: 'delivered', status: 204 });
      expect(requests[0]).toContain('webhook-id: msg_1\r\n');
      expect(await postWebhook({ ...message, url: `http://${host}:${port}/hook` }, { ...options, policy })).toMatchObject({
        kind: 'refused',
      });
      expect(requests).toHaveLength(1);
    },
  );

  it('refuses a name that DNS leads to this machine', async () => {
    const { port, connections } = await start(answering(ok));
    expect(await post(networkTo(port, { resolve: async () => ['127.0.0.1'] }), { policy: local })).toMatchObject({
      code: 'resolved_not_public',
    });
    expect(connections()).toBe(0);
  });
});

describe('a caller that stops', () => {
  it.each([
    ['before it starts', 0],
    ['in the middle', 100],
  ])('%s gets its own reason, and the connection is closed', async (_, afterMs) => {
    const closed = Promise.withResolvers<void>();
    const { port, connections } = await start((socket) => void socket.resume().on('close', closed.resolve));
    const controller = new AbortController();
    const stop = () => controller.abort(new Error('The job was cancelled.'));
    if (afterMs === 0) stop();
    else setTimeout(stop, afterMs);
    await expect(post(networkTo(port), { signal: controller.signal })).rejects.toThrow('The job was cancelled.');
    if (connections() > 0) await closed.promise;
  });
});
