/** A target that API Gateway stands for: it verifies signatures with AWS's own signer, and says what it received. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { listenOnLoopback } from '../../local/loopback-server.ts';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Respond = (received: Received, response: ServerResponse) => unknown;

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  stop(): Promise<void>;
}

/** Answers what `respond` says. */
export async function startReceiver(respond: Respond): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void read(request).then(
      (one) => {
        received.push(one);
        return respond(one, response);
      },
      () => response.destroy(),
    );
  });
  return { ...(await listenOnLoopback(server)), received };
}

async function read(request: IncomingMessage): Promise<Received> {
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: await buffer(request) };
}

export interface SigningKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
}

/** Signs what was received again. @returns why API Gateway would refuse the request; undefined where it would not */
export async function signatureFault({ method, url, headers, body }: Received, key: SigningKey): Promise<string | undefined> {
  const authorization = headers.authorization ?? '';
  const signedHeaders = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  if (!['host', 'x-amz-date'].every((name) => signedHeaders.includes(name))) return `the signature covers ${signedHeaders.join()}`;
  if (headers['x-amz-content-sha256'] !== createHash('sha256').update(body).digest('hex')) return 'the checksum is of another body';
  if (headers['x-amz-security-token'] !== key.sessionToken) return 'the session token is another one';
  const expected = await signAgain({ method, url, headers, body }, key, signedHeaders);
  return expected === authorization ? undefined : `the signature is ${authorization}, and should be ${expected}`;
}

async function signAgain({ method, url, headers, body }: Received, key: SigningKey, signedHeaders: readonly string[]) {
  const { pathname, searchParams } = new URL(url, 'http://receiver');
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date'])) ?? [];
  const signer = new SignatureV4({ service: 'execute-api', region: key.region, credentials: key, sha256: Hash.bind(null, 'sha256') });
  const query = Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]));
  const kept = Object.fromEntries(signedHeaders.map((name) => [name, String(headers[name])]));
  const signed = await signer.sign(
    { method, protocol: 'http:', hostname: 'receiver', path: pathname, query, headers: kept, body },
    { signingDate: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`), signableHeaders: new Set(signedHeaders) },
  );
  return signed.headers['authorization'];
}
