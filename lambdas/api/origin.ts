/** @param url of a request, as Hono has it: `https://` and the domain that the gateway names @returns the origin that callers use */
export function originOf(url: string): string {
  const { protocol, host, hostname } = new URL(url);
  // The local mode has no TLS.
  return `${['localhost', '127.0.0.1', '[::1]'].includes(hostname) ? 'http:' : protocol}//${host}`;
}
