/** API Gateway's part on this machine: HTTP in, a payload-2.0 event to the handler, its answer out. */
import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ApiHost } from '../lambdas/api/api-context.ts';
import { answerConsoleRoute, isBrowserAtRoot, isConsolePath } from './console-route.ts';

export type ApiHandler = (event: APIGatewayProxyEventV2, host: ApiHost) => Promise<APIGatewayProxyStructuredResultV2>;

/** The API's code is still being built. Clients come again. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
}

/** API Gateway's own limit. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const largestPayloadBytes = 10 * 1024 * 1024;
/** Lambda's "6 MB" for what it is called with. @see https://zaccharles.medium.com/deep-dive-lambdas-request-payload-size-limit-2-2-6350c1ae5577 */
export const maxEventBytes = 6_291_456;
/** Lambda's "6 MB" for what a function returns, as its own error message counts them: 100 bytes more than 6 MiB. @see https://zaccharles.medium.com/deep-dive-lambdas-response-payload-size-limit-8aedba9530ed */
export const maxAnswerBytes = 6_291_556;

/** Listens on the loopback alone. @param port 0 takes a free one */
export async function startGateway(handler: ApiHandler, port: number): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const open = new Set<AbortController>();
  const server = createServer((request, response) => {
    const gone = new AbortController();
    open.add(gone);
    response.once('close', () => {
      gone.abort();
      open.delete(gone);
    });
    answer((event, host) => handler(event, { ...host, signal: gone.signal }), request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else if (error instanceof NotReadyError)
        send(response, 503, { message: 'Service Unavailable', detail: error.message }, { 'retry-after': '2' });
      else send(response, 502, { message: 'Bad Gateway', detail: String(error) });
    });
  });
  // Node's own 5 seconds close a connection in the moment in which a client that paused uses it again.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: portOf(server),
    stop() {
      // Ends streams and waits, which are answered with what there is.
      for (const request of open) request.abort();
      return stop(server);
    },
  };
}

async function answer(handler: ApiHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isFromThisMachine(request))
    return send(response, 403, { message: 'Forbidden: the local mode answers programs of this machine, not web pages.' });
  const url = urlOf(request);
  if (url === null) return send(response, 400, { message: 'Bad Request' });
  if (isConsolePath(url.pathname)) return answerConsoleRoute(url.pathname, request, response);
  if (isBrowserAtRoot(url.pathname, request)) return void response.writeHead(302, { location: '/console/' }).end();
  const body = await readBody(request);
  if (body === undefined) return send(response, 413, { message: 'Request Too Large' });
  const event = toEvent(request, url, body);
  if (sizeInAws(event, body) >= maxEventBytes) return send(response, 413, { message: 'Request Too Large' });
  let streamed: AsyncIterable<string> | undefined;
  const result = await handler(event, {
    stream(body) {
      streamed = body;
    },
  });
  if (Buffer.byteLength(JSON.stringify(result)) > maxAnswerBytes)
    return send(response, 500, { message: 'Internal Server Error', detail: 'Lambda lets a function answer with 6 MB at most.' });
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(result.headers ?? {})) headers[name] = String(value);
  if (result.cookies !== undefined) headers['set-cookie'] = result.cookies;
  response.writeHead(result.statusCode ?? 200, headers);
  // No more is asked of it than the client has read. Where the client is gone, it ends.
  if (streamed !== undefined) return pipeline(Readable.from(streamed), response);
  response.end(request.method === 'HEAD' ? undefined : Buffer.from(result.body ?? '', result.isBase64Encoded === true ? 'base64' : 'utf8'));
}

/** A web page may reach the loopback, by its own name rebound to it or by a plain form: its `Host` or `Origin` gives it away. */
function isFromThisMachine({ headers, url = '' }: IncomingMessage): boolean {
  const isLoopback = (host: string) => /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host);
  const { host = '', origin } = headers;
  if (!isLoopback(host)) return false;
  // The page of a link names its address to no other site, so its form is sent with the origin `null`. Only who has its token can send it.
  return origin === undefined || origin === `http://${host}` || (origin === 'null' && url.startsWith('/v1/links/'));
}

/** A path that begins with two slashes is a path, not a host. @returns null for an invalid address */
function urlOf({ url = '/' }: IncomingMessage): URL | null {
  return URL.parse(url.startsWith('/') ? `http://local${url}` : url);
}

/** Node reads the bytes of a header as Latin-1; programs send UTF-8. Bytes that are not UTF-8 stay Latin-1. */
function headerText(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : latin1;
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= largestPayloadBytes) chunks.push(chunk);
  }
  return sizeBytes > largestPayloadBytes ? undefined : Buffer.concat(chunks);
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function toEvent(request: IncomingMessage, url: URL, body: Buffer): APIGatewayProxyEventV2 {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = headerText(Array.isArray(value) ? value.join(',') : (value ?? ''));
  const method = request.method ?? 'GET';
  const hasBody = body.length > 0 && !['GET', 'HEAD'].includes(method);
  const owner = headers['delegation-owner'] || 'local';
  const authorizer = { authorizer: { lambda: { owner } } };
  const queryStringParameters = Object.fromEntries(url.searchParams);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    ...(url.search === '' ? {} : { queryStringParameters }),
    requestContext: {
      ...authorizer,
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers['host'] ?? 'localhost',
      domainPrefix: 'local',
      http: { method, path: url.pathname, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: headers['user-agent'] ?? '' },
      requestId: crypto.randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
    },
    ...(hasBody ? { body: body.toString('base64') } : {}),
    isBase64Encoded: hasBody,
  };
}

/** Types whose bodies API Gateway passes on as text, in which JSON escapes quotes; others are Base64, as all are here. @see https://github.com/ministackorg/ministack/pull/766 */
const textType = /^(text\/|application\/(json|xml|javascript)\b)/i;

/** @returns the bytes of the event as API Gateway would send it to the function */
function sizeInAws(event: APIGatewayProxyEventV2, body: Buffer): number {
  const isText = textType.test(event.headers['content-type'] ?? '');
  return Buffer.byteLength(JSON.stringify(isText ? { ...event, body: body.toString('utf8') } : event));
}

function send(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}
