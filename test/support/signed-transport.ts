/** Requests signed with SigV4, as every caller of a deployed API sends them. */
import dns from 'node:dns';
import { AwsClient } from 'aws4fetch';
import type { Send } from './http-client.ts';

export interface SignedTransportOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export function signedTransport(options: SignedTransportOptions): Send {
  resolveLocalhostNames();
  const signer = new AwsClient({ ...options, service: 'execute-api', retries: 0 });
  return async (url, init) => fetch(await signer.sign(url.href, init));
}

let isResolving = false;

/** Names under `.localhost` are this machine's own, which not every resolver knows. @see https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
function resolveLocalhostNames(): void {
  if (isResolving) return;
  isResolving = true;
  const { lookup } = dns;
  dns.lookup = ((name: string, ...rest: unknown[]) =>
    Reflect.apply(lookup, dns, [name.endsWith('.localhost') ? 'localhost' : name, ...rest])) as typeof dns.lookup;
}
