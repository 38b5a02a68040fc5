/** What a gateway before the API refused, in words that help: API Gateway itself says `{"message":"Forbidden"}` for most of it. */
import type { IncomingMessage } from 'node:http';
import { howToSignIn, ProxyProblem } from './proxy-problem.ts';

/** A refusal is short; nothing beyond this is read. */
const maxRefusalBytes = 8 * 1024;

/**
 * Reads a refusal of the gateway. The API's own refusals are problems, and stay as they are.
 * A `401` is answered with `502`, since the console would take it for one of its own key.
 * @returns undefined where the answer is to be passed on
 * @see https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden
 */
export async function problemOfRefusal(answer: IncomingMessage): Promise<ProxyProblem | undefined> {
  const { statusCode: status, headers } = answer;
  const isProblem = headers['content-type']?.startsWith('application/problem+json') === true;
  if (status === 401)
    return new ProxyProblem('no-credentials', `The API does not accept the token${said(await messageIn(answer))}. ${howToSignIn}`);
  if (status !== 403 || isProblem) return undefined;
  const message = await messageIn(answer);
  if (/expired|invalid|not yet valid/i.test(message))
    return new ProxyProblem(
      'no-credentials',
      `The API does not accept the credentials${said(message)}. ${howToSignIn} Check the clock of this machine, too.`,
    );
  return new ProxyProblem(
    'target-refused',
    `API Gateway refused the request${said(message)}: your credentials have expired or are of another account, or IAM does not allow them execute-api:Invoke on this API. ${howToSignIn}`,
  );
}

function said(message: string): string {
  return message === '' ? '' : ` ("${message}")`;
}

/** @returns what API Gateway or the API says; empty where it says nothing */
async function messageIn(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > maxRefusalBytes) break;
  }
  try {
    const { detail, message = detail } = JSON.parse(Buffer.concat(chunks).toString()) as {
      readonly message?: unknown;
      readonly detail?: unknown;
    };
    return typeof message === 'string' ? message.slice(0, 300) : '';
  } catch {
    return '';
  }
}
