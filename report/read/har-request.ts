/** Turns an entry of a HAR into a request. */
import { agentKindOf } from './agent-kind.ts';
import { asAmount, asObject, asText, type JsonObject, objectsOf } from './json-object.ts';
import { openLogTime } from './log-time.ts';
import { splitTarget } from './logged-path.ts';
import type { LoggedRequest, Outcome } from './logged-request.ts';
import { outcomeOf, statusOf } from './outcome.ts';

const readTime = openLogTime({ timezone: 'UTC' });

/**
 * Makes a request of an entry.
 * @param caller whose session it is
 * @returns `noise` for addresses that are not of HTTP, such as `data:`; undefined for what is not an entry
 */
export function harRequest(entry: JsonObject, caller: string): LoggedRequest | 'noise' | undefined {
  const request = asObject(entry['request']);
  const response = asObject(entry['response']);
  const startMs = readTime(asText(entry['startedDateTime']) ?? '');
  const [method, url] = [asText(request?.['method']), asText(request?.['url'])];
  if (request === undefined || startMs === undefined || method === undefined || url === undefined) return undefined;
  const target = /^(?:https?|wss?):/i.test(url) ? splitTarget(url) : undefined;
  if (target === undefined) return 'noise';
  const status = statusOf(asAmount(response?.['status']));
  const outcome = endOf(status, entry, response);
  const isCacheHit = entry['_fromCache'] !== undefined;
  const contentType = asText(asObject(response?.['content'])?.['mimeType']);
  return {
    startMs,
    waitMs: asAmount(entry['time']),
    heldMs: isCacheHit ? 0 : asAmount(asObject(entry['timings'])?.['wait']),
    isAtLeast: outcome === 'hangup' || outcome === 'timeout' || undefined,
    method: method.toUpperCase(),
    ...target,
    status,
    outcome,
    bytesIn: asAmount(request['bodySize']),
    bytesOut: asAmount(asObject(response?.['content'])?.['size']) ?? asAmount(response?.['bodySize']),
    caller,
    callerKind: 'user',
    agentKind: agentKindOf(asText(objectsOf(request['headers'])[0]?.['value'])),
    isCacheHit: isCacheHit || undefined,
    isStream: isStream(entry, url, status, contentType) || undefined,
    contentType,
  };
}

/** Status 0 is a request that the page or the person gave up, or that an extension or the browser refused to send. */
function endOf(status: number | undefined, entry: JsonObject, response: JsonObject | undefined): Outcome {
  const error = asText(entry['_error']) ?? asText(response?.['_error']) ?? '';
  return outcomeOf(status, status === 0 && /BLOCKED|NS_ERROR_(?!ABORT)|ERR_(?!ABORTED)/i.test(error) ? 'unknown' : undefined);
}

function isStream(entry: JsonObject, url: string, status: number | undefined, contentType = ''): boolean {
  const kind = asText(entry['_resourceType']);
  return (
    status === 101 || kind === 'websocket' || kind === 'eventsource' || /^wss?:/i.test(url) || contentType.startsWith('text/event-stream')
  );
}
