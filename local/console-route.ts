/** The console in the local mode: its files, and what they are configured with. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ConsoleFiles, consoleFiles } from '../console/server/console-files.ts';
import { sendConsoleAnswer } from '../console/server/send-console-answer.ts';

/** What `console/net/console-config.ts` reads. No caller has to be kept out: the gateway answers this machine alone. */
const config = JSON.stringify({
  apiUrl: '',
  isReadOnly: false,
  isLocal: true,
  label: 'local mode',
  region: null,
  auth: { kind: 'none' },
});

let files: Promise<ConsoleFiles> | undefined;

/** @returns whether the path belongs to the console, so that the API does not get it */
export function isConsolePath(path: string): boolean {
  return path === '/console' || path.startsWith('/console/');
}

/** @returns whether a person opened the address of the API itself in a browser */
export function isBrowserAtRoot(path: string, { method, headers }: IncomingMessage): boolean {
  return path === '/' && method === 'GET' && (headers.accept ?? '').includes('text/html');
}

/** Answers a request for a file of the console. They are built when the first one is asked for. @param path decoded, without its query */
export async function answerConsoleRoute(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  sendConsoleAnswer({ files: await loadFiles(), config, path }, request, response);
}

/** A build that failed is tried again at the next request. */
function loadFiles(): Promise<ConsoleFiles> {
  files ??= consoleFiles().catch((error: unknown) => {
    files = undefined;
    throw error;
  });
  return files;
}
