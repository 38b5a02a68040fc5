/** A proxy that changes answers, to show that what reads them notices. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TamperedAnswer {
  readonly method: string;
  status: number;
  /** Header names are in lower case. */
  readonly headers: Record<string, string | undefined>;
  text: string;
}

/** Changes the answer in place. */
export type Tamper = (answer: TamperedAnswer) => unknown;

/** Connection headers belong to one hop. @see https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const ofOneHop = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-encoding', 'host'];

export async function startTamperingProxy(target: string, tamper: Tamper): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const passOn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = 'GET', url = '/' } = request;
    const hasBody = chunks.length > 0;
    const passedOn = await fetch(`${target}${url}`, {
      method,
      redirect: 'manual',
      headers: endToEnd(request.headers),
      ...(hasBody ? { body: Buffer.concat(chunks) } : {}),
    });
    const answer = {
      method,
      status: passedOn.status,
      headers: endToEnd(Object.fromEntries(passedOn.headers)),
      text: await passedOn.text(),
    };
    tamper(answer);
    response.writeHead(answer.status, endToEnd(answer.headers)).end(answer.text);
  };
  const server = createServer((request, response) => void passOn(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

function endToEnd(headers: IncomingHttpHeaders | Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined || ofOneHop.includes(name) ? [] : [[name, String(value)]])),
  );
}
