/** Turns the fields of CloudFront's logs into a request. */
import { agentKindOf } from './agent-kind.ts';
import { callerOf } from './clf-request.ts';
import { openLogTime } from './log-time.ts';
import { hostOf, splitTarget } from './logged-path.ts';
import type { LoggedRequest } from './logged-request.ts';
import { outcomeOf, sizeOf, statusOf } from './outcome.ts';
import { sumOfTimes } from './upstream-time.ts';

/** A field by its name in the documentation, such as `cs-uri-stem`; undefined for `-` and for a field that is not logged. */
export type FieldOf = (name: string) => string | undefined;

/** The times are UTC; the log has no offset. */
const readTime = openLogTime({ timezone: 'UTC' });

/** Answers that CloudFront gave without asking the origin. */
const withoutOrigin = new Set([
  'Hit',
  'OriginShieldHit',
  'Redirect',
  'LimitExceeded',
  'CapacityExceeded',
  'MissGeneratedResponse',
  'FunctionGeneratedResponse',
]);
const hangups = new Set(['ClientCommError', 'ClientHungUpRequest']);
const cacheHits = new Set(['Hit', 'OriginShieldHit']);

/** Whether fields are CloudFront's: IIS and others have `#Fields:` with `cs-method` too, and a time taken in milliseconds. */
export function isCloudFront(has: (name: string) => boolean): boolean {
  const hasTime = (has('date') && has('time')) || has('timestamp(ms)') || has('timestamp');
  return (
    hasTime &&
    has('cs-method') &&
    has('cs-uri-stem') &&
    ['x-edge-location', 'x-edge-result-type', 'x-edge-request-id', 'x-host-header'].some(has)
  );
}

/**
 * Makes a request of the fields of a line. The time is when CloudFront finished the answer, so the start is that minus the time taken.
 * @returns undefined when the time cannot be read; `noise` for a target that is not a path
 */
export function cloudFrontRequest(field: FieldOf): LoggedRequest | 'noise' | undefined {
  const endMs = endOf(field);
  const method = field('cs-method');
  if (endMs === undefined || method === undefined || !/^[A-Z-]{3,20}$/i.test(method)) return undefined;
  const target = splitTarget(withQuery(field('cs-uri-stem') ?? '', field('cs-uri-query')));
  if (target === undefined) return 'noise';
  const waitMs = sumOfTimes(field('time-taken'), 1_000);
  const status = statusOf(field('sc-status'));
  const outcome = outcomeOf(status, isHangup(field, status) ? 'hangup' : undefined);
  const [id, agent] = [field('x-edge-request-id'), field('cs(User-Agent)')];
  const result = field('x-edge-result-type') ?? field('x-edge-response-result-type') ?? '';
  return {
    startMs: endMs - (waitMs ?? 0),
    waitMs,
    heldMs: heldOf(field, result),
    isAtLeast: outcome === 'hangup' || outcome === 'timeout' || undefined,
    method: method.toUpperCase(),
    ...target,
    host: hostOf(field('x-host-header') ?? field('cs(Host)')),
    status,
    outcome,
    bytesIn: sizeOf(field('cs-bytes')),
    bytesOut: sizeOf(field('sc-bytes')),
    ...callerOf({ address: field('c-ip'), agent }),
    agentKind: agentKindOf(decodedOnce(agent)),
    ids: id === undefined ? undefined : [id],
    isCacheHit: cacheHits.has(result) || undefined,
    isStream: isStream(field, status) || undefined,
    contentType: decodedOnce(field('sc-content-type')),
  };
}

function endOf(field: FieldOf): number | undefined {
  const time = field('timestamp(ms)') ?? field('timestamp');
  if (time !== undefined) return readTime(time);
  return readTime(`${field('date') ?? ''}T${field('time') ?? ''}`);
}

/** 000 and an error that the viewer did not get as one are callers who left, as the detailed type says where it is logged. */
function isHangup(field: FieldOf, status: number | undefined): boolean {
  if (hangups.has(field('x-edge-detailed-result-type') ?? '') || status === 0) return true;
  const response = field('x-edge-response-result-type');
  return field('x-edge-result-type') === 'Error' && response !== undefined && response !== 'Error';
}

/** A body of this size takes a line of 1 Mbit/s about a second. */
const largeBodyBytes = 100_000;

/** What the origin was occupied: its last byte, else its first, else ours to the viewer; nothing for an answer without it. */
function heldOf(field: FieldOf, result: string): number | undefined {
  if (withoutOrigin.has(result)) return 0;
  const ofOrigin = field('origin-lbl') ?? field('origin-fbl');
  // Until the first byte, the viewer sends the body: a large one says how slow the line is.
  if (ofOrigin === undefined && (sizeOf(field('cs-bytes')) ?? 0) > largeBodyBytes) return undefined;
  return sumOfTimes(ofOrigin ?? field('time-to-first-byte'), 1_000);
}

/** Where a duration is the life of a connection. */
function isStream(field: FieldOf, status: number | undefined): boolean {
  return status === 101 || /^wss?$/.test(field('cs-protocol') ?? '') || (field('sc-content-type') ?? '').startsWith('text/event-stream');
}

const withQuery = (stem: string, query: string | undefined) => (query === undefined ? stem : `${stem}?${query}`);

function decodedOnce(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
