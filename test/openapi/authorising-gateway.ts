/** The part of API Gateway that the local mode leaves out: a call without a valid token is refused before the API is asked. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { operations } from '../../lambdas/api/openapi/api-operations.ts';

/** Paths and methods that need no caller. */
const publicCalls = Object.entries(operations).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { isPublic = false }]) => (isPublic ? [{ path: toPattern(path), method }] : [])),
);

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param token a bearer token, the only one that is valid */
export async function startAuthorisingGateway(target: string, token: string): Promise<Gateway> {
  const server = createServer((incoming, outgoing) => {
    if (isAllowed(incoming, token)) passOn(target, incoming, outgoing);
    // As API Gateway answers: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
    else outgoing.writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'Bearer' }).end('{"message":"Unauthorized"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

function isAllowed({ method = 'GET', url = '/', headers }: IncomingMessage, token: string): boolean {
  const [path = ''] = url.split('?');
  const isPublic = publicCalls.some((call) => call.method === (method === 'HEAD' ? 'GET' : method) && call.path.test(path));
  return isPublic || headers.authorization === `Bearer ${token}`;
}

function passOn(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url, rawHeaders } = incoming;
  const { hostname, port } = new URL(target);
  const onward = request({ hostname, port, method, path: url, headers: rawHeaders }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
    answer.once('end', () => activate(target, incoming));
  });
  onward.once('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

/** A type that the fuzzer paused or drained would accept nothing more. */
function activate(target: string, { method, url = '' }: IncomingMessage): void {
  if (method !== 'PUT' || !/^\/v1\/job-types\/[a-z-]+\/state$/.test(url)) return;
  const headers = { 'content-type': 'application/json' };
  fetch(`${target}${url}`, { method, headers, body: '{"state":"active"}' }).catch(() => undefined);
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
}
