/** An OpenID Connect issuer with an RSA and an EC key. @see https://openid.net/specs/openid-connect-discovery-1_0.html */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** The id and the signature algorithm of each kind of key. @see https://www.rfc-editor.org/rfc/rfc7518#section-3.1 */
const kinds = { rsa: { kid: 'deploy-test', alg: 'RS256' }, ec: { kid: 'deploy-test-ec', alg: 'ES256' } } as const;
const kindOf = (key: KeyObject) => kinds[key.asymmetricKeyType === 'ec' ? 'ec' : 'rsa'];

export interface Issuer {
  readonly url: string;
  /** PEM of the RSA key. */
  readonly privateKey: string;
  /** PEM of the EC key, whose signatures API Gateway refuses. */
  readonly ecPrivateKey: string;
  stop(): Promise<void>;
}

/** @param folder holds `server.pem` and `server.key` */
export async function startIssuer(folder: string): Promise<Issuer> {
  const pairs = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('ec', { namedCurve: 'P-256' })] as const;
  const keys = { keys: pairs.map(({ publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), ...kindOf(publicKey), use: 'sig' })) };
  const [rsa, ec] = pairs.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const certificate = { cert: readFileSync(join(folder, 'server.pem')), key: readFileSync(join(folder, 'server.key')) };
  let url = '';
  const server = createServer(certificate, ({ url: path }, response) => {
    const isDiscovery = path === '/.well-known/openid-configuration';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(isDiscovery ? { issuer: url, jwks_uri: `${url}/keys` } : keys));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
  return {
    url,
    privateKey: rsa ?? '',
    ecPrivateKey: ec ?? '',
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @returns a JSON Web Token, signed with RS256 or ES256, as the key requires */
export function tokenOf(privateKey: string, claims: Readonly<Record<string, unknown>>): string {
  const key = createPrivateKey(privateKey);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ typ: 'JWT', ...kindOf(key) })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
