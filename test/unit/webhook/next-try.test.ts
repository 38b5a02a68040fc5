import fc from 'fast-check';
import { maxWebhookTries, nextTryMs } from '../../../lambdas/webhook/next-try.ts';
import type { WebhookOutcome } from '../../../lambdas/webhook/post-webhook.ts';
import { maxRetryAfterMs, retryAfterMs } from '../../../lambdas/webhook/retry-after.ts';

const hourMs = 3_600_000;
const failed = (status: number, after?: number): WebhookOutcome => ({
  kind: 'failed',
  status,
  isGone: status === 410,
  retryAfterMs: after,
});
const wronglyResolved: WebhookOutcome = { kind: 'refused', code: 'resolved_not_public', message: '' };
const timedOut: WebhookOutcome = { kind: 'unreachable', code: 'timed_out', detail: undefined };
const tries = Array.from({ length: maxWebhookTries }, (_, index) => index + 1);

it.each([
  ['a server error', failed(500)],
  ['a redirect', failed(302)],
  ['no such page', failed(404)],
  ['a time-out', timedOut],
  ['an address that is not public, by DNS', wronglyResolved],
])('follows the schedule of the standard after %s', (_, outcome) => {
  const seconds = tries.map((count) => nextTryMs(count, outcome, 0)).map((wait) => wait && wait / 1_000);
  expect(seconds).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, undefined]);
});

it('makes ten tries in 75 hours, 35 minutes and 5 seconds', () =>
  expect(tries.reduce((sum, count) => sum + (nextTryMs(count, timedOut, 0) ?? 0), 0)).toBe((75 * 3_600 + 35 * 60 + 5) * 1_000));

it.each([
  ['delivered', { kind: 'delivered', status: 204 }],
  ['refused', { kind: 'refused', code: 'address_not_public', message: '' }],
  ['not allowed by the settings', { kind: 'refused', code: 'host_not_allowed', message: '' }],
  ['gone', failed(410)],
  ['gone, with a time to try again', failed(410, 1_000)],
] as const)('does not try again what is %s', (_, outcome) =>
  expect(tries.map((count) => nextTryMs(count, outcome, 0.5))).toEqual(tries.map(() => undefined)),
);

it.each([429, 502, 503, 504])('waits twice as long after %d, and not more than a day', (status) => {
  expect([1, 2, 9].map((count) => nextTryMs(count, failed(status), 0))).toEqual([10_000, 600_000, 24 * hourMs]);
});

it.each([
  ['later than the schedule', 503, 60_000, 60_000],
  ['sooner than the schedule', 503, 1_000, 10_000],
  ['with any other status', 404, 60_000, 60_000],
  ['with a redirect', 301, 60_000, 60_000],
])('obeys Retry-After %s', (_, status, after, waitMs) => expect(nextTryMs(1, failed(status, after), 0)).toBe(waitMs));

it('adds at most a fifth as jitter, and never comes before the schedule or Retry-After', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: maxWebhookTries - 1 }),
      fc.integer({ min: 100, max: 599 }),
      fc.integer({ min: 0, max: maxRetryAfterMs }),
      fc.double({ min: 0, max: 1 - Number.EPSILON, noNaN: true }),
      (count, status, after, random) => {
        const waitMs = nextTryMs(count, failed(status, after), random);
        const leastMs = nextTryMs(count, failed(status, after), 0);
        if (waitMs === undefined || leastMs === undefined) return expect(status).toBe(410);
        expect(leastMs).toBeGreaterThanOrEqual(Math.max(after, 5_000));
        expect([Number.isInteger(waitMs), waitMs >= leastMs, waitMs <= Math.round(leastMs * 1.2), waitMs <= 28.8 * hourMs]).toEqual([
          true,
          true,
          true,
          true,
        ]);
      },
    ),
  ));

describe('Retry-After', () => {
  const now = new Date('2026-11-26T10:00:00Z');

  it.each([
    ['120', 120_000],
    [' 120 ', 120_000],
    ['0', 0],
    ['86400', maxRetryAfterMs],
    ['86401', maxRetryAfterMs],
    ['99999999999999999999999999', maxRetryAfterMs],
    ['9'.repeat(400), maxRetryAfterMs],
    ['Thu, 26 Nov 2026 10:02:00 GMT', 120_000],
    ['Thu, 26 Nov 2026 09:00:00 GMT', 0],
    ['Fri, 31 Dec 1999 23:59:59 GMT', 0],
    ['Thu, 26 Nov 2099 10:02:00 GMT', maxRetryAfterMs],
    ['Thursday, 26-Nov-26 10:02:00 GMT', 120_000],
    ['Thu Nov 26 10:02:00 2026', 120_000],
    ['Sun Nov  6 08:49:37 1994', 0],
  ])('%s is understood', (header, waitMs) => expect(retryAfterMs(header, now)).toBe(waitMs));

  it.each([
    undefined,
    '',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    '١٢٠',
    '120, 60',
    '120s',
    'soon',
    'Infinity',
    'NaN',
    '2026-11-26T10:02:00Z',
    'Thu, 26 Nov 2026 10:02:00 +0100',
    'Thu, 99 Nov 2026 10:02:00 GMT',
    'Thu, 26 Foo 2026 10:02:00 GMT',
    'Thu, 26 Nov 2026 25:02:00 GMT',
    '26 Nov 2026',
  ])('%s is passed over', (header) => expect(retryAfterMs(header, now)).toBeUndefined());
});
