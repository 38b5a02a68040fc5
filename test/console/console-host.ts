/** A server with the console's files and a configuration of its own in front of a local mode, as the deployed console and the proxy are. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { consoleFiles } from '../../console/server/console-files.ts';
import { sendConsoleAnswer } from '../../console/server/send-console-answer.ts';
import { isConsolePath } from '../../local/console-route.ts';
import { listenOnLoopback } from '../../local/loopback-server.ts';

export interface ConsoleHost {
  readonly url: string;
  /** The headers of each request to the API. */
  readonly requests: Readonly<Record<string, string | undefined>>[];
  stop(): Promise<void>;
}

/**
 * @param api the address of the local mode
 * @param config what `/console/config.json` says besides
 * @param mayPass whether a request to the API has the right credentials
 */
export async function startConsoleHost(
  api: string,
  config: object,
  {
    connectSources = [],
    mayPass,
  }: { readonly connectSources?: readonly string[]; readonly mayPass: (headers: IncomingMessage['headers']) => boolean },
): Promise<ConsoleHost> {
  const files = await consoleFiles(connectSources);
  const requests: Record<string, string | undefined>[] = [];
  const full = JSON.stringify({
    apiUrl: '',
    isReadOnly: false,
    isLocal: false,
    label: 'prod, account 123456789012',
    region: 'eu-central-1',
    ...config,
  });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname;
    if (isConsolePath(path)) return sendConsoleAnswer({ files, config: full, path }, request, response);
    requests.push(Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])));
    if (!mayPass(request.headers))
      return void response.writeHead(401, { 'content-type': 'application/json' }).end('{"message":"Unauthorized"}');
    const content = await buffer(request);
    const headers = {
      'content-type': 'application/json',
      ...(request.headers['if-none-match'] ? { 'if-none-match': request.headers['if-none-match'] } : {}),
    };
    const forwarded = await fetch(api + request.url, {
      method: request.method ?? 'GET',
      headers,
      body: content.length === 0 ? null : new Uint8Array(content),
      redirect: 'manual',
    });
    response.writeHead(forwarded.status, {
      'content-type': 'application/json',
      ...(forwarded.headers.has('etag') ? { etag: forwarded.headers.get('etag') ?? '' } : {}),
    });
    response.end(Buffer.from(await forwarded.arrayBuffer()));
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  return { ...(await listenOnLoopback(server)), requests };
}
