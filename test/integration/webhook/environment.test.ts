import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answering, certificate, publicAddress, type Receiver, receiverName, startReceiver } from './receivers.ts';

const root = join(__dirname, '..', '..', '..');
const started: Receiver[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((receiver) => receiver.close()));
});

/** The outcome, in a process of its own, of a delivery to `port`, with more in its environment. */
async function postElsewhere(port: number, environment: Readonly<Record<string, string>>, network: object = {}): Promise<unknown> {
  const script = `
    import { postWebhook } from './lambdas/webhook/post-webhook.ts';
    const network = { ...${JSON.stringify(network)}, resolve: async () => ['${publicAddress}'], divert: () => ({ addresses: ['127.0.0.1'], port: ${port} }) };
    const message = { url: 'https://${receiverName}/', id: 'msg_1', body: Buffer.from('{}'), secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] };
    const policy = { allowedHosts: [], allowsLoopback: false };
    console.log(JSON.stringify(await postWebhook(message, { policy, now: new Date(), network })));`;
  const { NODE_OPTIONS: _, ...own } = process.env;
  const flags = ['--experimental-strip-types', '--no-warnings', '--input-type=module-typescript', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: root, env: { ...own, ...environment } });
  return JSON.parse(stdout);
}

it.each([
  ['NODE_TLS_REJECT_UNAUTHORIZED', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
  ['options of Node', { NODE_OPTIONS: '--tls-min-v1.0 --insecure-http-parser' }],
])('verifies TLS regardless of %s', async (_, environment) => {
  const receiver = await startReceiver(answering('HTTP/1.1 204 No Content\r\n\r\n'));
  started.push(receiver);
  expect(await postElsewhere(receiver.port, environment)).toEqual({
    kind: 'unreachable',
    code: 'tls_failed',
    detail: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
});

it('connects to the address that it checked, and to no proxy of the environment', async () => {
  const receiver = await startReceiver(answering('HTTP/1.1 204 No Content\r\n\r\n'));
  const proxy = await startReceiver((socket) => void socket.destroy(), { isPlain: true });
  started.push(receiver, proxy);
  const url = `http://127.0.0.1:${proxy.port}`;
  const environment = { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: url, HTTP_PROXY: url, https_proxy: url, http_proxy: url, NO_PROXY: '' };
  expect(await postElsewhere(receiver.port, environment, { authorities: certificate.cert })).toEqual({ kind: 'delivered', status: 204 });
  expect(proxy.connections()).toBe(0);
});
