/** Reads access logs of API Gateway that are JSON, of HTTP and REST APIs. */
import { agentKindOf } from './agent-kind.ts';
import { type FieldMap, fieldValue, fieldValues, openFieldMaps } from './api-gateway-fields.ts';
import { type JsonObject, parseJsonObject } from './json-object.ts';
import type { FileSample, LogReader } from './log-reader.ts';
import { openLogTime, type ReadTime } from './log-time.ts';
import { hostOf, type LoggedPath, splitTarget } from './logged-path.ts';
import type { CallerKind, LoggedRequest, Outcome } from './logged-request.ts';
import { outcomeOf, statusOf } from './outcome.ts';

/** A late integration is answered with 503 by HTTP APIs, after at most 30 s, and with 504 by REST APIs, after 29 s by default. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const late = { fromMs: 29_000, toMs: 30_300 } as const;

export const apiGatewayLog: LogReader = {
  format: 'api-gateway',
  title: 'API Gateway (JSON)',
  open(sample, options) {
    const mapOf = openFieldMaps(options.fieldNames);
    const readTime = openLogTime(options);
    return {
      notes: notesOn(sample, mapOf),
      read(line) {
        const entry = parseEntry(line);
        const fields = entry === undefined ? undefined : mapOf(entry);
        return entry === undefined || fields === undefined ? undefined : readEntry(entry, fields, readTime);
      },
    };
  },
};

/** A template that forgets quotes writes `"latency":-,` where a value is missing. */
function parseEntry(line: string): JsonObject | undefined {
  if (line.charCodeAt(0) !== 123 && line.trimStart().charCodeAt(0) !== 123) return undefined;
  const entry = parseJsonObject(line);
  if (entry !== undefined || !/:\s{0,8}-?\s{0,8}[,}]/.test(line)) return entry;
  return parseJsonObject(line.replace(/:\s{0,8}-?\s{0,8}(?=[,}])/g, ':null'));
}

function readEntry(entry: JsonObject, fields: FieldMap, readTime: ReadTime): LoggedRequest | 'noise' | undefined {
  const startMs = readTime(fieldValue(entry, fields.time) ?? '');
  if (startMs === undefined) return undefined;
  const key = fieldValue(entry, fields.route);
  const [keyMethod, template] = splitKey(key);
  const method = (fieldValue(entry, fields.method) ?? keyMethod)?.toUpperCase();
  // WebSocket APIs log events of connections, which are not requests.
  if (fieldValue(entry, fields.event) !== undefined && (method === undefined || /^\$(?:connect|disconnect)$/.test(key ?? '')))
    return 'noise';
  if (method === undefined) return undefined;
  const location = locationOf(entry, fields, template);
  if (location === undefined) return isGarbage(entry, fields) ? 'noise' : undefined;
  const waitMs = amountOf(fieldValue(entry, fields.wait));
  const heldMs = amountOf(fieldValue(entry, fields.held));
  const status = statusOf(fieldValue(entry, fields.status));
  const outcome = outcomeAt(status, fieldValues(entry, fields.errorType), heldMs ?? waitMs);
  const agent = fieldValue(entry, fields.agent);
  const ids = fieldValues(entry, fields.id);
  return {
    startMs,
    waitMs,
    heldMs,
    isAtLeast: outcome === 'timeout' ? true : undefined,
    method,
    host: hostOf(fieldValue(entry, fields.host)),
    path: location.path,
    queryHash: location.queryHash,
    route: template === undefined || template.includes('+}') ? undefined : template,
    status,
    outcome,
    bytesIn: amountOf(fieldValue(entry, fields.bytesIn)),
    bytesOut: amountOf(fieldValue(entry, fields.bytesOut)),
    ...callerOf(entry, fields, agent),
    agentKind: agentKindOf(agent),
    ids: ids.length === 0 ? undefined : ids,
  };
}

/** `POST /orders/{id}` of HTTP APIs or `/orders/{id}` of REST APIs; nothing of `$default`. */
function splitKey(key: string | undefined): readonly [method?: string | undefined, template?: string | undefined] {
  if (key === undefined) return [];
  const blank = key.indexOf(' ');
  const method = blank < 0 ? undefined : key.slice(0, blank);
  const template = key.slice(blank + 1);
  return [method === 'ANY' ? undefined : method, template.startsWith('/') ? template : undefined];
}

/** The path, without the stage before it where that is logged. A log without paths has its templates. */
function locationOf(entry: JsonObject, fields: FieldMap, template: string | undefined): LoggedPath | undefined {
  const path = fieldValue(entry, fields.path);
  if (path === undefined) return template === undefined ? undefined : { path: template };
  const stage = fieldValue(entry, fields.stage);
  if (stage === undefined || !path.startsWith(`/${stage}`)) return splitTarget(path);
  const rest = path.slice(stage.length + 1);
  return splitTarget(rest === '' ? '/' : rest.startsWith('/') ? rest : path);
}

/** A request that API Gateway refused before it had a path is an entry, and nothing that can be counted for an endpoint. */
function isGarbage(entry: JsonObject, fields: FieldMap): boolean {
  return fields.path.length + fields.route.length > 0 && statusOf(fieldValue(entry, fields.status)) !== undefined;
}

function outcomeAt(status: number | undefined, errors: readonly string[], tookMs: number | undefined): Outcome {
  if (errors.includes('INTEGRATION_TIMEOUT')) return 'timeout';
  if (errors.includes('THROTTLED') || errors.includes('QUOTA_EXCEEDED')) return 'throttled';
  // REST APIs answer 504 for this too.
  if (errors.includes('INTEGRATION_FAILURE') && status === 504) return 'failed';
  const isLate = status === 503 && tookMs !== undefined && tookMs >= late.fromMs && tookMs <= late.toMs;
  return outcomeOf(status, isLate ? 'timeout' : undefined);
}

function callerOf(entry: JsonObject, fields: FieldMap, agent: string | undefined): { caller: string | undefined; callerKind: CallerKind } {
  const user = fieldValue(entry, fields.user);
  if (user !== undefined) return { caller: user, callerKind: 'user' };
  const key = fieldValue(entry, fields.key);
  if (key !== undefined) return { caller: key, callerKind: 'key' };
  const address = fieldValue(entry, fields.address);
  if (address === undefined) return { caller: undefined, callerKind: 'none' };
  return agent === undefined ? { caller: address, callerKind: 'address' } : { caller: `${address} ${agent}`, callerKind: 'address+agent' };
}

function amountOf(text: string | undefined): number | undefined {
  const amount = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(amount) && amount >= 0 ? amount : undefined;
}

/** What is read from which field, of the first line that can be read; and what is missing. */
function notesOn({ lines }: FileSample, mapOf: (line: JsonObject) => FieldMap | undefined): readonly string[] {
  const entry = lines
    .slice(0, 50)
    .map(parseEntry)
    .find((line) => line !== undefined && mapOf(line) !== undefined);
  const fields = entry === undefined ? undefined : mapOf(entry);
  if (fields === undefined) return [];
  const named = (['time', 'wait', 'held', 'user', 'address'] as const).map(
    (meaning) => `${meaning} from ${fields[meaning].map((path) => path.join('.')).join(' or ') || 'no field'}`,
  );
  return [`reads ${named.join(', ')}`];
}
