import { startGateway } from '../../local/gateway.ts';

it.each([
  ['6 MB as Lambda counts them', 6 * 1024 * 1024 - 100, 200],
  ['more', 6 * 1024 * 1024, 500],
])('answers with %s as a deployment would', async (_, bytes, status) => {
  const gateway = await startGateway(async () => ({ statusCode: 200, body: 'x'.repeat(bytes) }), 0);
  try {
    expect((await fetch(`http://127.0.0.1:${gateway.port}/`)).status).toBe(status);
  } finally {
    await gateway.stop();
  }
});
