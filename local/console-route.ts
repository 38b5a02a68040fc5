/** The console in the local mode: its files, and what they are configured with. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ConsoleFile, type ConsoleFiles, consoleFiles, findConsoleFile } from '../console/server/console-files.ts';

/** What `console/net/console-config.ts` reads. No caller has to be kept out: the gateway answers this machine alone. */
const config = {
  apiUrl: '',
  isReadOnly: false,
  isLocal: true,
  label: 'local mode',
  region: null,
  auth: { kind: 'none' },
} as const;

let files: Promise<ConsoleFiles> | undefined;

/** @returns whether the path belongs to the console, so that the API does not get it */
export function isConsolePath(path: string): boolean {
  return path === '/console' || path.startsWith('/console/');
}

/** @returns whether a person opened the address of the API itself in a browser */
export function isBrowserAtRoot(path: string, { method, headers }: IncomingMessage): boolean {
  return path === '/' && method === 'GET' && (headers.accept ?? '').includes('text/html');
}

/** Answers a request for a file of the console. They are built when the first one is asked for. */
export async function answerConsole(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  if (path === '/console/config.json') return sendConfig(request, response);
  const file = findConsoleFile(await loadFiles(), path);
  if (file === undefined) response.writeHead(404, { 'content-type': 'text/plain' }).end('The console has no such file. Reload the page.');
  else sendFile(file, request, response);
}

/** A build that failed is tried again at the next request. */
function loadFiles(): Promise<ConsoleFiles> {
  files ??= consoleFiles().catch((error: unknown) => {
    files = undefined;
    throw error;
  });
  return files;
}

function sendConfig({ method }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  response.end(method === 'HEAD' ? undefined : JSON.stringify(config));
}

function sendFile({ body, brotli, contentType, headers }: ConsoleFile, request: IncomingMessage, response: ServerResponse): void {
  const isCompressed = /\bbr\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const content = isCompressed ? brotli : body;
  response.writeHead(200, {
    ...headers,
    'content-type': contentType,
    'content-length': content.length,
    ...(isCompressed ? { 'content-encoding': 'br' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}
