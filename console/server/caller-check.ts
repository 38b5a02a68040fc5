/**
 * Who may call a server on the loopback: its own page, and programs that have its key. Every page in the browser can send requests to 127.0.0.1, under
 * this address or under a name of its own that it points here, and so can every program and every other user of this machine.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ProxyProblem } from './proxy-problem.ts';

/** The header that carries the key. A header of its own makes a browser ask before another page could send it. */
export const keyHeader = 'delegation-console-key';

/** @returns 256 random bits, as text for an address */
export function newKey(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Refuses what does not come from the console's own page, or from a program other than a browser.
 * @throws ProxyProblem `foreign-page`
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function refuseForeignPages({ headers, headersDistinct, socket }: IncomingMessage): void {
  const host = `127.0.0.1:${socket.localPort}`;
  const { origin, 'sec-fetch-site': site = 'none' } = headers;
  // Node takes the first of two, and another reader may take the second.
  if (headersDistinct['host']?.join() !== host)
    throw new ProxyProblem('foreign-page', `The console is at http://${host}/console/ alone, under no other name.`);
  if (origin !== undefined && origin !== `http://${host}`)
    throw new ProxyProblem('foreign-page', 'The request comes from a page of another origin. Only the page of the console may send it.');
  if (site !== 'same-origin' && site !== 'none')
    throw new ProxyProblem('foreign-page', 'Another page leads here. Copy the address of the console into the address bar instead.');
}

/** @throws ProxyProblem `console-key-required` */
export function requireKey(headers: IncomingHttpHeaders, key: string): void {
  const given = headers[keyHeader];
  if (typeof given === 'string' && isSame(given, key)) return;
  throw new ProxyProblem(
    'console-key-required',
    'Open the address that `delegation console` printed, with all that is after the #: each start has a key of its own.',
  );
}

/** Compares hashes, which have one length, in a time that does not depend on where they differ. */
function isSame(given: string, key: string): boolean {
  const [one, other] = [given, key].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}
