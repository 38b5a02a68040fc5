/** Reads access logs of Application Load Balancers. */
import { agentKindOf } from './agent-kind.ts';
import type { LogReader } from './log-reader.ts';
import { openLogTime, type ReadTime } from './log-time.ts';
import { hostOf, splitTarget } from './logged-path.ts';
import type { LoggedRequest, Outcome } from './logged-request.ts';
import { outcomeOf, statusOf } from './outcome.ts';
import { splitQuoted } from './quoted-fields.ts';

/** Places of fields. Newer ones are added at the end, so all from the user agent on may be missing. */
const at = {
  type: 0,
  time: 1,
  client: 3,
  target: 4,
  requestTime: 5,
  targetTime: 6,
  responseTime: 7,
  status: 8,
  received: 10,
  sent: 11,
  request: 12,
  userAgent: 13,
  targetGroup: 16,
  traceId: 17,
  domain: 18,
  creation: 21,
  actions: 22,
  error: 24,
} as const;
const fieldCount = at.error + 1;

/** The load balancer gives up a connection to a target after 10 s. Such a 504 is a fault of the network, and not slow work. */
const connectLimitMs = 11_000;

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html */
export const albLog: LogReader = {
  format: 'alb',
  title: 'Application Load Balancer',
  open() {
    const readTime = openLogTime();
    return { notes: [], read: (line) => readEntry(line, readTime) };
  },
};

const types: ReadonlySet<string> = new Set(['http', 'https', 'h2', 'grpcs', 'ws', 'wss']);

function readEntry(line: string, readTime: ReadTime): LoggedRequest | 'noise' | undefined {
  const blank = line.indexOf(' ');
  if (blank < 2 || blank > 5 || !types.has(line.slice(0, blank))) return undefined;
  const fields = splitQuoted(line, fieldCount);
  const endMs = timeOf(fields[at.time], readTime);
  const request = fields[at.request];
  if (endMs === undefined || request === undefined) return undefined;
  const [method = '', url = ''] = request.split(' ', 2);
  const target = /^[A-Za-z-]{2,}$/.test(method) ? splitTarget(url) : undefined;
  // What no HTTP parser understood is logged as "- http://…:80- -".
  if (target === undefined) return 'noise';
  const timing = timingOf(fields, endMs, timeOf(fields[at.creation], readTime));
  const client = addressOf(fields[at.client]);
  const agent = present(fields[at.userAgent]);
  return {
    ...timing,
    method: method.toUpperCase(),
    host: hostOf(fields[at.domain]) ?? target.host,
    path: target.path,
    queryHash: target.queryHash,
    status: statusOf(fields[at.status]),
    bytesIn: amountOf(fields[at.received]),
    bytesOut: amountOf(fields[at.sent]),
    caller: client === undefined || agent === undefined ? client : `${client} ${agent}`,
    callerKind: client === undefined ? 'none' : agent === undefined ? 'address' : 'address+agent',
    agentKind: agentKindOf(agent),
    ids: traceIds(fields[at.traceId]),
    isStream: fields[at.type] === 'ws' || fields[at.type] === 'wss' ? true : undefined,
  };
}

type Timing = Pick<LoggedRequest, 'startMs' | 'waitMs' | 'heldMs' | 'isAtLeast' | 'outcome'>;

/** The three times are seconds. -1 means that it was not measured: the request was not sent to a target, or the target did not answer. */
function timingOf(fields: readonly string[], endMs: number, creationMs: number | undefined): Timing {
  const parts = [fields[at.requestTime], fields[at.targetTime], fields[at.responseTime]].map(millisOf);
  const [requestMs, heldMs, responseMs] = parts;
  const sum =
    requestMs === undefined || heldMs === undefined || responseMs === undefined ? undefined : Math.round(requestMs + heldMs + responseMs);
  const spent = creationMs === undefined ? undefined : Math.max(0, endMs - creationMs);
  const waitMs = sum ?? spent;
  const outcome = outcomeAt(fields, waitMs);
  const startMs = creationMs ?? endMs - (waitMs ?? 0);
  if (heldMs !== undefined) return { startMs, waitMs, heldMs, isAtLeast: outcome === 'hangup' ? true : undefined, outcome };
  if (!reachedTarget(fields)) return { startMs, waitMs, heldMs: 0, outcome };
  return { startMs, waitMs, heldMs: spent, isAtLeast: true, outcome };
}

/** Whether a target was occupied: not by redirects, fixed answers and logins, and not when there was no healthy target. */
function reachedTarget(fields: readonly string[]): boolean {
  const actions = present(fields[at.actions]);
  if (actions !== undefined && !actions.includes('forward')) return false;
  // A function is a target without an address.
  return fields[at.target] !== '-' || (fields[at.status] !== '503' && present(fields[at.targetGroup]) !== undefined);
}

function outcomeAt(fields: readonly string[], waitMs: number | undefined): Outcome {
  const status = statusOf(fields[at.status]);
  if (fields[at.error] === 'LambdaThrottling') return 'throttled';
  return outcomeOf(status, status === 504 && waitMs !== undefined && waitMs < connectLimitMs ? 'failed' : undefined);
}

/** `1-…` of `Root=1-…;Self=1-…`, the id that every layer and function logs. */
function traceIds(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text.length < 2) return undefined;
  const ids = text.split(';', 8).map((part) => part.slice(part.indexOf('=') + 1));
  return ids.filter((id) => id.startsWith('1-'));
}

const present = (text: string | undefined) => (text === undefined || text === '-' || text === '' ? undefined : text);

const timeOf = (text: string | undefined, readTime: ReadTime) => (text?.charCodeAt(10) === 84 ? readTime(text) : undefined);

/** The address before the last colon; those of IPv6 have more. */
function addressOf(text: string | undefined): string | undefined {
  const address = present(text);
  if (address === undefined) return undefined;
  const colon = address.lastIndexOf(':');
  return (colon < 0 ? address : address.slice(0, colon)).replace(/^\[(.*)\]$/, '$1');
}

function amountOf(text: string | undefined): number | undefined {
  const amount = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(amount) && amount >= 0 ? amount : undefined;
}

function millisOf(text: string | undefined): number | undefined {
  const seconds = amountOf(text);
  return seconds === undefined ? undefined : Math.round(seconds * 1_000);
}
