/** Spans of a server as OTLP/JSON, one document a line, as the Collector's file exporter writes them. */
import { pathOf, queryOf, requestId } from './event-texts.ts';
import type { ObservedEvent } from './observed-events.ts';
import type { WorldSettings } from './world-settings.ts';

const spansPerLine = 20;

/** A server's span begins when the body is there and does not end at a hang-up: it knows how long the work took, not how long it was waited for. */
export function otelLines(observed: readonly ObservedEvent[], { sampling }: WorldSettings): string[] {
  const traceState = sampling?.by === 'request' ? thresholdOf(sampling.share) : undefined;
  const resource = { attributes: [text('service.name', 'shop')] };
  const lines: string[] = [];
  for (let at = 0; at < observed.length; at += spansPerLine) {
    const spans = observed.slice(at, at + spansPerLine).map((one) => spanOf(one, traceState));
    lines.push(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'http' }, spans }] }] }));
  }
  return lines;
}

function spanOf({ event, number, startMs }: ObservedEvent, traceState: string | undefined): object {
  const { route, caller } = event;
  const { status, bytesOut, waitMs } = event.unnoticed ?? event;
  const lineMs = waitMs - event.workMs > 1_000 ? waitMs - event.workMs : 0;
  const id = requestId(number);
  return {
    traceId: id,
    spanId: id.slice(16),
    parentSpanId: '',
    ...(traceState === undefined ? {} : { traceState }),
    name: `${route.method} ${route.template}`,
    kind: 2,
    startTimeUnixNano: nanos(startMs + lineMs),
    endTimeUnixNano: nanos(startMs + lineMs + event.workMs),
    attributes: [
      text('http.request.method', route.method),
      text('http.route', route.template),
      text('url.path', pathOf(event)),
      ...(event.page === 0 ? [] : [text('url.query', queryOf(event))]),
      whole('http.response.status_code', status),
      whole('http.request.body.size', event.bytesIn),
      whole('http.response.body.size', bytesOut),
      text('user_agent.original', caller.agent),
      text('client.address', caller.address),
      ...(caller.name === undefined ? [] : [text('enduser.id', caller.name)]),
      ...(status >= 500 ? [text('error.type', String(status))] : []),
    ],
  };
}

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
const whole = (key: string, value: number): object => ({ key, value: { intValue: String(value) } });
const nanos = (ms: number): string => String(BigInt(Math.round(ms * 1_000)) * 1_000n);

/** @returns the rejection threshold of consistent sampling: 14 hexadecimal digits, without the zeros at the end */
function thresholdOf(share: number): string {
  const digits = (BigInt(Math.round((1 - share) * 2 ** 53)) * 8n).toString(16).padStart(14, '0').replace(/0+$/, '');
  return `ot=th:${digits || '0'}`;
}
