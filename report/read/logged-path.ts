/** Request targets as logs have them, brought to one form. */

export interface LoggedPath {
  /** Percent escapes decoded once, without query and path parameters, no doubled and no trailing slash; case is kept. */
  readonly path: string;
  /** Undefined without a query. */
  readonly queryHash?: number | undefined;
  /** The host of an absolute target, in lower case, without a default port. */
  readonly host?: string | undefined;
}

const absolute = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Splits a request target, such as `/orders/7?full=1` or `https://shop.example.com:443/orders/7`.
 * @returns undefined for the target of CONNECT, for `*`, and for anything else that does not hold a path
 */
export function splitTarget(target: string): LoggedPath | undefined {
  let start = 0;
  let host: string | undefined;
  if (target.charCodeAt(0) !== 47) {
    const match = absolute.exec(target);
    if (match === null) return undefined;
    start = match[0].length;
    host = hostOf(match[1]);
  }
  const hash = target.indexOf('#', start);
  const end = hash < 0 ? target.length : hash;
  const mark = target.indexOf('?', start);
  const pathEnd = mark < 0 || mark > end ? end : mark;
  const queryHash = pathEnd + 1 < end ? hashOf(target.slice(pathEnd + 1, end)) : undefined;
  return { path: cleanPath(target.slice(start, pathEnd)), queryHash, host };
}

/** A host in lower case and without the port of http and https; undefined for `-` and an empty one. */
export function hostOf(host: string | undefined): string | undefined {
  if (host === undefined || host === '' || host === '-') return undefined;
  const bare = host.slice(host.lastIndexOf('@') + 1).toLowerCase();
  return bare.replace(/:(?:80|443)?$/, '') || undefined;
}

/** The path part of a target, in the form of {@link LoggedPath.path}. */
export function cleanPath(raw: string): string {
  let path = raw;
  if (path.includes(';')) path = path.replace(/;[^/]*/g, '');
  if (path.includes('%')) path = decodeOnce(path);
  if (path.includes('//')) path = path.replace(/\/{2,}/g, '/');
  // Escaped, so that a path in a terminal or a page is only text.
  if (unprintable.test(path)) path = path.replace(unprintable, encodeURIComponent);
  if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1);
  return path === '' ? '/' : path;
}

/** Decodes escapes once. Bad ones stay, and so do slashes, which would split their segment. */
function decodeOnce(path: string): string {
  return path.replace(/(?:%[\da-f]{2})+/gi, (run) =>
    run
      .split(/(%2f)/i)
      .map((part) => (/^%2f$/i.test(part) ? '%2F' : decoded(part)))
      .join(''),
  );
}

function decoded(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}

/** FNV-1a of 32 bits: two queries of one caller collide once in four thousand million. @see http://www.isthe.com/chongo/tech/comp/fnv/ */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
