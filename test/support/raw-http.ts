/** Requests as an attacker writes them: any request line and any header, which clients would not send. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
  readonly head: string;
}

/** @param lines the request line and the headers @param host to connect to */
export async function sendRaw(port: number, lines: readonly string[], { body = '', host = '127.0.0.1' } = {}): Promise<RawAnswer> {
  const socket = connect({ port, host });
  socket.write(`${[...lines, 'Connection: close', '', ''].join('\r\n')}${body}`);
  const answer = await text(socket);
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n') };
}
