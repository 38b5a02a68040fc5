/** Requests that are not work of endpoints: counted in one line, and left out of the ranking. */
import type { LoggedRequest } from '../read/logged-request.ts';
import { isHealthPath } from '../routes/health-check.ts';
import { isStaticFile } from '../routes/static-file.ts';

export const leftOutReasons = [
  'preflight',
  'bots',
  'health checks',
  'static files',
  'fast redirects',
  'unknown paths',
  'unknown methods',
  'wrong times',
] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

/** Redirects below this are answers of a router. */
const fastRedirectMs = 50;

/** @returns why a request is left out, regardless of its endpoint; undefined for work */
export function leftOutReason(request: LoggedRequest): LeftOutReason | undefined {
  const { method, path, contentType, outcome } = request;
  if (isLongerThanAWeek(request)) return 'wrong times';
  if (request.isInvocation === true) return undefined;
  if (!methods.has(method)) return 'unknown methods';
  if (method === 'OPTIONS') return 'preflight';
  if (request.agentKind === 'bot') return 'bots';
  if ((method === 'GET' || method === 'HEAD') && isHealthPath(path)) return 'health checks';
  if (method === 'GET' && (isStaticFile(path) || (contentType !== undefined && staticType.test(contentType)))) return 'static files';
  if (
    outcome === 'redirect' &&
    (method === 'GET' || method === 'HEAD') &&
    (request.heldMs ?? request.waitMs ?? fastRedirectMs) < fastRedirectMs
  )
    return 'fast redirects';
  return undefined;
}

/** A duration that is longer is a wrong unit, or no duration. */
const weekMs = 7 * 86_400_000;
const isLongerThanAWeek = ({ waitMs = 0, heldMs = 0 }: LoggedRequest) => !(waitMs <= weekMs && heldMs <= weekMs);

/** RFC 9110 and 5789, WebDAV's, and QUERY: scanners send any word. */
const methods = new Set(
  'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE QUERY PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH PURGE'.split(' '),
);

const staticType = /^(?:text\/(?:css|javascript)|image\/|font\/|video\/|audio\/|application\/(?:javascript|wasm))/;
