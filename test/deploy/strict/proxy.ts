/** A proxy before the emulated account that refuses what AWS refuses. Everything goes through it: it has the address that the emulator hands out. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request as connect, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type ObservedAccount, observedAccount } from './account.ts';
import { type Rule, type StrictAnswer, type StrictRequest, signatureOf } from './rule.ts';

export interface StrictProxyOptions {
  /** Where the emulator is, on the port that the proxy takes on 127.0.0.1. */
  readonly upstreamHost: string;
  readonly certificate: { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer };
  readonly rules: readonly Rule[];
  readonly root: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface StrictProxy {
  readonly port: number;
  /** How often each rule refused. */
  readonly refusals: ReadonlyMap<string, number>;
  stop(): void;
}

/** Larger than any service takes, so that a rule answers and not this server. */
const maxHeaderSize = 128 * 1024;
/** Headers that are for the next hop alone, or created again for it. */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'expect', 'upgrade', 'te', 'trailer'];

export async function startStrictProxy({ upstreamHost, certificate, rules, root }: StrictProxyOptions): Promise<StrictProxy> {
  const refusals = new Map<string, number>();
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const server = createServer({ ...certificate, maxHeaderSize }, (incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      answerWith(response, incoming.method, { status: 599, headers: {}, body: Buffer.from(`The strict proxy failed: ${String(error)}`) });
    });
  });
  // Uploads, and jobs under load, take their time.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const account: ObservedAccount = observedAccount(`https://localhost:${port}`, root);

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: target = '/' } = incoming;
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
    const service = serviceOf(target, headers);
    const isStreamed = service === 's3' && !isBucketAlone(target);
    const body = isStreamed ? Buffer.alloc(0) : await buffer(incoming);
    const request: StrictRequest = { service, method, target, headers, body };
    const ofService = rules.filter((rule) => rule.service === service);
    const refuse = (rule: Rule, answer: StrictAnswer): void => {
      refusals.set(rule.name, (refusals.get(rule.name) ?? 0) + 1);
      incoming.resume();
      answerWith(response, method, answer);
    };
    for (const rule of ofService) {
      const refusal = rule.request?.(request, account);
      if (refusal !== undefined) return refuse(rule, refusal);
    }

    const timed = ofService.find(({ timeout }) => timeout !== undefined);
    const forwarded = await forward(incoming, isStreamed ? undefined : body, timed?.timeout?.ms);
    if (forwarded === 'timeout') return refuse(timed as Rule, timed?.timeout?.answer as StrictAnswer);
    response.once('close', () => forwarded.destroy());
    const judges = ofService.filter(({ answer }) => answer !== undefined);
    const isJudged = service === 's3' ? forwarded.statusCode === 404 || !isStreamed : judges.length > 0 || ['iam', 'sts'].includes(service);
    const status = forwarded.statusCode ?? 502;
    if (!isJudged) {
      account.observe(request, { status, headers: {}, body: Buffer.alloc(0) });
      response.writeHead(status, forwarded.statusMessage, withoutHopByHop(forwarded.rawHeaders));
      return pipeline(forwarded, response);
    }
    const answer: StrictAnswer = { status, headers: forwarded.headers as Record<string, string>, body: await buffer(forwarded) };
    account.observe(request, answer);
    for (const rule of judges) {
      const refusal = await rule.answer?.(request, answer, account);
      if (refusal !== undefined) return refuse(rule, refusal);
    }
    response.writeHead(status, forwarded.statusMessage, withoutHopByHop(forwarded.rawHeaders));
    response.end(answer.body);
  }

  /** @param body undefined to pass the incoming body on unchanged */
  function forward(incoming: IncomingMessage, body: Buffer | undefined, timeoutMs?: number): Promise<IncomingMessage | 'timeout'> {
    const { method, url: path, rawHeaders } = incoming;
    const streams = body === undefined && (incoming.headers['content-length'] ?? '0') !== '0';
    const isChunked = incoming.headers['transfer-encoding'] !== undefined;
    const headers = withoutHopByHop(rawHeaders);
    if (body !== undefined && isChunked) headers.push('Content-Length', String(body.length));
    if (body === undefined && isChunked) headers.push('Transfer-Encoding', 'chunked');
    return new Promise((resolve, reject) => {
      const options = { host: upstreamHost, port, servername: 'localhost', ca: certificate.ca, method, path, headers };
      const outgoing: ClientRequest = connect({ ...options, agent: streams || isChunked ? false : agent }, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => [resolve('timeout'), outgoing.destroy()], timeoutMs);
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        // The emulator had closed the connection before the request arrived.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(forward(incoming, body, timeoutMs));
        else reject(error);
      });
      if (body !== undefined) outgoing.end(body);
      else pipeline(incoming, outgoing).catch(reject);
    });
  }

  return {
    port,
    refusals,
    stop() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

function serviceOf(target: string, headers: Readonly<Record<string, string>>): string {
  return /^[a-z0-9]+\.execute-api\./.test(headers['host'] ?? '') ? 'execute-api' : signatureOf(target, headers).service;
}

/** @returns whether it is a request such as CreateBucket, whose short body names the region */
function isBucketAlone(target: string): boolean {
  return /^\/[^/?]+\/?$/.test(target);
}

/** @param raw names and values in turn */
function withoutHopByHop(raw: readonly string[]): string[] {
  const pairs = raw.flatMap((name, i) => (i % 2 === 0 && !hopByHop.includes(name.toLowerCase()) ? [[name, raw[i + 1] ?? '']] : []));
  return pairs.flat();
}

function answerWith(response: ServerResponse, method: string | undefined, { status, headers, body }: StrictAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(method === 'HEAD' ? undefined : body);
}
