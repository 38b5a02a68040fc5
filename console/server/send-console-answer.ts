/** Answers over Node's HTTP what belongs to the console: for the local mode and for the proxy of `delegation console`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerConsole, type StaticFiles } from '../../lambdas/console/console-answer.ts';

/** @param config the text of `/console/config.json` @param path decoded, without its query */
export function sendConsoleAnswer(
  { files, config, path }: { readonly files: StaticFiles<Uint8Array>; readonly config: string; readonly path: string },
  { method = 'GET', headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const answer = answerConsole(files, config, { method, path, acceptEncoding: String(headers['accept-encoding'] ?? '') });
  const body = answer.body.kind === 'file' ? answer.body.file : Buffer.from(answer.body.text);
  response.writeHead(answer.status, { ...answer.headers, 'content-length': body.byteLength });
  response.end(method === 'HEAD' ? undefined : body);
}
