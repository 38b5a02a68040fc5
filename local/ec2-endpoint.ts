/** A small EC2 over its own query protocol, for the unchanged AWS SDK: no instance runs, but each is launched once, counted and kept. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { answerAction, answerControl } from './ec2/server.ts';
import { StateFile } from './ec2/state.ts';

/**
 * Listens on a free port of 127.0.0.1.
 * @param stateFile keeps everything there, also over `kill -9`; without it everything is in memory
 */
export async function startEc2Endpoint({
  stateFile,
}: {
  readonly stateFile?: string;
} = {}): Promise<{ url: string; stop(): Promise<void> }> {
  const file = new StateFile(stateFile);
  const server = createServer((request, response) => {
    answer(file, request, response).catch((error: unknown) => {
      process.stderr.write(`The EC2 endpoint failed: ${String(error)}\n`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(file: StateFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isLocal(request)) {
    response.writeHead(403).end('This endpoint answers programs on this machine only.');
    return;
  }
  const body = await readText(request);
  const { method = '', url, headers } = request;
  const isControl = url === '/_control';
  const given = isControl
    ? answerControl(file, { method, body }, Date.now())
    : answerAction(file, body, { nowMs: Date.now(), region: regionOf(headers.authorization) });
  if (!isControl) await setTimeout(file.state.behaviour.answerAfterMs);
  if (given === undefined) {
    response.destroy();
    return;
  }
  response.writeHead(given.status, { 'content-type': given.contentType }).end(given.body);
}

/** A web page could send a form here, by this address or by a name that it points here; but it cannot hide its origin or its name for us. */
function isLocal({ headers }: IncomingMessage): boolean {
  return headers.origin === undefined && /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? '');
}

/** The region that the request was signed for. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function regionOf(authorization: string | undefined): string {
  return /Credential=[^/]+\/\d+\/([^/]+)\/ec2\//.exec(authorization ?? '')?.[1] ?? 'us-east-1';
}
