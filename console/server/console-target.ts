/** The one deployment that the proxy of `delegation console` forwards to. */
import type { Auth } from '../../client/auth.ts';

export interface ConsoleTarget {
  /** The address of the API. */
  readonly url: string;
  /** Signs each request, as `sigv4()`, `bearer()` or `unsigned` of the client. */
  readonly auth: Auth;
  /** The name of the deployment for people, such as "prod, account 123456789012"; null where it has none. */
  readonly label: string | null;
  readonly region: string | null;
}

/** A target whose address was checked. */
export interface CheckedTarget extends ConsoleTarget {
  /** Without a slash at its end: what a path is appended to. */
  readonly base: string;
  /** Whether it runs on this machine. */
  readonly isLocal: boolean;
}

/** @throws Error for an address that is not one, or that would carry signatures and tokens unencrypted over a network */
export function checkTarget(target: ConsoleTarget): CheckedTarget {
  const url = URL.parse(target.url);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new Error(`The address of the API must be like https://abc123.execute-api.eu-central-1.amazonaws.com (was "${target.url}").`);
  const isLocal = /^(?:127\.\d+\.\d+\.\d+|localhost|.+\.localhost|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isLocal)
    throw new Error(`The address of the API must begin with https: others could read requests to ${url.host} on their way.`);
  return { ...target, base: `${url.origin}${url.pathname.replace(/\/+$/, '')}`, isLocal };
}
