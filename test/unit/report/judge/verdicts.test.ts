import type { EndpointReport } from '../../../../report/delegation-report.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { reportOn } from '../../../report/judge-world.ts';

const firstMs = Date.UTC(2026, 10, 23);
const minute = 60_000;

/** Requests of thirty people over two days, each of which is followed by what they do next. */
function log(
  write: Partial<LoggedRequest>,
  next: readonly (Partial<LoggedRequest> & { readonly afterMs: number })[] = [],
  count = 300,
): LoggedRequest[] {
  return Array.from({ length: count }, (_, i) => {
    const startMs = firstMs + i * Math.floor((2 * 86_400_000 - 3_600_000) / count) + 137;
    const base: LoggedRequest = {
      startMs,
      waitMs: 12_000,
      heldMs: 12_000,
      method: 'POST',
      path: '/reports',
      route: '/reports',
      status: 201,
      outcome: 'ok',
      bytesOut: 61,
      caller: `person ${i % 30}`,
      callerKind: 'user',
      agentKind: 'browser',
    };
    const one = { ...base, ...write };
    const end = startMs + (one.waitMs ?? 0);
    const read = {
      ...base,
      method: 'GET',
      path: `/reports/${i}`,
      route: '/reports/{id}',
      status: 200,
      waitMs: 40,
      heldMs: 40,
      bytesOut: 900 + (i % 50),
    };
    return [
      one,
      ...next.filter((_step, n) => (i + n) % 5 !== 0).map(({ afterMs, ...more }) => ({ ...read, ...more, startMs: end + afterMs })),
    ];
  }).flat();
}

async function rowOf(requests: readonly LoggedRequest[], endpoint = 'POST /reports', options = {}): Promise<EndpointReport> {
  const row = (await reportOn(requests, options)).endpoints.find((one) => one.endpoint === endpoint);
  if (row === undefined) throw new Error(`no ${endpoint}`);
  return row;
}

const later = [{ afterMs: 7 * minute }];

it('delegates what takes long, answers nothing, and is read minutes later', async () => {
  const row = await rowOf(log({}, later));
  expect(row).toMatchObject({ verdict: 'delegate', gate: null, withheld: '', advice: ['job'] });
  expect(row.proposal).toMatchObject({ type: 'reports', typicalSeconds: 12, deadlineSeconds: expect.any(Number) });
  expect(row.question).toMatch(/^It takes 12 s\. .* who could not go on\?$/);
});

it('does not where the same callers read it at once, by a clock of milliseconds and by one of whole seconds', async () => {
  const atOnce = log({}, [{ afterMs: 60 }, { afterMs: 7 * minute }]);
  expect((await rowOf(atOnce)).verdict).not.toBe('delegate');
  // As a log that writes when requests ended, in whole seconds.
  const inSeconds = atOnce.map((request) => ({
    ...request,
    startMs: Math.floor((request.startMs + (request.waitMs ?? 0)) / 1_000) * 1_000 - (request.waitMs ?? 0),
  }));
  const row = await rowOf(inSeconds);
  expect(row.rules.find(({ id }) => id === 'K1')).toMatchObject({ fired: true, weight: 2 });
  expect(row.verdict).not.toBe('delegate');
});

it('does not where callers look at the same all day, whether they wrote or not', async () => {
  const status = { method: 'GET', route: '/reports/{id}', path: '/reports/1', status: 200, waitMs: 40, heldMs: 40 } as const;
  const looking = log({}).flatMap((request) => {
    const look = (minutes: number): LoggedRequest => ({ ...request, ...status, startMs: request.startMs + minutes * minute });
    return [look(-5), request, look(17)];
  });
  const row = await rowOf(looking);
  expect(row.rules.find(({ id }) => id === 'C2a')?.fired).toBe(false);
  expect(row.verdict).not.toBe('delegate');
});

it('takes an answer that is 202 for a word of the API itself, and leaves it alone where it is fast', async () => {
  expect(await rowOf(log({ status: 202 }, later))).toMatchObject({ verdict: 'delegate' });
  expect(await rowOf(log({ status: 202, waitMs: 300, heldMs: 290 }, later))).toMatchObject({
    verdict: 'keep',
    gate: { id: 'asynchronous' },
    advice: ['already delegated'],
  });
});

it.each([
  ['programs in runs', { agentKind: 'program' }],
  ['senders of webhooks', { agentKind: 'webhook' }],
] as const)('says probably at best for %s, who can need the answer', async (_who, more) => {
  const row = await rowOf(log(more));
  expect(row.verdict).toBe('probably');
  expect(row.withheld).toContain('nothing shows that callers do without the answer');
});

it.each([
  ['no durations', log({ waitMs: undefined, heldMs: undefined }), 'no timing', 'cannot tell'],
  ['a stream', log({ isStream: true }), 'stream', 'keep'],
  ['fast work', log({ waitMs: 90, heldMs: 80 }), 'nothing to free', 'keep'],
  ['a slow line', log({ waitMs: 20_000, heldMs: 80 }), 'nothing to free', 'keep'],
  ['few requests', log({}, [], 60), 'too little', 'cannot tell'],
  [
    'one hour',
    log({}).map((request) => ({ ...request, startMs: firstMs + (request.startMs - firstMs) / 48 })),
    'too little',
    'cannot tell',
  ],
  ['callers behind one address', log({ callerKind: 'address', caller: '203.0.113.7' }), 'too little', 'cannot tell'],
  ['few callers', log({}).map((request) => ({ ...request, caller: 'Ana' })), 'too little', 'cannot tell'],
] as const)('has a gate for %s', async (_what, requests, id, verdict) =>
  expect(await rowOf(requests)).toMatchObject({ verdict, gate: { id } }),
);

it('says that a slow line is not slow work', async () =>
  expect((await rowOf(log({ waitMs: 20_000, heldMs: 80 }))).gate?.text).toContain('slow networks'));

it('judges reads by whether each is another one', async () => {
  const read = { method: 'GET', bytesOut: 90_000 } as const;
  const unique = log(read).map((request, i) => ({ ...request, queryHash: i + 1 }));
  expect(await rowOf(log(read), 'GET /reports')).toMatchObject({ verdict: 'keep', advice: ['cache or precompute'] });
  expect(await rowOf(unique, 'GET /reports')).toMatchObject({ verdict: 'probably', advice: ['query job'] });
  expect(
    await rowOf(
      unique.map((request) => ({ ...request, heldMs: 400, waitMs: 12_000 })),
      'GET /reports',
    ),
  ).toMatchObject({ verdict: 'keep', advice: ['make faster'] });
});

it('trusts no share where requests were sampled', async () => {
  expect(await rowOf(log({}, later), 'POST /reports', { sampling: 'request' })).toMatchObject({
    verdict: 'cannot tell',
    gate: { id: 'too little' },
  });
  expect(await rowOf(log({}, later), 'POST /reports', { sampling: 'tail' })).toMatchObject({
    verdict: 'cannot tell',
    gate: { id: 'sampled' },
  });
});

it('says no better than probably where only waits are logged, which a large upload explains', async () => {
  const waits = log({ heldMs: undefined, bytesIn: 900_000 }, later).map((request) => ({ ...request, heldMs: undefined }));
  const row = await rowOf(waits);
  expect(row.verdict).toBe('probably');
  expect(row.but).toContain('log the time of the backend');
});

describe('a gateway that gave up, and its function', () => {
  const gateway = log({ waitMs: 29_000, heldMs: 29_000 }, later).map((request, i) =>
    request.method === 'POST' && i % 3 === 0
      ? { ...request, status: 504, outcome: 'timeout' as const, isAtLeast: true, ids: [`run ${i}`] }
      : { ...request, ids: [`run ${i}`] },
  );
  const runs = gateway.flatMap((request, i): LoggedRequest[] =>
    request.method === 'POST'
      ? [
          {
            startMs: request.startMs,
            heldMs: 38_000,
            method: 'INVOKE',
            path: 'reports',
            outcome: 'ok',
            callerKind: 'none',
            agentKind: 'unknown',
            ids: [`run ${i}`],
            isInvocation: true,
            memoryMb: 1_024,
          },
        ]
      : [],
  );

  it('says what became of the work that no caller waited for, and counts it once', async () => {
    const report = await reportOn([...runs, ...gateway]);
    const row = report.endpoints.find(({ endpoint }) => endpoint === 'POST /reports');
    const limited = gateway.filter(({ outcome }) => outcome === 'timeout').length;
    expect(row?.rules.find(({ id }) => id === 'T3')?.text).toContain(
      `${limited} of ${limited} that were given up went on and succeeded, after 38 s`,
    );
    expect(report.endpoints.some(({ templateFrom }) => templateFrom === 'function')).toBe(false);
    expect(report.warnings.map(({ code }) => code)).toEqual([]);
    // The function is of 1 GB: its time costs twice as much as by default.
    const usual = await rowOf(gateway);
    expect((row?.cost?.heldUsdMonth ?? 0) / (usual.cost?.heldUsdMonth ?? 1)).toBeCloseTo(2, 1);
  });

  it('cannot say who waits for a function alone', async () =>
    expect(await rowOf(runs, 'INVOKE reports')).toMatchObject({ verdict: 'cannot tell', gate: { id: 'function' } }));
});

it('computes costs that add up', async () => {
  const { cost, requestsPerDay } = await rowOf(log({}, later));
  // An HTTP API 1.00 and Lambda 0.20 a million, and 0.5 GB for 12 s at 13.3334 a million GB-seconds.
  const month = requestsPerDay * 30;
  expect(cost?.heldUsdMonth).toBeCloseTo(month * (1.2e-6 + 12 * 0.5 * 13.3334e-6), 2);
  expect((cost?.delegatedUsdMonth ?? 0) - (cost?.heldUsdMonth ?? 0)).toBeCloseTo(cost?.deltaUsdMonth ?? 0, 3);
  expect(cost?.deltaUsdMonth).toBeGreaterThan(0);
});

it('leaves out times that cannot be right, however far away they are', async () => {
  const odd = [{ startMs: 0 }, { startMs: 9e15 }, { startMs: firstMs - 900 * 86_400_000 }, { startMs: firstMs, waitMs: 1e18 }];
  const requests = log({}, later);
  const report = await reportOn([...requests, ...odd.map((more) => ({ ...(requests[0] as LoggedRequest), ...more }))]);
  expect(report.endpoints.find(({ endpoint }) => endpoint === 'POST /reports')?.requests).toBe(300);
  expect(report.input.observedSeconds).toBeLessThan(3 * 86_400);
});

it('takes routes for paths where the log names more than an API has', async () => {
  const requests = log({}, [], 1_200).map((request, i) => ({ ...request, path: `/reports/${1_000 + i}`, route: `/reports/${1_000 + i}` }));
  const { endpoints, input } = await reportOn(requests);
  expect(endpoints.map(({ endpoint }) => endpoint)).toEqual(['POST /reports/{id}']);
  expect(input.notes).toEqual([expect.stringContaining('more than 500 routes')]);
});
