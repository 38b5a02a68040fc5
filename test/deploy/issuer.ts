/** An OpenID Connect issuer: one key, and where its public half is found. @see https://openid.net/specs/openid-connect-discovery-1_0.html */
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const keyId = 'deploy-test';

export interface Issuer {
  readonly url: string;
  /** PEM. */
  readonly privateKey: string;
  stop(): Promise<void>;
}

/** @param folder holds `server.pem` and `server.key` */
export async function startIssuer(folder: string): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'RS256' }] };
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
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @returns a JSON Web Token, signed with RS256 */
export function tokenOf(privateKey: string, claims: Readonly<Record<string, unknown>>): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'RS256', typ: 'JWT', kid: keyId })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), createPrivateKey(privateKey)).toString('base64url')}`;
}
