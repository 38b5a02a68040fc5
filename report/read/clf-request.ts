/** Turns lines of nginx and Apache into requests, given what was learnt of the file. */
import { agentKindOf } from './agent-kind.ts';
import { type ClfLayout, columnOf, type TimeColumn } from './clf-layout.ts';
import { type ClfLine, unescapeClf } from './clf-line.ts';
import type { ReadTime } from './log-time.ts';
import { splitTarget } from './logged-path.ts';
import type { LoggedRequest } from './logged-request.ts';
import { outcomeOf, statusOf } from './outcome.ts';
import { sumOfTimes } from './upstream-time.ts';

/** What is recognised as a method: RFC 9110 allows more, scanners send anything. */
const requestLine = /^([A-Za-z][A-Za-z-]{1,19}) (\S.*?)(?: HTTP\/\d(?:\.\d)?)?$/;
const idNames = new Set(['id', 'req_id', 'request_id', 'reqid', 'rid']);

/**
 * Makes a request of a line.
 * @returns `noise` for a request line that is not a request, such as bytes of TLS on a plain port; undefined when the time cannot be read
 */
export function clfRequest(line: ClfLine, layout: ClfLayout, readTime: ReadTime): LoggedRequest | 'noise' | undefined {
  const loggedMs = readTime(line.time);
  if (loggedMs === undefined) return undefined;
  const request = parseRequestLine(line.request);
  if (request === undefined) return 'noise';
  const { waitMs, heldMs, isCut, ids } = readExtras(line, layout);
  const status = statusOf(line.status);
  const outcome = outcomeOf(status, isCut ? 'hangup' : undefined);
  const isStream = status === 101;
  return {
    startMs: layout.server === 'nginx' ? loggedMs - (waitMs ?? 0) : loggedMs,
    waitMs,
    // A hang-up before the upstream answered has no time of the upstream.
    heldMs,
    isAtLeast: outcome === 'hangup' || outcome === 'timeout' || undefined,
    ...request,
    host: request.host ?? line.host,
    status,
    outcome,
    bytesOut: line.size === '-' ? undefined : Number(line.size),
    ...callerOf({ user: line.user, address: line.address, agent: line.agent }),
    agentKind: agentKindOf(unescapeClf(line.agent ?? '')),
    ids,
    isStream: isStream || undefined,
  };
}

/** Splits `GET /orders/7?full=1 HTTP/1.1`; undefined for anything else and for targets that are not a path. */
export function parseRequestLine(raw: string): Pick<LoggedRequest, 'method' | 'path' | 'queryHash' | 'host'> | undefined {
  const match = requestLine.exec(unescapeClf(raw));
  const target = match === null ? undefined : splitTarget(match[2] ?? '');
  return target === undefined ? undefined : { method: (match?.[1] ?? '').toUpperCase(), ...target };
}

interface Identity {
  readonly user?: string | undefined;
  readonly address?: string | undefined;
  readonly agent?: string | undefined;
}

/** Names the caller by the strongest that is there: the user, else address and agent, else the address. */
export function callerOf({ user, address, agent }: Identity): Pick<LoggedRequest, 'caller' | 'callerKind'> {
  if (user !== undefined) return { caller: user, callerKind: 'user' };
  if (address === undefined || address === '-') return { callerKind: 'none' };
  if (agent === undefined || agent === '' || agent === '-') return { caller: address, callerKind: 'address' };
  return { caller: `${address} ${agent}`, callerKind: 'address+agent' };
}

interface Extras {
  waitMs?: number | undefined;
  heldMs?: number | undefined;
  isCut?: boolean;
  ids?: string[];
}

function readExtras({ extras }: ClfLine, { wait, held, connection }: ClfLayout): Extras {
  const read: Extras = {};
  for (const [index, extra] of extras.entries()) {
    const column = columnOf(extra, index);
    if (column === wait?.column) read.waitMs = timeIn(extra.value, wait);
    else if (column === held?.column) read.heldMs = timeIn(extra.value, held);
    else if (column === connection) read.isCut = extra.value === 'X';
    else if (idNames.has(column) && extra.value !== '-') read.ids = [...(read.ids ?? []), extra.value];
  }
  return read;
}

const timeIn = (value: string, { msPerUnit }: TimeColumn) => sumOfTimes(value, msPerUnit);
