/** A small EC2 over its own query protocol, for the unchanged AWS SDK: no instance runs, but each is launched once, counted and kept. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { answerAction, answerControl } from './ec2/server.ts';
import { StateFile } from './ec2/state.ts';
import { isOfThisMachine, listenOnLoopback } from './loopback-server.ts';

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
  return listenOnLoopback(server);
}

async function answer(file: StateFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isOfThisMachine(request)) {
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

/** The region that the request was signed for. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function regionOf(authorization: string | undefined): string {
  return /Credential=[^/]+\/\d+\/([^/]+)\/ec2\//.exec(authorization ?? '')?.[1] ?? 'us-east-1';
}
