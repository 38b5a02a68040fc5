/** An EC2 endpoint. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export async function startEc2Endpoint(_options: { readonly stateFile?: string } = {}): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((_request, response) => response.writeHead(501).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
