/** SigV4 for callers of a deployment whose API authenticates by IAM. */
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { SentRequest } from './http-caller.ts';

/** @returns the headers of the request with its signature */
export type Sign = (origin: URL, request: SentRequest) => Promise<Readonly<Record<string, string>>>;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html */
export function signer(credentials: Credentials, region: string): Sign {
  const signature = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Hash.bind(null, 'sha256') });
  return async ({ protocol, hostname, port }, { method, path, headers, body }) => {
    const { pathname, query } = splitPath(path);
    const address = { protocol, hostname, ...(port === '' ? {} : { port: Number(port) }), path: pathname, query };
    const signed = await signature.sign({ method, headers: { ...headers }, ...address, ...(body === undefined ? {} : { body }) });
    return signed.headers;
  };
}

function splitPath(path: string) {
  const [pathname = '', search = ''] = path.split('?');
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(search)) query[name] = [...(query[name] ?? []), value];
  return { pathname, query };
}

/** @param prefix of the names, for the credentials of a second caller @returns undefined where they are not set */
export function credentialsFrom(environment: NodeJS.ProcessEnv, prefix = ''): Credentials | undefined {
  const read = (name: string) => environment[`${prefix}${name}`];
  const [accessKeyId, secretAccessKey, sessionToken] = [
    read('AWS_ACCESS_KEY_ID'),
    read('AWS_SECRET_ACCESS_KEY'),
    read('AWS_SESSION_TOKEN'),
  ];
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
