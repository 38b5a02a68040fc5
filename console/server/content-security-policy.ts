/** What the console's page may do, so that a value of a job that looks like code can never run. */

/**
 * Everything is refused but the console's own script, style and image, and requests to its own origin. No inline code, no frames, no forms that
 * are sent by the browser; `trusted-types 'none'` refuses every write of a text as HTML or script.
 * @param connectSources origins that the page may call as well, such as `https://issuer.example.com`
 * @throws Error for one that is not an https origin, or http on this machine
 * @see https://www.w3.org/TR/CSP3/
 */
export function contentSecurityPolicy(connectSources: readonly string[] = []): string {
  const connect = ["'self'", ...new Set(connectSources.map(originOf))].join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${connect}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function originOf(text: string): string {
  const url = URL.parse(text);
  const isLocal = url !== null && url.protocol === 'http:' && /^(127\.0\.0\.1|localhost)$/.test(url.hostname);
  if (url === null || !(url.protocol === 'https:' || isLocal))
    throw new Error(`A source of the console must be an https address, such as https://issuer.example.com (was "${text}").`);
  return url.origin;
}
