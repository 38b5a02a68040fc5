/** Lines of the Common Log Format and what nginx and Apache append to it. Knows no meaning of the appended fields. */
import { hostOf } from './logged-path.ts';

/** A field after the size: quoted, in brackets, or bare; `rt=14.230` has a name. */
export interface ClfExtra {
  readonly name?: string | undefined;
  /** As logged, without its quotes; {@link unescapeClf} decodes the escapes. */
  readonly value: string;
  readonly form: 'quoted' | 'bracketed' | 'bare';
}

export interface ClfLine {
  /** The virtual host, where the line starts with it, as in Apache's `vhost_combined`. */
  readonly host?: string | undefined;
  readonly address: string;
  /** Undefined for `-`. */
  readonly user?: string | undefined;
  readonly time: string;
  /** Apache's `%{%Y-%m-%dT%H:%M:%S}t` writes a time without brackets; nginx's formats have them. */
  readonly isBareTime: boolean;
  /** The request line as logged. */
  readonly request: string;
  readonly status: string;
  readonly size: string;
  /** The text as logged; undefined for the formats without a referer. */
  readonly referer?: string | undefined;
  readonly agent?: string | undefined;
  /** What follows the agent, or the size where there is no agent. */
  readonly extras: readonly ClfExtra[];
}

const bracketed = /\[([^\]]{10,40})\] "([^"\\]*(?:\\.[^"\\]*)*)" (-|\d{1,3}) (-|\d+)(?= |$)/y;
const bare = /(\d{4}-\d\d-\d\dT\S{8,30}) "([^"\\]*(?:\\.[^"\\]*)*)" (-|\d{1,3}) (-|\d+)(?= |$)/y;
const isoStart = / \d{4}-\d\d-\d\dT/;
/** Times of several upstreams are one value: `0.010, 14.200 : 0.200`. */
const extra =
  /(?:([A-Za-z_$][\w.]*)[=:])?(?:"([^"\\]*(?:\\.[^"\\]*)*)"|\[([^\]]{0,500})\]|((?:-|\d[\d.]*)(?:(?:, ?| : )(?:-|\d[\d.]*)){1,20}(?= |$)|\S+))/y;
/** A line with more fields is not of an access log; the rest of it is not read. */
const maxExtras = 64;
const noExtras: readonly ClfExtra[] = [];

/**
 * Parses a line such as `203.0.113.7 - ana [25/Nov/2026:10:13:14 +0100] "GET / HTTP/1.1" 200 61 "-" "curl/8" 0.012`.
 * @returns undefined for a line of another form
 */
export function parseClfLine(line: string): ClfLine | undefined {
  const bracket = line.indexOf(' [');
  const match = (bracket > 0 ? matchAt(bracketed, line, bracket + 1) : undefined) ?? matchAt(bare, line, line.search(isoStart) + 1);
  if (match === undefined) return undefined;
  const head = parseHead(line.slice(0, match.index - 1));
  if (head === undefined) return undefined;
  const [, time = '', request = '', status = '', size = ''] = match;
  const fields = { ...head, time, isBareTime: line.charCodeAt(match.index) !== 91, request, status, size };
  return { ...fields, ...parseTail(line, match.index + match[0].length) };
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | undefined {
  if (at <= 0) return undefined;
  pattern.lastIndex = at;
  return pattern.exec(line) ?? undefined;
}

/** Reads `[host] address[, address…] ident user`. A user may contain blanks. */
function parseHead(head: string): Pick<ClfLine, 'host' | 'address' | 'user'> | undefined {
  let words = head.split(' ');
  let host: string | undefined;
  if (words.length > 3 && /^[\w.-]+(?::\d+)?$/.test(words[0] ?? '') && /^(?=.*\d)[\da-f.:]+,?$/i.test(words[1] ?? '')) {
    host = hostOf(words[0]);
    words = words.slice(1);
  }
  const [first = ''] = words;
  // A list of forwarded addresses: the first is the caller's.
  const last = words.findIndex((word) => !word.endsWith(','));
  if (last < 0 || words.length < last + 3) return undefined;
  const address = first.endsWith(',') ? first.slice(0, -1) : first;
  const user = words.slice(last + 2).join(' ');
  return { host, address, user: user === '-' || user === '' || user === '""' ? undefined : user };
}

function parseTail(line: string, from: number): Pick<ClfLine, 'referer' | 'agent' | 'extras'> {
  if (from >= line.length) return { extras: noExtras };
  const extras = parseExtras(line, from);
  const [referer, agent] = extras;
  if (referer === undefined || agent === undefined || !isPlain(referer) || !isPlain(agent)) return { extras };
  return { referer: referer.value, agent: agent.value, extras: extras.length === 2 ? noExtras : extras.slice(2) };
}

const isPlain = (field: ClfExtra) => field.form === 'quoted' && field.name === undefined;

/** The fields from a place in the line on, separated by blanks. */
function parseExtras(line: string, from: number): readonly ClfExtra[] {
  const extras: ClfExtra[] = [];
  for (let at = from; at < line.length && extras.length < maxExtras; ) {
    if (line.charCodeAt(at) === 32) {
      at++;
      continue;
    }
    extra.lastIndex = at;
    const match = extra.exec(line);
    if (match === null) break;
    at = extra.lastIndex;
    extras.push(extraOf(match));
  }
  return extras;
}

function extraOf([, name, quoted, inBrackets, value = '']: RegExpExecArray): ClfExtra {
  if (quoted !== undefined) return { name, value: quoted, form: 'quoted' };
  return inBrackets === undefined ? { name, value, form: 'bare' } : { name, value: inBrackets, form: 'bracketed' };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', v: '\v', f: '\f' };

/** Decodes the escapes of quoted fields: `\x22` of nginx and `\"` of Apache; bytes in a row are UTF-8. */
export function unescapeClf(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/(?:\\x[\da-f]{2})+|\\(.)/gi, (run: string, single: string | undefined) =>
    single === undefined ? Buffer.from(run.replace(/\\x/gi, ''), 'hex').toString() : (escapes[single] ?? single),
  );
}
