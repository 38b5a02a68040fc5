/** The body of a request, which is kept until its end: a signature covers its checksum, and comes before it. */
import type { IncomingMessage } from 'node:http';
import { ProxyProblem } from './proxy-problem.ts';

/** What API Gateway accepts. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const maxBodyBytes = 10 * 1024 * 1024;

/** @throws ProxyProblem `body-too-large`, before more than the limit is kept */
export async function readRequestBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): ProxyProblem {
  return new ProxyProblem('body-too-large', `A request may have ${maxBodyBytes} bytes at most. Upload larger inputs (POST /v1/uploads).`);
}
