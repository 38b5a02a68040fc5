/** How a webhook reaches its receiver: one look-up of the name, then a connection to one of the addresses that were checked. */
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction, type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';

/** Where a connection goes. */
export interface Route {
  /** At least one, all checked. */
  readonly addresses: readonly string[];
  readonly port: number;
}

/** What a sender has from the network. Tests hand in one of their own; no setting changes it. */
export interface WebhookNetwork {
  /** All addresses of a name. @throws Error with DNS's `code` if it has none, or `signal` aborted */
  resolve(hostname: string, signal: AbortSignal): Promise<readonly string[]>;
  /** The last change of a route before the connection. Tests lead it to their receivers. @default none */
  readonly divert?: (route: Route) => Route;
  /** Authorities to trust, in PEM, in place of Node's. @default Node's */
  readonly authorities?: string;
}

export const systemNetwork: WebhookNetwork = { resolve: (hostname, signal) => resolveName(hostname, signal) };

/** The wait for one server of DNS, which is asked twice. */
const dnsTimeoutMs = 2_000;
/** A name may have hundreds of addresses. A try connects to few, so that no caller can have all of them knocked at. */
const maxAddressesOfFamily = 2;
/** How long one address may take to accept before the next is tried. Node's own 250 ms are too short for the other side of the earth. */
const connectAttemptMs = 2_500;

/**
 * Asks DNS for A and AAAA records. It does not use the system's `getaddrinfo`: that would occupy one of the four threads that files, zlib and the SDK's
 * look-ups share, for as long as a receiver's slow server of DNS likes, and would read the hosts file and add search domains.
 */
export async function resolveName(
  hostname: string,
  signal: AbortSignal,
  resolver: Resolver = new Resolver({ timeout: dnsTimeoutMs, tries: 2 }),
): Promise<readonly string[]> {
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel);
  try {
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    throw answers.find((answer) => answer.status === 'rejected')?.reason ?? new Error(`${hostname} has no address.`);
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/**
 * Opens the connection that a URL asks for, to its checked addresses and no others. TLS is always verified, regardless of the environment.
 * @returns a socket that emits `connect`, and `secureConnect` once TLS is verified
 */
export function openConnection(
  { url, hostname, addresses: checked }: { readonly url: URL; readonly hostname: string; readonly addresses: readonly string[] },
  { divert = (route) => route, authorities }: WebhookNetwork,
): Socket {
  const route = divert({ addresses: checked, port: portOf(url) });
  const addresses = [4, 6].flatMap((family) => route.addresses.filter((one) => isIP(one) === family).slice(0, maxAddressesOfFamily));
  const options = {
    // An address is connected to without a look-up.
    host: isIP(hostname) === 0 ? hostname : (addresses[0] ?? ''),
    port: route.port,
    lookup: pinnedLookup(addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: connectAttemptMs,
  };
  if (url.protocol === 'http:') return tcpConnect(options);
  return tlsConnect({
    ...options,
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}), // RFC 6066, section 3: never an address
    ...(authorities === undefined ? {} : { ca: authorities }),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
}

/** Answers every look-up with the addresses that were checked, so DNS is not asked again and cannot change its answer. */
function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, { all }, callback) => {
    const [first] = found;
    if (first === undefined) callback(new Error('There is no address to connect to.'), []);
    else if (all === true) callback(null, found);
    else callback(null, first.address, first.family);
  };
}

function portOf({ protocol, port }: URL): number {
  return port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
}
