import fc from 'fast-check';
import { apacheLog } from '../../../../report/read/apache-log.ts';
import { cloudFrontLog } from '../../../../report/read/cloudfront-log.ts';
import { harDocument } from '../../../../report/read/har-document.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { nginxLog } from '../../../../report/read/nginx-log.ts';
import { otelDocument, otelLog } from '../../../../report/read/otel-spans.ts';
import { ReportError } from '../../../../report/report-error.ts';

const line = '203.0.113.7 - ana [25/Nov/2026:10:13:14 +0100] "GET /a?b=c HTTP/1.1" 200 61 "-" "curl/8 \\"x\\"" rt=0.1 "0.100" [a] 123';
const fields = '#Fields: date time cs-method cs-uri-stem sc-status time-taken x-edge-result-type';
const columns = '2026-11-25\t09:13:14\tGET\t/a%20b\t200\t0.100\tMiss';
const json = '{"time":"1795597994.018","method":"POST","uri":"/a?b","status":"201","wait":"14.230","ip":"203.0.113.7"}';
const span =
  '{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":2,"traceState":"ot=th:8","startTimeUnixNano":"1795597979788000000","endTimeUnixNano":"1795597994018000000","attributes":[{"key":"http.method","value":{"stringValue":"GET"}},{"key":"url.path","value":{"stringValue":"/a"}}]}]}]}]}';
const har =
  '{"log":{"entries":[{"startedDateTime":"2026-11-25T10:12:59.788+01:00","time":1,"request":{"method":"GET","url":"https://a/b","headers":[]},"response":{"status":200,"content":{}},"timings":{"wait":1}}]}}';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString()),
  fc.json(),
);
/** A good line with a part replaced, so that parsers are reached beyond their first check. */
const broken = fc
  .tuple(fc.constantFrom(line, fields, columns, json, span, har), fc.nat(400), fc.nat(20), anyText)
  .map(([text, at, length, part]) => text.slice(0, at) + part + text.slice(at + length));
const anyLine = fc.oneof(broken, anyText, fc.constantFrom(line, fields, columns, json, span));

/** Runs what may fail in one way only. */
function unlessRefused<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ReportError) return undefined;
    throw error;
  }
}

const isSound = ({ startMs, waitMs, heldMs, method, path }: LoggedRequest) =>
  Number.isFinite(startMs) && (waitMs ?? 0) >= 0 && (heldMs ?? 0) >= 0 && method === method.toUpperCase() && path !== '';

it.each([nginxLog, apacheLog, cloudFrontLog, otelLog])('reads any bytes as $title without a failure', ({ open }) => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 20 }), (lines) => {
      const opened = unlessRefused(() => open({ name: 'a.log', lines }, {}));
      const results = lines.map((text) => opened && unlessRefused(() => opened.read(text)));
      const requests = results.flatMap((result) => (result === undefined || result === 'noise' ? [] : result));
      expect(requests.filter((request) => !isSound(request))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

it.each([harDocument, otelDocument])('reads any document as $title without a failure', ({ recognises, readDocument }) => {
  fc.assert(
    fc.property(anyLine, (text) => {
      recognises(text);
      const requests = unlessRefused(() => readDocument(text))?.requests ?? [];
      expect(requests.filter((request) => !isSound(request))).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

it.each([
  ['"', 'quotes'],
  ['\\"', 'escaped quotes'],
  ['[ ', 'brackets'],
  ['0.1, ', 'times'],
  ['a=', 'names'],
  ['{"arrayValue":', 'nesting'],
])('reads a line of a mebibyte of %j in time that grows with its length alone', (part) => {
  const long = `${line.slice(0, 80)} ${part.repeat(2 ** 20 / part.length)}`;
  const start = performance.now();
  for (const { open } of [nginxLog, apacheLog, cloudFrontLog, otelLog])
    unlessRefused(() => open({ name: '', lines: [long] }, {}).read(long));
  expect(performance.now() - start).toBeLessThan(20_000); // Quadratic work would take hours.
});
