import fc from 'fast-check';
import { agentKindOf } from '../../../../report/read/agent-kind.ts';
import { albLog } from '../../../../report/read/alb-log.ts';
import { apiGatewayLog } from '../../../../report/read/api-gateway-log.ts';
import { lambdaLog } from '../../../../report/read/lambda-log.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { ReportError } from '../../../../report/report-error.ts';
import { albLine, apiLine, readBytes, reportLine } from './log-fixtures.ts';

const platform =
  '{"time":"2026-11-25T09:13:14.009Z","type":"platform.report","record":{"requestId":"c6","metrics":{"durationMs":14211.864}}}';
const known = [albLine(), apiLine(), `2026-11-25T09:13:14.009Z ${reportLine()}`, platform];
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString()),
  fc.json(),
);
/** A good line with a part replaced, so that readers get beyond their first check. */
const broken = fc
  .tuple(fc.constantFrom(...known), fc.nat(500), fc.nat(30), anyText)
  .map(([line, at, length, part]) => line.slice(0, at) + part + line.slice(at + length));
const anyLine = fc.oneof(broken, anyText, fc.constantFrom(...known));

function isSound({ startMs, waitMs = 0, heldMs = 0, method, path, bytesIn = 0, bytesOut = 0 }: LoggedRequest): boolean {
  return (
    Number.isFinite(startMs) &&
    [waitMs, heldMs, bytesIn, bytesOut].every((n) => Number.isFinite(n) && n >= 0) &&
    method !== '' &&
    path !== ''
  );
}

it.each([albLog, apiGatewayLog, lambdaLog])('$title: any lines in, sound requests or a ReportError out', (reader) => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 8 }), (lines) => {
      const { read } = reader.open({ name: 'any', lines }, {});
      for (const line of lines) {
        try {
          const found = read(line);
          if (found !== undefined && found !== 'noise') expect([found].flat().every(isSound)).toBe(true);
        } catch (error) {
          if (!(error instanceof ReportError)) throw error;
        }
      }
    }),
    { numRuns: 300 },
  );
});

it('opens any bytes, or refuses them with a ReportError', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
          anyLine.map(Buffer.from),
        ),
      ),
      async (parts) => {
        const bytes = Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
        await readBytes(bytes).catch((error: unknown) => {
          if (!(error instanceof ReportError)) throw error;
        });
      },
    ),
    { numRuns: 40 },
  ));

it('needs a time in proportion to the bytes of quotes, backslashes and blanks', async () => {
  const parts = ['"\\', '" ', '{":-', '%2f%', '//;'];
  const lines = parts.flatMap((part) => [
    albLine({ agent: part.repeat(20_000) }),
    apiLine({ path: `/${part.repeat(20_000)}`, userAgent: part.repeat(20_000) }),
    part.repeat(40_000),
  ]);
  const { counts } = await readBytes(lines.join('\n').repeat(5), { format: 'alb' });
  const { counts: others } = await readBytes(lines.join('\n').repeat(5), { format: 'api-gateway' });
  expect(counts.formats[0]?.requests).toBeGreaterThan(0);
  expect(others.formats[0]?.requests).toBeGreaterThan(0);
});

it('does not keep long user agents', () => expect(agentKindOf(`Mozilla/5.0 ${'('.repeat(1_000_000)}`)).toBe('browser'));
