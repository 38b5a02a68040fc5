/** Lines of an Application Load Balancer. */
import { host, requestId, targetOf } from './event-texts.ts';
import type { ObservedEvent } from './observed-events.ts';
import { seconds } from './write-server-log.ts';

/** Headers, which the load balancer counts as a part of what it received and sent. */
const receivedHeaderBytes = 420;
const sentHeaderBytes = 310;
const group = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop/73e2d6bc24d8a067';

/**
 * Writes one line. The time on a slow line counts as processing of the request; after a hang-up and a time-out the time of the target is
 * −1, as it did not answer.
 */
export function albLine({ event, number, startMs, endMs }: ObservedEvent): string {
  const { caller, outcome, heldMs, waitMs } = event;
  const isUnanswered = outcome === 'hangup' || outcome === 'timeout';
  const restMs = waitMs - heldMs;
  const isSlowLine = restMs > 1_000;
  const times = isUnanswered ? '0.001 -1 -1' : `${seconds(isSlowLine ? restMs : 0)} ${seconds(heldMs)} ${seconds(isSlowLine ? 0 : restMs)}`;
  const status = outcome === 'hangup' ? 460 : event.status;
  const targetStatus = isUnanswered ? '-' : status;
  const port = 1_024 + (number % 60_000);
  const id = requestId(number);
  return [
    `https ${micros(endMs)} app/shop/50dc6c495c0c9188 ${caller.address}:${port} 10.0.3.14:8080 ${times} ${status} ${targetStatus}`,
    `${event.bytesIn + receivedHeaderBytes} ${event.bytesOut + sentHeaderBytes} "${event.route.method} https://${host}:443${targetOf(event)} HTTP/2.0"`,
    `"${caller.agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ${group} "Root=1-${id.slice(0, 8)}-${id.slice(8)}" "${host}" "session-reused" 10`,
    `${micros(startMs)} "forward" "-" "-" "10.0.3.14:8080" "${targetStatus}" "-" "-" TID_${id.slice(16)}`,
  ].join(' ');
}

const micros = (ms: number): string => new Date(ms).toISOString().replace('Z', `${String(Math.floor((ms % 1) * 1_000)).padStart(3, '0')}Z`);
