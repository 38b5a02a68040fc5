import { maxAnswerBytes, startGateway } from '../../local/gateway.ts';

it.each([
  ['6,291,556 bytes, envelope and all', maxAnswerBytes, 200],
  ['a byte more', maxAnswerBytes + 1, 500],
])('answers with %s as a deployment would', async (_, bytes, status) => {
  const envelopeBytes = JSON.stringify({ statusCode: 200, body: '' }).length;
  const gateway = await startGateway(async () => ({ statusCode: 200, body: 'x'.repeat(bytes - envelopeBytes) }), 0);
  try {
    expect((await fetch(`http://127.0.0.1:${gateway.port}/`)).status).toBe(status);
  } finally {
    await gateway.stop();
  }
});
