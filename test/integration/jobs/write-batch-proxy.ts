/** Services that misbehave: a proxy between the SDK and the emulator that answers some requests itself, like a DynamoDB that is short of capacity. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface WriteBody {
  RequestItems: Record<string, { PutRequest?: { Item: Record<string, Record<string, string>> }; DeleteRequest?: unknown }[]>;
}

/** What the proxy does with a `BatchWriteItem`: passes a part of it on and hands the rest back, or refuses it with an error. */
export type Verdict = { readonly passOn: number } | { readonly error: string; readonly status?: number; readonly message?: string };

export interface WriteProxy {
  readonly url: string;
  /** Decides about each `BatchWriteItem`; undefined passes all of it on. */
  decide: (body: WriteBody, number: number) => Verdict | undefined;
  /** The requests as they came, in order. */
  readonly writes: WriteBody[];
  /** Requests that have come and are not answered. */
  underWay(): number;
  mostUnderWay(): number;
  stop(): Promise<void>;
}

export async function startProxy(target: string): Promise<WriteProxy> {
  let [underWay, most] = [0, 0];
  const proxy = {
    underWay: () => underWay,
    mostUnderWay: () => most,
    writes: [] as WriteBody[],
    decide: (() => undefined) as WriteProxy['decide'],
  };
  const server = createServer(async (request, response) => {
    if (isWrite(request)) most = Math.max(most, ++underWay);
    const body = await text(request);
    const answer = isWrite(request) ? await answerWrite(request, JSON.parse(body) as WriteBody) : await passOn(request, body);
    if (isWrite(request)) underWay -= 1;
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
  });
  const passOn = async (request: IncomingMessage, body: string) => {
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const answer = await fetch(target, { method: 'POST', headers: headers as Record<string, string>, body });
    return { status: answer.status, body: await answer.text() };
  };
  const answerWrite = async (request: IncomingMessage, body: WriteBody) => {
    proxy.writes.push(body);
    const verdict = proxy.decide(body, proxy.writes.length);
    if (verdict === undefined) return passOn(request, JSON.stringify(body));
    if ('error' in verdict) {
      return {
        status: verdict.status ?? 400,
        body: JSON.stringify({
          __type: `com.amazonaws.dynamodb.v20120810#${verdict.error}`,
          message: verdict.message ?? `${verdict.error} by the test`,
        }),
      };
    }
    const [[table = '', requests = []] = []] = Object.entries(body.RequestItems);
    const [taken, left] = [requests.slice(0, verdict.passOn), requests.slice(verdict.passOn)];
    if (taken.length > 0) await passOn(request, JSON.stringify({ RequestItems: { [table]: taken } }));
    return { status: 200, body: JSON.stringify({ UnprocessedItems: left.length > 0 ? { [table]: left } : {} }) };
  };
  return Object.assign(proxy, await listening(server));
}

/** An S3 whose answers break off in the middle, or are refusals. */
export async function startS3Proxy(
  target: string,
  decide: (number: number) => 'pass' | 'break' | 'deny',
): Promise<{ readonly url: string; requests(): number; stop(): Promise<void> }> {
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    const verdict = decide(requests);
    if (verdict === 'deny') {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
      return;
    }
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const answer = await fetch(`${target}${request.url}`, { headers: headers as Record<string, string> });
    const body = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (verdict === 'pass') response.end(body);
    else response.write(body.subarray(0, body.length / 2), () => response.destroy());
  });
  return { ...(await listening(server)), requests: () => requests };
}

async function listening(server: Server): Promise<{ readonly url: string; stop(): Promise<void> }> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function isWrite(request: IncomingMessage): boolean {
  return String(request.headers['x-amz-target']).endsWith('.BatchWriteItem');
}
