/** Lines of nginx and Apache. */
import { requestId, targetOf } from './event-texts.ts';
import type { ObservedEvent } from './observed-events.ts';

/** Headers that nginx counts as a part of the request. */
const requestHeaderBytes = 350;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const seconds = (ms: number): string => (ms / 1_000).toFixed(3);

/** Writes the format `timed` with `escape=json`, where a variable without a value is empty. */
export function nginxJsonLine({ event, number, endMs }: ObservedEvent): string {
  return JSON.stringify({
    time: seconds(endMs),
    method: event.route.method,
    uri: targetOf(event),
    status: String(event.status),
    bytes: String(event.bytesOut),
    in: String(event.bytesIn + requestHeaderBytes),
    wait: seconds(event.waitMs),
    held: event.heldMs > 0 ? seconds(event.heldMs) : '',
    user: event.caller.name ?? '',
    ip: event.caller.address,
    ua: event.caller.agent,
    id: requestId(number),
  });
}

/** Writes the combined format with `rt=`, `uct=` and `urt=`; after a hang-up, the time of the upstream is missing. */
export function nginxCombinedLine({ event, endMs }: ObservedEvent): string {
  const { caller } = event;
  const request = `"${event.route.method} ${targetOf(event)} HTTP/1.1"`;
  const hasUpstreamTime = event.heldMs > 0 && event.outcome !== 'hangup';
  const times = `rt=${seconds(event.waitMs)} uct="${hasUpstreamTime ? '0.001' : '-'}" urt="${hasUpstreamTime ? seconds(event.heldMs) : '-'}"`;
  return `${caller.address} - ${caller.name ?? '-'} [${localTime(endMs)}] ${request} ${event.status} ${event.bytesOut} "-" "${caller.agent}" ${times}`;
}

/** Writes the format `timed`: the time is the start, and the last field is microseconds. Apache does not notice hang-ups. */
export function apacheLine({ event, startMs }: ObservedEvent): string {
  const { caller } = event;
  const { status, bytesOut, waitMs } = event.unnoticed ?? event;
  const time = new Date(startMs).toISOString().replace('Z', '+0000');
  const request = `"${event.route.method} ${targetOf(event)} HTTP/1.1"`;
  return `${caller.address} - ${caller.name ?? '-'} ${time} ${request} ${status} ${bytesOut} "-" "${caller.agent}" ${Math.round(waitMs * 1_000)}`;
}

/** @returns the time as nginx's `$time_local` and API Gateway's `requestTime` have it, in UTC */
export function localTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(8, 10)}/${months[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
