/** Where webhooks may go, as far as a URL shows it. What its name resolves to is checked when a connection is opened. */
import { BlockList, isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

export interface WebhookPolicy {
  /** The host names that may receive: exact, or `*.example.com` for all below one. Empty: every public host. @see readAllowedHosts */
  readonly allowedHosts: readonly string[];
  /** Local mode only: receivers on this machine are allowed, with `http` and any port. A deployment never sets it. */
  readonly allowsLoopback: boolean;
}

/** Why nothing was sent. */
export interface RefusedWebhook {
  readonly kind: 'refused';
  readonly code:
    | 'invalid_url'
    | 'credentials_in_url'
    | 'scheme_not_allowed'
    | 'port_not_allowed'
    | 'host_not_allowed'
    | 'address_not_public'
    /** The name has an address that is not public, now. Its DNS may be repaired; all others stay until the URL or the settings change. */
    | 'resolved_not_public';
  /** The reason, for people. It holds the host at most, since the rest of a URL may be secret. */
  readonly message: string;
}

export type WebhookTarget =
  | { readonly kind: 'name'; readonly url: URL; readonly hostname: string }
  | { readonly kind: 'addresses'; readonly url: URL; readonly hostname: string; readonly addresses: readonly string[] }
  | RefusedWebhook;

export const maxWebhookUrlLength = 2_048;
/** The port of HTTPS, which `URL` writes as none, and its usual alternative. */
const ports: readonly string[] = ['', '8443'];
/** At least two labels, no full stop at the end: DNS takes it as written, and no search domain is added. */
const hostName = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names that only private networks give a meaning to (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`). They are not looked up, since the answer would show what exists. */
const privateName = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Checks a URL as far as that is possible without DNS: at a submission, and again before each try. `URL` has brought every spelling of an address
 * (decimal, octal, hexadecimal, short, wide digits) into the usual one, and the connection is opened with what it read, so no second reading can differ.
 */
export function checkWebhookUrl(text: string, policy: WebhookPolicy): WebhookTarget {
  const url = text.length <= maxWebhookUrlLength ? URL.parse(text) : null;
  if (url === null) return refuse('invalid_url', `The webhook's URL must be an absolute URL of at most ${maxWebhookUrlLength} characters.`);
  if (url.username !== '' || url.password !== '')
    return refuse(
      'credentials_in_url',
      'The URL of a webhook must not hold a user name or a password. Receivers verify its signature instead.',
    );
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  if (policy.allowsLoopback && /^https?:$/.test(url.protocol)) {
    const addresses = loopbackAddresses(hostname);
    if (addresses.length > 0) return { kind: 'addresses', url, hostname, addresses };
  }
  if (url.protocol !== 'https:')
    return refuse('scheme_not_allowed', `The URL of a webhook must begin with https:// (was ${shorten(url.protocol)}).`);
  if (!ports.includes(url.port)) return refuse('port_not_allowed', `The port of a webhook must be 443 or 8443 (was ${url.port}).`);
  return checkHost(url, hostname, policy);
}

function checkHost(url: URL, hostname: string, { allowedHosts }: WebhookPolicy): WebhookTarget {
  const isAddress = isIP(hostname) !== 0;
  if (isAddress ? !isPublicAddress(hostname) : privateName.test(hostname.replace(/\.+$/, '')))
    return refuse('address_not_public', `Webhooks go to public addresses only (was ${shorten(hostname)}).`);
  if (!isAddress && !hostName.test(hostname))
    return refuse('invalid_url', `The host of a webhook must be a full name such as hooks.example.com (was ${shorten(hostname)}).`);
  if (allowedHosts.length > 0 && !allowedHosts.some((allowed) => isAllowed(hostname, allowed)))
    return refuse('host_not_allowed', `The settings of this service do not allow webhooks to ${shorten(hostname)}.`);
  return isAddress ? { kind: 'addresses', url, hostname, addresses: [hostname] } : { kind: 'name', url, hostname };
}

/**
 * Reads the setting that lists the allowed hosts.
 * @param text names separated by commas or white space; other scripts are turned into the form that DNS has
 * @throws TypeError if one is neither a full name nor `*.` and one
 */
export function readAllowedHosts(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .map((pattern) => {
      const [, wildcard = '', name = ''] = /^(\*\.)?(.*)$/.exec(pattern) ?? [];
      const hostname = URL.parse(`https://${name}`)?.hostname ?? '';
      if (!/[/:?#@\\]/.test(name) && hostName.test(hostname)) return wildcard + hostname;
      throw new TypeError(
        `An allowed host of webhooks must be a name such as hooks.example.com or *.example.com (was ${shorten(pattern)}).`,
      );
    });
}

function isAllowed(hostname: string, allowed: string): boolean {
  return allowed.startsWith('*.') ? hostname.endsWith(allowed.slice(1)) : hostname === allowed;
}

/** What a loopback host means, without DNS. @returns none if it is another host */
function loopbackAddresses(hostname: string): readonly string[] {
  if (/(?:^|\.)localhost$/.test(hostname)) return ['127.0.0.1', '::1'];
  const version = isIP(hostname);
  return version !== 0 && loopback.check(hostname, version === 4 ? 'ipv4' : 'ipv6') ? [hostname] : [];
}

function refuse(code: RefusedWebhook['code'], message: string): RefusedWebhook {
  return { kind: 'refused', code, message };
}

/** The start of what somebody else wrote, for a message. */
function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
