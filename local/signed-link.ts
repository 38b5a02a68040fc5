/** Checks a signed link as S3 does. @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export interface LinkCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const signatureParameter = 'X-Amz-Signature';
const denied = (message: string): Refusal => ({ status: 403, code: 'AccessDenied', message });

/** @returns whether a request carries its signature in its address */
export function isSignedLink(url: URL): boolean {
  return url.searchParams.has(signatureParameter);
}

/** @returns why S3 would refuse the request; undefined if it would not */
export function refusalOfLink(request: IncomingMessage, url: URL, { accessKeyId, secretAccessKey }: LinkCredentials): Refusal | undefined {
  const { searchParams } = url;
  const [keyId, day = '', region = '', service = '', end = ''] = (searchParams.get('X-Amz-Credential') ?? '').split('/');
  const date = searchParams.get('X-Amz-Date') ?? '';
  const signed = (searchParams.get('X-Amz-SignedHeaders') ?? '').split(';');
  if (keyId !== accessKeyId) return { status: 403, code: 'InvalidAccessKeyId', message: 'The access key of the link is not known.' };
  const signedAtMs = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const lifeMs = Number(searchParams.get('X-Amz-Expires')) * 1000;
  if (!(Date.now() <= signedAtMs + lifeMs)) return denied('Request has expired');
  const unsigned = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-') && !signed.includes(name));
  if (unsigned.length > 0) return denied(`There were headers present in the request which were not signed: ${unsigned.join(', ')}`);
  const scope = [day, region, service, end];
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonicalRequest(request, url, signed))].join('\n');
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  if (hmac(key, text).toString('hex') === searchParams.get(signatureParameter)) return undefined;
  const message = `The signature does not match: the method, the address or one of these headers is another one: ${signed.join(', ')}`;
  return { status: 403, code: 'SignatureDoesNotMatch', message };
}

function canonicalRequest({ method = '', headers }: IncomingMessage, url: URL, signed: readonly string[]): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== signatureParameter)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted();
  const values = signed.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replaceAll(/ +/g, ' ')}\n`,
  );
  return [method, url.pathname, query.join('&'), values.join(''), signed.join(';'), 'UNSIGNED-PAYLOAD'].join('\n');
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
