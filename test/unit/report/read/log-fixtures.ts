/** Lines of logs as their makers document them, and ways to read them from memory. */
import { Readable } from 'node:stream';
import type { ReadCounts } from '../../../../report/read/log-input.ts';
import type { FormatName } from '../../../../report/read/log-reader.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { type OpenOptions, openLogInput } from '../../../../report/read/open-log-input.ts';
import { documentReaders, logReaders } from '../../../../report/read/readers.ts';

export const readers = { logReaders, documentReaders };

/** Reads files and folders once. */
export async function readPaths(
  paths: readonly string[],
  options: OpenOptions = {},
): Promise<{ requests: LoggedRequest[]; counts: ReadCounts }> {
  const input = await openLogInput(paths, options, readers);
  try {
    const requests: LoggedRequest[] = [];
    const counts = await input.read((request) => requests.push(request));
    return { requests, counts };
  } finally {
    await input.close();
  }
}

/** Reads what comes on the standard input. */
export const readBytes = (bytes: Buffer | string, options: OpenOptions = {}) =>
  readPaths(['-'], { ...options, stdin: Readable.from([Buffer.from(bytes)]) });

export const requestsIn = ({ formats }: ReadCounts): Partial<Record<FormatName, number>> =>
  Object.fromEntries(formats.map(({ format, requests }) => [format, requests]));

interface AlbEntry {
  readonly type?: string;
  readonly time?: string;
  readonly client?: string;
  readonly target?: string;
  readonly times?: string;
  readonly status?: string;
  readonly request?: string;
  readonly agent?: string;
  readonly trace?: string;
  readonly domain?: string;
  readonly creation?: string;
  readonly actions?: string;
  readonly error?: string;
}

/** An entry of an Application Load Balancer with all fields of 2026. */
export const albLine = ({
  type = 'https',
  time = '2026-11-25T09:13:14.002113Z',
  client = '203.0.113.7:52113',
  target = '10.0.3.14:8080',
  times = '0.001 14.212 0.000',
  status = '201 201',
  request = 'POST https://shop.example.com:443/v1/reports HTTP/2.0',
  agent = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0',
  trace = 'Root=1-6925731a-36d228ad5d99923122bbe354',
  domain = 'shop.example.com',
  creation = '2026-11-25T09:12:59.788000Z',
  actions = 'forward',
  error = '-',
}: AlbEntry = {}) =>
  `${type} ${time} app/shop/50dc6c495c0c9188 ${client} ${target} ${times} ${status} 1422 498 "${request}" "${agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ` +
  `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop/73e2d6bc24d8a067 "${trace}" "${domain}" "session-reused" 10 ` +
  `${creation} "${actions}" "-" "${error}" "10.0.3.14:8080" "201" "-" "-" TID_1234abcd5678ef90 "-" "-" "-"`;

/** An entry of the access log of Delegation's own HTTP API. */
export const apiLine = (more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    requestId: 'JKJaXmPLvHcESHA=',
    time: '25/Nov/2026:09:12:44 +0000',
    method: 'POST',
    path: '/v1/jobs',
    status: '202',
    responseBytes: '41',
    latencyMs: '29',
    routeKey: 'POST /v1/jobs',
    integrationLatencyMs: '20',
    integrationRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    sourceIp: '203.0.113.7',
    caller: '-',
    subject: 'u-4711',
    error: '-',
    authorizerError: '-',
    ...more,
  });

export const reportLine = (more = '') =>
  `REPORT RequestId: c6af9ac6-7b61-11e6-9a41-93e8deadbeef\tDuration: 14211.86 ms\tBilled Duration: 14212 ms\tMemory Size: 512 MB\tMax Memory Used: 187 MB\tInit Duration: 402.11 ms\t${more}`;
