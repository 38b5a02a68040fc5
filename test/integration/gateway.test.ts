import { request } from 'node:http';
import { maxBatchBytes } from '../../lambdas/api/routes/submit-batch.ts';
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

/** The headers of a request whose line and headers take 10,240 bytes, the most that API Gateway passes on, in characters that JSON escapes. */
const fullHeaders = (contentType: string) => ({ 'content-type': contentType, 'x-fill': '\\'.repeat(10_000) });

it.each([
  ['application/json', '"', maxBatchBytes, 200],
  ['application/json', '\\', maxBatchBytes, 200],
  ['application/json', '\n', maxBatchBytes, 200],
  ['application/json', '名', maxBatchBytes, 200],
  ['application/vnd.delegation+json', '"', maxBatchBytes, 200],
  ['application/json', 'x', 5 * 1_048_576, 200],
  ['application/json', '"', 3.2 * 1_048_576, 413],
  ['application/vnd.delegation+json', 'x', 5 * 1_048_576, 413],
])('passes a body of %s, all %j, of %d bytes on as a deployment would: %d', async (contentType, fill, bytes, status) => {
  const gateway = await startGateway(async () => ({ statusCode: 200, body: 'it came' }), 0);
  try {
    const answer = await new Promise((resolve, reject) => {
      const outgoing = request(
        { port: gateway.port, method: 'POST', path: `/v1/jobs/batch?${'q'.repeat(150)}`, headers: fullHeaders(contentType), agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(Buffer.alloc(bytes, fill));
    });
    expect(answer).toBe(status);
  } finally {
    await gateway.stop();
  }
});
