/** Checks whether API Gateway can verify the tokens of an issuer. It reads the discovery document at deploy time, and accepts RSA keys only. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { type Finding, ok, problem, warning } from '../finding.ts';

/** The members of the document that matter here. @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
interface Discovery {
  readonly issuer?: unknown;
  readonly jwks_uri?: unknown;
  readonly id_token_signing_alg_values_supported?: unknown;
}

interface Key {
  readonly kty?: unknown;
  readonly kid?: unknown;
  readonly use?: unknown;
}

/** Quotes an address that the issuer names, for a shell. */
const quoted = (address: string) => `'${address.replaceAll("'", "'\\''")}'`;

const guide = 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html';

/**
 * @param url the setting `auth.issuer`
 * @param get the function that reads addresses
 */
export async function issuer(url: string, get: typeof fetch = fetch): Promise<readonly Finding[]> {
  const address = `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const discovery = await readJson<Discovery>(address, get);
  if ('failure' in discovery) {
    return [
      problem(`The issuer's discovery document cannot be read: ${address}: ${discovery.failure}.`, {
        advice: 'API Gateway reads it at deploy time, so the deploy would fail. It must be reachable over https from the internet.',
        commands: [`curl -sS ${address}`],
      }),
    ];
  }
  const { issuer: named, jwks_uri: keysAt } = discovery.json;
  if (named !== url) {
    return [
      problem(`The document at ${address} names the issuer ${JSON.stringify(named)}; auth.issuer is ${JSON.stringify(url)}.`, {
        advice:
          'They must be the same to the last slash, since tokens contain it in that form. Set auth.issuer to the value in the document.',
      }),
    ];
  }
  if (typeof keysAt !== 'string' || !keysAt.startsWith('https://')) {
    return [
      problem(`The document at ${address} has no https address of keys (jwks_uri: ${JSON.stringify(keysAt)}).`, {
        commands: [`curl -sS ${address}`],
      }),
    ];
  }
  const keys = await readJson<{ readonly keys?: readonly Key[] }>(keysAt, get);
  if ('failure' in keys) {
    return [problem(`The issuer's keys cannot be read: ${keysAt}: ${keys.failure}.`, { commands: [`curl -sS ${quoted(keysAt)}`] })];
  }
  if (!Array.isArray(keys.json.keys))
    return [problem(`There is no list of keys at ${keysAt}.`, { commands: [`curl -sS ${quoted(keysAt)}`] })];
  const privateHosts = await hostsWithin([address, keysAt]);
  return [
    keysFinding(keys.json.keys, keysAt, discovery.json),
    ...(privateHosts.length === 0
      ? []
      : [
          warning(`${privateHosts.join(' and ')} has only a private address.`, {
            advice: 'It answers here. API Gateway reads it from the internet, so the deploy would fail unless it is public as well.',
          }),
        ]),
  ];
}

function keysFinding(all: readonly Key[], address: string, { id_token_signing_alg_values_supported: algorithms }: Discovery): Finding {
  const signing = all.filter(({ use }) => use === undefined || use === 'sig');
  const rsa = signing.filter(({ kty }) => kty === 'RSA');
  const others = [...new Set(signing.filter(({ kty }) => kty !== 'RSA').map(({ kty }) => String(kty)))];
  const advice = `API Gateway verifies only RSA signatures (RS256, RS384, RS512): ${guide}`;
  if (rsa.length === 0) {
    return problem(
      `None of the issuer's ${signing.length} signing keys is an RSA key${others.length === 0 ? '' : ` (${others.join(', ')})`}: every call would be 401.`,
      {
        advice: `${advice}. Let the issuer sign with RS256.`,
        commands: [`curl -sS ${address}`],
      },
    );
  }
  if (!rsa.some(({ kid }) => typeof kid === 'string' && kid !== '')) {
    return problem('None of the issuer’s RSA keys has a kid, by which API Gateway finds the key of a token: every call would be 401.', {
      commands: [`curl -sS ${address}`],
    });
  }
  const isListed = Array.isArray(algorithms) && algorithms.length > 0;
  if (others.length > 0 || (isListed && !algorithms.some((name) => /^RS(256|384|512)$/.test(String(name))))) {
    return warning(`The issuer has RSA keys (${rsa.length}) and others (${others.join(', ') || String(algorithms)}).`, {
      advice: `${advice}. Tokens with another signature are refused: make sure that this API's audience gets RS256.`,
    });
  }
  return ok(
    `The issuer answers, and has ${rsa.length} RSA key${rsa.length === 1 ? '' : 's'} with a kid. API Gateway may keep them for two hours.`,
  );
}

async function readJson<T extends object>(
  address: string,
  get: typeof fetch,
): Promise<{ readonly json: T } | { readonly failure: string }> {
  try {
    const answer = await get(address, { signal: AbortSignal.timeout(10_000), headers: { accept: 'application/json' } });
    if (!answer.ok) return { failure: `status ${answer.status}` };
    const json: unknown = JSON.parse(await answer.text());
    if (typeof json !== 'object' || json === null) return { failure: 'not a JSON object' };
    return { json: json as T };
  } catch (error) {
    if (error instanceof SyntaxError) return { failure: 'not JSON' };
    const { cause = error } = error as { readonly cause?: unknown };
    const { code, message } = cause as { readonly code?: string; readonly message?: string };
    return { failure: code ?? message ?? String(cause) };
  }
}

const privateAddresses = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  privateAddresses.addSubnet(network, bits);
for (const [network, bits] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const)
  privateAddresses.addSubnet(network, bits, 'ipv6');

/** @returns the hosts that have only private addresses */
async function hostsWithin(addresses: readonly string[]): Promise<readonly string[]> {
  const hosts = [...new Set(addresses.map((address) => new URL(address).hostname))];
  const found = await Promise.all(hosts.map((host) => lookup(host, { all: true }).catch(() => [])));
  return hosts.filter((_, i) => {
    const all = found[i] ?? [];
    return all.length > 0 && all.every(({ address }) => privateAddresses.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
  });
}
