/** Receivers of webhooks: TLS servers on 127.0.0.1, and a network that leads to them. */
import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Route, WebhookNetwork } from '../../../lambdas/webhook/webhook-network.ts';
import { selfSigned } from '../../support/self-signed.ts';

export const receiverName = 'receiver.example.com';
/** A public address, of RIPE's `k.root-servers.net`. Nothing is ever sent there. */
export const publicAddress = '193.0.14.129';
export const certificate = selfSigned([receiverName, 'localhost']);

export interface Receiver {
  readonly port: number;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A server that answers with `talk`, which may do anything to the socket. */
export async function startReceiver(talk: (socket: Socket) => void, { isPlain = false, own = certificate } = {}): Promise<Receiver> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server: Server = isPlain ? createPlainServer(talk) : createTlsServer(own, talk);
  server.on('connection', (socket: Socket) => {
    count++;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('secureConnection', (socket: Socket) => socket.on('error', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    connections: () => count,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** What arrived, once the request is complete, and the answer to it. */
export function answering(answer: string, requests: string[] = []): (socket: Socket) => void {
  return (socket) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!isComplete(text)) return;
      requests.push(Buffer.from(text, 'latin1').toString('utf8'));
      socket.end(answer);
    });
  };
}

function isComplete(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  return end >= 0 && text.length >= end + 4 + Number(length);
}

/** A network whose DNS knows the receiver under a public address, and whose connections all end at `port` of this machine. */
export function networkTo(port: number, more: Partial<WebhookNetwork> = {}): WebhookNetwork & { readonly routes: readonly Route[] } {
  const routes: Route[] = [];
  return {
    resolve: async () => [publicAddress],
    authorities: certificate.cert,
    divert: (route) => {
      routes.push(route);
      return { addresses: ['127.0.0.1'], port };
    },
    ...more,
    routes,
  };
}
