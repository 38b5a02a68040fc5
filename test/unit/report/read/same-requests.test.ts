import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenOptions } from '../../../../report/read/open-log-input.ts';
import { albLine, readPaths, requestsIn } from './log-fixtures.ts';

const from = Date.parse('2026-11-25T09:00:00Z');
const isoMicro = (ms: number) => `${new Date(ms).toISOString().slice(0, -1)}000Z`;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const commonTime = (ms: number) => {
  const date = new Date(ms);
  const day = `${date.getUTCDate()}`.padStart(2, '0');
  return `${day}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
};

/** Requests at times without a rhythm, the same for a seed. */
function requestTimes(count: number, seed: number): readonly number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return from + (state % 3_600_000);
  }).sort((a, b) => a - b);
}

const pathOf = (ms: number) => `/orders/${ms % 40}`;
const trace = (i: number) => `1-6925731a-${String(i).padStart(24, '0')}`;
const alb = (times: readonly number[], path = pathOf) =>
  times.map((ms, i) =>
    albLine({
      time: isoMicro(ms + 20),
      creation: isoMicro(ms),
      times: '0.000 0.020 0.000',
      request: `GET https://shop.example.com:443${path(ms)} HTTP/1.1`,
      trace: `Root=${trace(i)}`,
    }),
  );
const nginx = (times: readonly number[], path = pathOf) =>
  times.map((ms) => `10.0.0.1 - - [${commonTime(ms + 20)}] "GET ${path(ms)} HTTP/1.1" 200 61 "-" "curl/8" rt=0.020 urt="0.019"`);
const api = (times: readonly number[], path = pathOf) =>
  times.map((ms, i) =>
    JSON.stringify({
      requestId: `r${ms}`,
      requestTime: commonTime(ms),
      httpMethod: 'GET',
      path: path(ms),
      status: '200',
      xrayTraceId: trace(i),
    }),
  );

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'same-requests-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const readTogether = (logs: readonly (readonly string[])[], options: OpenOptions = {}) => {
  for (const [i, lines] of logs.entries()) writeFileSync(join(folder, `${i}.log`), lines.join('\n'));
  return readPaths([folder], options);
};

const times = requestTimes(800, 1);
const others = requestTimes(800, 2);

it('refuses the same requests in two logs without common ids', async () => {
  await expect(readTogether([alb(times), nginx(times)])).rejects.toThrow('Choose whose requests count: --layer alb or --layer nginx.');
});

it('refuses the same requests in two logs with common ids', async () => {
  await expect(readTogether([alb(times), api(times, (ms) => `/prod${pathOf(ms)}`)])).rejects.toThrow('--layer alb or --layer api-gateway');
});

it('refuses a part that was logged twice', async () => {
  await expect(readTogether([alb(times), nginx(times.slice(300, 600))])).rejects.toThrow('--layer');
});

it('counts only the layer that is named', async () => {
  const { requests, counts } = await readTogether([alb(times), nginx(times)], { layer: 'alb' });
  expect(requests).toHaveLength(800);
  expect(requestsIn(counts)).toEqual({ alb: 800 });
  expect(counts.skipped).toMatchObject([{ reason: 'it holds the same requests as the log that --layer alb names' }]);
});

it.each([
  ['other paths at the same time', alb(times), nginx(times, (ms) => `/carts/${ms % 40}`)],
  ['the same paths at other times', alb(times), nginx(others)],
  ['the same paths on other days', alb(times), nginx(times.map((ms) => ms + 86_400_000))],
  ['a trace that passes two services', alb(times), api(times, (ms) => `/stock/${ms % 7}`)],
  ['one busy path', alb(times, () => '/'), nginx(others, () => '/')],
])('counts different services: %s', async (_, one, other) => {
  const { requests } = await readTogether([one, other]);
  expect(requests).toHaveLength(1_600);
});

it('refuses a layer that is not there', async () => {
  await expect(readTogether([alb(times)], { layer: 'nginx' })).rejects.toThrow(
    '--layer must name a format of these logs: alb (was nginx).',
  );
});
