/** An HTTP proxy in front of one service that loses, delays, doubles and refuses requests, by chance. */
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, accessErrors, isAboutOwn, type Service, serverErrors, throttlings } from './error-responses.ts';
import type { Random } from './random.ts';

export const faultKinds = [
  /** The request is lost before it arrives. */
  'dropped',
  /** The same, and the connection stays open for a while. */
  'hung',
  /** The request arrives late, possibly after its sender has given up or died. */
  'delayed',
  /** The request is done at once, and answered late. */
  'slow',
  /** The request is done, without an answer. */
  'lost',
  /** The request is done, with half of the answer. */
  'cut',
  /** The request is done twice, the second time possibly later. */
  'doubled',
  /** The request is refused, with an answer that says so. */
  'throttled',
  /** The answer is 500 or 503; the request is done or not. */
  'broken',
  /** The request is refused, since a permission, the credentials or a key are missing for a while; only for Delegation's own resources. */
  'closed',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Latest arrival of a request: less than half of the lease here, the margin by which workers give up before others may take over. */
const maxArrivalMs = 2_500;
const maxAnswerMs = 5_000;

export class FaultProxy {
  url = '';
  /** Where requests go; it may change while the proxy runs. */
  upstream: string | undefined;
  /** The share of requests that meet a fault. */
  faultRate = 0;
  readonly counts: Record<FaultKind, number>;
  private readonly service: Service;
  private readonly random: Random;
  private readonly agent = new Agent({ keepAlive: true });
  private server: Server | undefined;

  constructor(service: Service, random: Random) {
    this.service = service;
    this.random = random;
    this.counts = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      // The emulators or the caller are dead.
      this.pass(request, response).catch(() => response.destroy());
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server?.close();
    this.server?.closeAllConnections();
    this.agent.destroy();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (!this.random.chance(this.faultRate)) return send(response, await this.forward(request, body, response));
    const picked = this.random.pick(faultKinds);
    const isOwn = isAboutOwn(this.service, request.url ?? '', body);
    const kind = picked === 'closed' && !isOwn ? 'throttled' : picked;
    this.counts[kind] += 1;
    await this.meet(kind, request, body, response);
  }

  private async meet(kind: FaultKind, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const { random, service } = this;
    const forward = () => this.forward(request, body, response);
    switch (kind) {
      case 'dropped':
        return void response.destroy();
      case 'hung':
        await sleep(random.between(1_000, 8_000));
        return void response.destroy();
      case 'delayed':
        await sleep(random.between(100, maxArrivalMs));
        return send(response, await forward());
      case 'slow': {
        const pauseMs = random.between(100, maxAnswerMs);
        const answer = await forward();
        await sleep(pauseMs);
        return send(response, answer);
      }
      case 'lost':
        await forward();
        return void response.destroy();
      case 'cut':
        return sendHalf(response, await forward());
      case 'doubled': {
        const [gapMs, isFirstAnswered] = [random.chance(0.5) ? 0 : random.between(0, maxArrivalMs), random.chance(0.5)];
        const first = forward();
        const second = sleep(gapMs).then(forward);
        second.catch(() => undefined);
        return send(response, await (isFirstAnswered ? first : first.then(() => second)));
      }
      case 'throttled':
        return send(response, random.pick(throttlings[service]));
      case 'broken': {
        const [isDone, answer] = [random.chance(0.5), random.pick(serverErrors[service])];
        if (isDone) await forward();
        return send(response, answer);
      }
      case 'closed':
        return send(response, random.pick(accessErrors[service as keyof typeof accessErrors]));
    }
  }

  private forward({ method, url, headers }: IncomingMessage, body: Buffer, response: ServerResponse): Promise<Answer> {
    const { upstream, agent } = this;
    if (upstream === undefined) return Promise.reject(new Error('There is nothing behind the proxy.'));
    const { 'transfer-encoding': _, expect: __, connection: ___, ...kept } = headers;
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(new URL(url ?? '/', upstream), {
        method,
        agent,
        headers: { ...kept, 'content-length': body.length },
      });
      outgoing.once('error', reject);
      outgoing.once('response', (incoming) => {
        buffer(incoming).then((text) => resolve({ status: incoming.statusCode ?? 502, headers: incoming.headers, body: text }), reject);
      });
      // A long poll ends with its caller, as in SQS; any other request is on its way and cannot be recalled.
      if (String(headers['x-amz-target']).endsWith('ReceiveMessage')) response.once('close', () => outgoing.destroy());
      outgoing.end(body);
    });
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, ownHeaders(headers, body)).end(body);
}

function sendHalf(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, ownHeaders(headers, body));
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}

function ownHeaders(headers: Answer['headers'], body: Buffer) {
  const { 'transfer-encoding': _, connection: __, 'keep-alive': ___, ...kept } = headers;
  return { ...kept, 'content-length': body.length };
}
