/** Lines of CloudFront standard logs: W3C, separated by tabs. */
import { host, pathOf, queryOf, requestId } from './event-texts.ts';
import type { ObservedEvent } from './observed-events.ts';
import { seconds } from './write-server-log.ts';

export const cloudFrontHeader = [
  '#Version: 1.0',
  '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end',
];

/** Writes one line. The first byte is sent when the application has answered, so the time until then has a slow upload in it. */
export function cloudFrontLine({ event, number, endMs }: ObservedEvent): string {
  const { caller, waitMs, heldMs, outcome, bytesOut } = event;
  const end = new Date(endMs).toISOString();
  const isHangUp = outcome === 'hangup';
  const isSlowLine = waitMs - heldMs > 1_000;
  const result = isHangUp || event.status >= 400 ? 'Error' : 'Miss';
  const detail = isHangUp ? 'ClientHungUpRequest' : outcome === 'timeout' ? 'OriginCommError' : result;
  const status = isHangUp ? '000' : event.status;
  const [stem, query] = [pathOf(event), queryOf(event) || '-'];
  const who = [
    bytesOut + 430,
    caller.address,
    event.route.method,
    'd111111abcdef8.cloudfront.net',
    stem,
    status,
    '-',
    encoded(caller.agent),
  ];
  const what = [query, '-', result, requestId(number), host, 'https', event.bytesIn + 420, seconds(waitMs), '-', 'TLSv1.3'];
  const how = [
    'TLS_AES_128_GCM_SHA256',
    result,
    'HTTP/2.0',
    '-',
    '-',
    1_024 + (number % 60_000),
    seconds(isSlowLine ? waitMs : heldMs),
    detail,
  ];
  return [end.slice(0, 10), end.slice(11, 19), 'FRA56-P4', ...who, ...what, ...how, event.route.contentType, bytesOut, '-', '-'].join('\t');
}

const encoded = (text: string): string => text.replaceAll('%', '%25').replaceAll(' ', '%20').replaceAll('"', '%22');
