/** A small Secrets Manager for the unchanged AWS SDK: it knows the secret of webhooks, generated once, and keeps it in a file. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { formatWebhookSecret } from '../lambdas/webhook/webhook-secret.ts';
import { listenOnLoopback } from './loopback-server.ts';

/** The name by which workers ask for it. */
export const webhookSecretName = 'delegation-webhooks';

/** Listens on a free port of 127.0.0.1. @param file holds the secret as text; it is read for each request, so that a person can rotate it there */
export async function startSecretsEndpoint(file: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  if (!existsSync(file)) writeFileSync(file, `${formatWebhookSecret(randomBytes(32))}\n`, { mode: 0o600 });
  const server = createServer((request, response) => {
    answer(file, request, response).catch(() => response.destroy());
  });
  return listenOnLoopback(server);
}

/** Answers in the protocol `awsJson1_1`. @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
async function answer(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readText(request);
  const send = (status: number, value: unknown) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value));
  if (!isSigned(request)) return void send(400, { __type: 'MissingAuthenticationTokenException' });
  if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') return void send(400, { __type: 'UnknownOperationException' });
  const { SecretId } = JSON.parse(body) as { SecretId?: unknown };
  if (SecretId !== webhookSecretName) return void send(400, { __type: 'ResourceNotFoundException' });
  send(200, { Name: webhookSecretName, SecretString: readFileSync(file, 'utf8').trim() });
}

/** A web page cannot sign, and could not hide its origin. */
function isSigned({ headers }: IncomingMessage): boolean {
  return headers.origin === undefined && headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') === true;
}
