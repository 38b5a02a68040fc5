import { parseConfig } from '../../../console/net/console-config.ts';
import { challengeOf, randomText } from '../../../console/net/pkce.ts';

const config = {
  apiUrl: 'https://api.example/',
  isReadOnly: true,
  isLocal: false,
  label: null,
  region: 'eu-west-1',
  auth: { kind: 'none' },
};

it('reads what the server says, and an address without its slash', () =>
  expect(parseConfig(config)).toEqual({ ...config, apiUrl: 'https://api.example' }));

it.each([
  [
    { kind: 'key', header: 'delegation-console-key' },
    { kind: 'key', header: 'delegation-console-key' },
  ],
  [
    { kind: 'oidc', issuer: 'https://issuer.example/', clientId: 'c', scopes: ['openid', 'jobs'] },
    { kind: 'oidc', issuer: 'https://issuer.example', clientId: 'c', scopes: 'openid jobs' },
  ],
  [
    { kind: 'oidc', issuer: 'https://issuer.example', clientId: 'c' },
    { kind: 'oidc', issuer: 'https://issuer.example', clientId: 'c', scopes: 'openid' },
  ],
])('reads the credentials %j', (auth, expected) => expect(parseConfig({ ...config, auth }).auth).toEqual(expected));

it.each([
  [null, 'config.json must be an object'],
  [{ ...config, isReadOnly: 'yes' }, 'isReadOnly must be true or false'],
  [{ ...config, label: 7 }, 'label must be a text'],
  [{ ...config, auth: { kind: 'basic' } }, 'auth.kind must be none, key or oidc (was "basic")'],
  [{ ...config, auth: { kind: 'oidc', issuer: 'https://issuer.example' } }, 'clientId must be a text'],
])('refuses %j', (value, message) => expect(() => parseConfig(value)).toThrow(message));

/** @see https://www.rfc-editor.org/rfc/rfc7636#appendix-B */
it('hashes the verifier as the standard does', async () =>
  expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'));

it('makes verifiers of the length and the characters that the standard allows, each another', () => {
  const texts = Array.from({ length: 20 }, randomText);
  for (const text of texts) expect(text).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(new Set(texts).size).toBe(20);
});
