/** Reads OpenTelemetry spans as OTLP/JSON: one document, or one document a line as the Collector's file exporter writes them. */
import { asObject, type JsonObject, objectsOf, parseJsonObject } from './json-object.ts';
import type { DocumentReader, LogReader } from './log-reader.ts';
import type { LoggedRequest } from './logged-request.ts';
import { spanRequest } from './span-request.ts';

const beginning = /^\uFEFF?\s*\{\s*"resourceSpans"\s*:/;

/** @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export const otelDocument: DocumentReader = {
  format: 'otel',
  title: 'OpenTelemetry spans (JSON)',
  recognises: (start) => beginning.test(start) && !isWholeLine(start),
  readDocument: (text) => {
    const document = parseJsonObject(text.replace(/^\uFEFF/, ''));
    // Long documents, one a line, begin like one long document.
    if (document === undefined)
      return readAll(
        text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map(parseJsonObject),
      );
    return readAll([document]);
  },
};

export const otelLog: LogReader = {
  format: 'otel',
  title: 'OpenTelemetry spans (JSON lines)',
  open: () => ({
    read: (line) => {
      const document = line.charCodeAt(0) === 123 ? parseJsonObject(line) : undefined;
      if (document === undefined || !isOtlp(document)) return undefined;
      const { requests, unparsed } = readAll([document]);
      if (requests.length === 0) return unparsed > 0 ? undefined : 'noise';
      return requests.length === 1 ? requests[0] : requests;
    },
    notes: [],
  }),
};

/** Whether the first line is a document of its own, with another line to follow. */
function isWholeLine(start: string): boolean {
  const end = start.indexOf('\n');
  return end > 0 && parseJsonObject(start.slice(0, end).replace(/^\uFEFF/, '')) !== undefined;
}

/** The Collector's file exporter puts metrics and logs into the same file when it is asked to. */
const isOtlp = (document: JsonObject) => ['resourceSpans', 'resourceMetrics', 'resourceLogs'].some((name) => Array.isArray(document[name]));

function readAll(documents: readonly (JsonObject | undefined)[]): {
  readonly requests: readonly LoggedRequest[];
  readonly unparsed: number;
} {
  const requests: LoggedRequest[] = [];
  let unparsed = 0;
  for (const document of documents) {
    if (document === undefined) unparsed++;
    for (const span of serverSpans(document)) {
      const request = spanRequest(span);
      if (request === undefined) unparsed++;
      else requests.push(request);
    }
  }
  return { requests, unparsed };
}

/** The spans of kind SERVER: the others are not what a caller waited for. Writers before OTLP 0.19 say `instrumentationLibrarySpans`. */
function serverSpans(document: JsonObject | undefined): readonly JsonObject[] {
  return objectsOf(document?.['resourceSpans'])
    .flatMap((resource) => [...objectsOf(resource['scopeSpans']), ...objectsOf(resource['instrumentationLibrarySpans'])])
    .flatMap((scope) => objectsOf(asObject(scope)?.['spans']))
    .filter(({ kind }) => kind === 2 || kind === '2' || kind === 'SPAN_KIND_SERVER');
}
