/** Reads nginx's access logs whose `log_format` writes JSON. */
import { agentKindOf } from './agent-kind.ts';
import { callerOf, parseRequestLine } from './clf-request.ts';
import { type JsonObject, parseJsonObject } from './json-object.ts';
import type { ReadOptions } from './log-reader.ts';
import type { ReadTime } from './log-time.ts';
import { hostOf, splitTarget } from './logged-path.ts';
import type { LoggedRequest } from './logged-request.ts';
import { outcomeOf, sizeOf, statusOf } from './outcome.ts';
import { sumOfTimes } from './upstream-time.ts';

/** What a field means, and the names it usually has: those of the documented `log_format timed` first, then the variables'. */
const usualNames = {
  time: ['time', 'msec', 'time_iso8601', 'time_local', '@timestamp', 'timestamp'],
  method: ['method', 'request_method'],
  uri: ['uri', 'request_uri'],
  request: ['request'],
  status: ['status', 'response'],
  bytesOut: ['bytes', 'body_bytes_sent', 'bytes_sent'],
  bytesIn: ['in', 'request_length'],
  wait: ['wait', 'request_time'],
  held: ['held', 'upstream_response_time'],
  user: ['user', 'remote_user'],
  ip: ['ip', 'remote_addr', 'remote_ip', 'client_ip'],
  ua: ['ua', 'http_user_agent', 'user_agent', 'agent'],
  host: ['host', 'http_host', 'server_name'],
  id: ['id', 'request_id'],
  contentType: ['sent_http_content_type', 'content_type'],
  cache: ['upstream_cache_status'],
} as const;

type Meaning = keyof typeof usualNames;
type Fields = Partial<Record<Meaning, string>>;
const meanings = Object.keys(usualNames) as Meaning[];

/**
 * Prepares to read JSON lines. A line needs a time, a status, and a method and URI or a request line.
 * @param options own names win over the usual ones; a name that ends with `ms` or `us` says its unit, else times are nginx's seconds
 */
export function openNginxJson(options: ReadOptions, readTime: ReadTime): (line: string) => LoggedRequest | 'noise' | undefined {
  const names = meanings.map((meaning) => [meaning, namesOf(meaning, options)] as const);
  const units = { wait: msPerUnit('wait', options), held: msPerUnit('held', options) };
  return (line) => {
    const json = parseObject(line);
    if (json === undefined) return undefined;
    const fields: Fields = {};
    for (const [meaning, known] of names) {
      const value = fieldOf(json, known);
      if (value !== undefined) fields[meaning] = value;
    }
    return requestOf(fields, units, readTime);
  };
}

function requestOf(
  fields: Fields,
  units: { readonly wait: number; readonly held: number },
  readTime: ReadTime,
): LoggedRequest | 'noise' | undefined {
  const endMs = fields.time === undefined ? undefined : readTime(fields.time);
  const line = fields.request ?? (fields.method !== undefined && fields.uri !== undefined ? `${fields.method} ${fields.uri}` : undefined);
  const status = statusOf(fields.status);
  if (endMs === undefined || line === undefined || status === undefined) return undefined;
  const request = fields.request === undefined ? partsOf(fields) : parseRequestLine(line);
  if (request === undefined) return 'noise';
  const waitMs = sumOfTimes(fields.wait, units.wait);
  const isCacheHit = fields.cache === 'HIT';
  const outcome = outcomeOf(status);
  const isStream = status === 101 || fields.contentType?.startsWith('text/event-stream');
  return {
    startMs: endMs - (waitMs ?? 0),
    waitMs,
    heldMs: isCacheHit ? 0 : sumOfTimes(fields.held, units.held),
    isAtLeast: outcome === 'hangup' || outcome === 'timeout' || undefined,
    ...request,
    host: request.host ?? hostOf(fields.host),
    status,
    outcome,
    bytesIn: sizeOf(fields.bytesIn),
    bytesOut: sizeOf(fields.bytesOut),
    ...callerOf({ user: fields.user, address: fields.ip, agent: fields.ua }),
    agentKind: agentKindOf(fields.ua),
    ids: fields.id === undefined ? undefined : [fields.id],
    isCacheHit: isCacheHit || undefined,
    isStream: isStream || undefined,
    contentType: fields.contentType,
  };
}

function partsOf({ method = '', uri = '' }: Fields): Pick<LoggedRequest, 'method' | 'path' | 'queryHash' | 'host'> | undefined {
  const target = /^[A-Za-z][A-Za-z-]{1,19}$/.test(method) ? splitTarget(uri) : undefined;
  return target && { method: method.toUpperCase(), ...target };
}

function namesOf(meaning: Meaning, { fieldNames }: ReadOptions): readonly string[] {
  const own = fieldNames?.[meaning];
  return own === undefined ? usualNames[meaning] : [own, ...usualNames[meaning]];
}

function msPerUnit(meaning: 'wait' | 'held', { fieldNames, latencyUnit }: ReadOptions): number {
  const name = fieldNames?.[meaning] ?? '';
  const unit = latencyUnit ?? (/(?:_us|Us|micros)$/.test(name) ? 'us' : /(?:_ms|Ms|millis)$/.test(name) ? 'ms' : 's');
  return { s: 1_000, ms: 1, us: 1e-3 }[unit];
}

/** The first field of these names that has a value; `-` and an empty text are none. */
function fieldOf(json: JsonObject, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = json[name];
    if (typeof value === 'number' || (typeof value === 'string' && value !== '' && value !== '-')) return String(value);
  }
  return undefined;
}

/** Without `escape=json`, nginx writes `"` as `\x22`, which JSON does not know. */
function parseObject(line: string): JsonObject | undefined {
  return parseJsonObject(line) ?? (line.includes('\\x') ? parseJsonObject(line.replaceAll(/\\x([0-9A-Fa-f]{2})/g, '\\u00$1')) : undefined);
}
