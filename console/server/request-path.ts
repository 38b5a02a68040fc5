/** The address of a request, checked before anything is decided by it: no other host, and no path that another reader would take for another one. */
import { ProxyProblem } from './proxy-problem.ts';

export interface RequestPath {
  /** As it was sent: what is forwarded. */
  readonly path: string;
  /** Decoded: what files are looked up by. */
  readonly decoded: string;
  /** The query with its `?`; empty where there is none. */
  readonly search: string;
}

/** The characters of a path and a query. @see https://www.rfc-editor.org/rfc/rfc3986#section-3.3 */
const allowed =
  /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?[\]\\|^`{}]|%[0-9A-Fa-f]{2})*)?$/;

/** @param target the second word of the request line @throws ProxyProblem `invalid-address` */
export function readPath(target: string): RequestPath {
  if (!allowed.test(target)) throw invalid('It must begin with one slash, and have its special characters encoded.');
  const [path = ''] = target.split('?', 1);
  for (const [index, segment] of path.slice(1).split('/').entries()) checkSegment(segment, index === path.split('/').length - 2);
  // What the URL parser would change, the target might read otherwise than it was checked.
  if (new URL(`http://127.0.0.1${path}`).pathname !== path) throw invalid('It is written in an unusual way.');
  return { path, decoded: decodeURIComponent(path), search: target.slice(path.length) };
}

/** An empty last segment is a slash at the end, which the API itself answers. */
function checkSegment(segment: string, isLast: boolean): void {
  if (segment === '' && !isLast) throw invalid('It has two slashes in a row.');
  const decoded = decode(segment);
  if (/^\.{1,2}$/.test(decoded)) throw invalid('It leads through a folder above.');
  // A second decoding of the text must not find any of them either. The API has no name with a slash or a control character.
  if (/[/\\\p{Cc}]|%(?:2e|2f|5c)/iu.test(decoded)) throw invalid('It has an encoded slash, dot or control character.');
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalid('Its encoding is not UTF-8.');
  }
}

function invalid(why: string): ProxyProblem {
  return new ProxyProblem('invalid-address', `The proxy forwards no such address. ${why}`);
}

/** @returns whether the API answers there: its calls, its description and the pages about problems, and nothing else of its origin */
export function isOfApi(path: string): boolean {
  return path.startsWith('/v1/') || path === '/openapi.json' || path.startsWith('/problems/');
}
