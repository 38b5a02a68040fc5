import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { issuer } from '../../../../lib/doctor/checks/issuer.ts';
import { inShort } from '../../../support/doctor-clients.ts';

const rsa = {
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' }),
  kid: 'a',
  use: 'sig',
  alg: 'RS256',
};
const ec = {
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  kid: 'b',
  use: 'sig',
  alg: 'ES256',
};
const ed = { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), kid: 'c', use: 'sig', alg: 'EdDSA' };
const url = 'https://issuer.test';

/** The answers of the server, by path. */
let pages: Readonly<Record<string, unknown>> = {};
let server: Server;
/** Sends requests for `.test` to this server, without TLS. The deploy test has an issuer with TLS. */
const get: typeof fetch = (address, init) =>
  fetch(String(address).replace(url, `http://127.0.0.1:${(server.address() as AddressInfo).port}`), init);

beforeAll(async () => {
  server = createServer(({ url: path = '' }, response) => {
    const page = pages[path];
    if (page === undefined) response.writeHead(404).end('not here');
    else response.end(typeof page === 'string' ? page : JSON.stringify(page));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const discovery = '/.well-known/openid-configuration';
async function judged(keys: readonly object[], more: object = {}, base = url): Promise<readonly string[]> {
  pages = {
    [new URL(base).pathname.replace(/\/$/, '') + discovery]: { issuer: base, jwks_uri: `${url}/keys`, ...more },
    '/keys': { keys },
  };
  return inShort(await issuer(base, get));
}

it('accepts an issuer with an RSA key', async () => {
  expect(await judged([rsa])).toEqual(['ok: The issuer answers, and has 1 RSA key with a kid. API Gateway may keep them for two hours.']);
});

it('finds the document of an issuer that has a path, or ends in a slash', async () => {
  expect((await judged([rsa], {}, `${url}/realms/one`))[0]).toMatch(/^ok/);
  expect((await judged([rsa], {}, `${url}/`))[0]).toMatch(/^ok/);
});

it.each([
  ['an EC key', [ec], /^problem: None of the issuer's 1 signing keys is an RSA key \(EC\): every call would be 401\.$/],
  ['an Ed25519 key', [ed], /\(OKP\)/],
  ['both', [ec, ed], /2 signing keys is an RSA key \(EC, OKP\)/],
  ['no key', [], /^problem: None of the issuer's 0/],
  ['an RSA key for encryption', [{ ...rsa, use: 'enc' }, ec], /^problem: None/],
  ['an RSA key without kid', [{ ...rsa, kid: undefined }], /^problem: None of the issuer’s RSA keys has a kid/],
  ['an RSA key beside an EC key', [rsa, ec], /^warning: The issuer has RSA keys \(1\) and others \(EC\)/],
])('judges an issuer with %s', async (_, keys, expected) => expect((await judged(keys))[0]).toMatch(expected));

it('warns of an issuer that does not list RSA signatures', async () => {
  expect((await judged([rsa], { id_token_signing_alg_values_supported: ['ES256'] }))[0]).toMatch(/^warning/);
  expect((await judged([rsa], { id_token_signing_alg_values_supported: ['ES256', 'RS256'] }))[0]).toMatch(/^ok/);
});

it.each([
  ['no document', () => ({}), /discovery document cannot be read: .*: status 404/],
  ['a document that is not JSON', () => ({ [discovery]: '<html>' }), /not JSON/],
  ['another issuer', () => ({ [discovery]: { issuer: `${url}/`, jwks_uri: `${url}/keys` } }), /names the issuer ".*\/"; auth\.issuer is/],
  ['no address of keys', () => ({ [discovery]: { issuer: url } }), /has no https address of keys/],
  [
    'an address of keys without TLS',
    () => ({ [discovery]: { issuer: url, jwks_uri: 'http://localhost/keys' } }),
    /has no https address of keys/,
  ],
  ['no keys there', () => ({ [discovery]: { issuer: url, jwks_uri: `${url}/keys` } }), /keys cannot be read: .*status 404/],
  ['a list of something else', () => ({ [discovery]: { issuer: url, jwks_uri: `${url}/keys` }, '/keys': [rsa] }), /no list of keys/],
])('reports %s', async (_, answers, expected) => {
  pages = answers();
  const [finding] = inShort(await issuer(url, get));
  expect(finding).toMatch(/^problem/);
  expect(finding).toMatch(expected);
});

it('warns of an address that API Gateway cannot reach', async () => {
  pages = { [discovery]: { issuer: 'https://localhost', jwks_uri: `${url}/keys` }, '/keys': { keys: [rsa] } };
  const within: typeof fetch = (address, init) => get(String(address).replace('https://localhost', url), init);
  expect(inShort(await issuer('https://localhost', within))[1]).toBe('warning: localhost has only a private address.');
});

it('reports that the issuer does not answer', async () => {
  expect(inShort(await issuer('https://127.0.0.1:2'))[0]).toMatch(/cannot be read: .*ECONNREFUSED/);
  expect(inShort(await issuer('https://nowhere.invalid'))[0]).toMatch(/cannot be read: .*(ENOTFOUND|EAI_AGAIN)/);
});
