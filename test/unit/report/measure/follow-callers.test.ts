import { CallerRows } from '../../../../report/measure/caller-rows.ts';
import { followCallers } from '../../../../report/measure/follow-callers.ts';
import { relatedReads } from '../../../../report/measure/related-endpoints.ts';
import { bulkRequests, isTimer } from '../../../../report/measure/rhythm.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';

const endpoints = [
  { method: 'POST', template: '/orders' },
  { method: 'GET', template: '/orders' },
  { method: 'GET', template: '/orders/{id}' },
  { method: 'PUT', template: '/orders/{id}' },
  { method: 'POST', template: '/orders/{id}/pay' },
  { method: 'GET', template: '/news' },
];

type Step = readonly [atSeconds: number, endpoint: number, path: string, more?: Partial<LoggedRequest>];

/** What was seen of the first endpoint, when one caller did the steps, each of which takes a second. */
function follow(steps: readonly Step[], of = 0, caller = 'ana') {
  const rows = new CallerRows(steps.length, 7);
  for (const [at, endpoint, path, more] of steps)
    rows.add(
      {
        startMs: at * 1_000,
        waitMs: 1_000,
        method: endpoints[endpoint]?.method ?? '',
        path,
        outcome: 'ok',
        callerKind: 'user',
        agentKind: 'browser',
        caller,
        ...more,
      },
      endpoint,
    );
  const tally = followCallers(rows, endpoints, { firstMs: 0, lastMs: 86_400_000, resolutionMs: 1 })[of];
  if (tally === undefined) throw new Error('no such endpoint');
  const { used5, used60, later, fresh5, resumes, repeatedFailures } = tally.byCaller;
  return {
    used5: used5.estimate,
    used60: used60.estimate,
    later: later.estimate,
    fresh5: fresh5.estimate,
    resumes: resumes.estimate,
    repeated: repeatedFailures.estimate,
    hangUps: tally.hangUps,
    slack: tally.slack.quantile(0.5),
  };
}

it('knows which reads belong to a write', () => {
  const related = relatedReads(endpoints);
  const named = (i: number) => related[i]?.map(({ endpoint, match }) => `${endpoints[endpoint]?.template} ${match}`);
  expect(named(0)).toEqual(['/orders any', '/orders/{id} any']);
  expect(named(1)).toEqual([]);
  expect(named(3)).toEqual(['/orders parent of path', '/orders/{id} same path']);
  expect(named(4)).toEqual(['/orders/{id} parent of path']);
});

it('sees that an answer is used at once', () =>
  expect(
    follow([
      [0, 0, '/orders'],
      [2, 2, '/orders/7'],
    ]),
  ).toMatchObject({ used5: 1, used60: 1, fresh5: 1, later: 0, resumes: 1 }));

it('takes off what happened as often before the request', () =>
  expect(
    follow([
      [0, 1, '/orders'],
      [3, 0, '/orders'],
      [8, 1, '/orders'],
    ]),
  ).toMatchObject({ used5: 0, resumes: 0 }));

it('sees that a caller comes back later', () =>
  expect(
    follow([
      [0, 0, '/orders'],
      [400, 2, '/orders/7'],
    ]),
  ).toMatchObject({ used60: 0, later: 1, fresh5: 0, slack: expect.closeTo(399_000, -4) }));

it('sees no use in a read of another thing', () =>
  expect(
    follow(
      [
        [0, 3, '/orders/7'],
        [2, 2, '/orders/8'],
      ],
      3,
    ),
  ).toMatchObject({ used5: 0 }));

it('sees use in a read of the same thing', () =>
  expect(
    follow(
      [
        [0, 3, '/orders/7'],
        [2, 2, '/orders/7'],
      ],
      3,
    ),
  ).toMatchObject({ used5: 1 }));

it('sees use, and no return for a result, in a read of what an action belongs to', () =>
  expect(
    follow(
      [
        [0, 4, '/orders/7/pay'],
        [400, 2, '/orders/7'],
      ],
      4,
    ),
  ).toMatchObject({ used5: 0, later: 0 }));

it.each([
  [
    'repeated',
    [
      [0, 0, '/orders', { outcome: 'hangup' }],
      [5, 0, '/orders'],
    ],
    { repeated: 1, else: 0, nothing: 0 },
  ],
  [
    'left for something else',
    [
      [0, 0, '/orders', { outcome: 'hangup' }],
      [5, 5, '/news'],
    ],
    { repeated: 0, else: 1, nothing: 0 },
  ],
  ['left', [[0, 0, '/orders', { outcome: 'hangup' }]], { repeated: 0, else: 0, nothing: 1 }],
  [
    'not repeated with another size',
    [
      [0, 0, '/orders', { outcome: 'hangup', bytesIn: 10 }],
      [5, 0, '/orders', { bytesIn: 11 }],
    ],
    { repeated: 0, else: 0, nothing: 1 },
  ],
] as const)('knows what follows a hang-up: %s', (_name, steps, hangUps) => expect(follow(steps).hangUps).toEqual(hangUps));

it('counts repeats of failures', () =>
  expect(
    follow([
      [0, 0, '/orders', { outcome: 'timeout', status: 504 }],
      [3, 0, '/orders'],
    ]),
  ).toMatchObject({ repeated: 1 }));

describe('rhythms', () => {
  const day = 86_400_000;
  it.each([
    ['every hour, on the minute', Array.from({ length: 12 }, (_, i) => i * 3_600_000 + (i % 3) * 5_000), true],
    ['every night at two', Array.from({ length: 9 }, (_, i) => i * day + 7_200_000 + (i % 4) * 30_000), true],
    ['every five minutes', Array.from({ length: 20 }, (_, i) => i * 300_000), true],
    [
      'at work in the mornings',
      Array.from({ length: 30 }, (_, i) => Math.floor(i / 3) * day + 9 * 3_600_000 + ((i * 7_919) % 10_800) * 1_000),
      false,
    ],
    ['a burst', Array.from({ length: 20 }, (_, i) => i * 100), false],
    ['seldom', [0, 3_600_000, 7_200_000], false],
  ])('a timer or not: %s', (_name, starts, expected) => expect(isTimer(starts)).toBe(expected));

  it('finds runs of twenty, and none of nineteen', () => {
    const run = (count: number) => Array.from({ length: count }, (_, i) => i * 1_500);
    const ends = (starts: readonly number[]) => starts.map((start) => start + 1_000);
    expect(bulkRequests(run(19), ends(run(19)))).toEqual(new Uint8Array(19));
    expect(bulkRequests(run(20), ends(run(20)))).toEqual(new Uint8Array(20).fill(1));
  });
});
