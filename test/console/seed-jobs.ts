/** Jobs of every status, a schedule and two groups in a local mode that runs the job types of this folder. */
import { setTimeout } from 'node:timers/promises';

export interface Seeded {
  readonly scheduled: string;
  readonly queued: string;
  readonly running: string;
  readonly backingOff: string;
  readonly sleeping: string;
  readonly signalled: string;
  readonly succeeded: string;
  readonly failed: string;
  readonly cancelled: string;
  readonly exact: string;
  readonly held: string;
  readonly group: string;
  readonly openGroup: string;
}

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly reason: { readonly code: string } | null;
}

/** The built-in types and those of this folder. */
const typeCount = 6;

/** A number that no double holds. */
export const exactNumber = '12345678901234567890.123456789';

/** @param url of the local mode */
export async function seedJobs(url: string): Promise<Seeded> {
  const call = async (method: string, path: string, body?: unknown): Promise<Shown> => {
    const text = typeof body === 'string' ? body : body === undefined ? null : JSON.stringify(body);
    const response = await fetch(url + path, { method, headers: { 'content-type': 'application/json' }, body: text });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? (undefined as unknown as Shown) : ((await response.json()) as Shown);
  };
  const submit = async (type: string, input: unknown, more: object = {}) => (await call('POST', '/v1/jobs', { type, input, ...more })).id;
  const until = async (id: string, holds: (job: Shown) => boolean) => {
    for (;;) {
      const job = await call('GET', `/v1/jobs/${id}`);
      if (holds(job)) return id;
      await setTimeout(100);
    }
  };
  // `delegation dev` listens before it has built all types.
  for (let names: readonly { readonly name: string }[] = []; names.length < typeCount; await setTimeout(100))
    names = ((await call('GET', '/v1/job-types')) as unknown as { jobTypes: typeof names }).jobTypes;

  const shop = (name: string, more: object = {}) =>
    submit('import-orders', { shop: name, ...more }, { tags: { team: 'data', env: 'prod' } });

  const failing = await Promise.all(['berlin', 'bern', 'basel'].map((name) => shop(name, { days: 2, failure: 'order_invalid' })));
  const succeeding = await Promise.all(['graz', 'linz', 'wien', 'ulm'].map((name, i) => shop(name, { days: i + 1, resultRows: 3 })));
  const exact = (
    await call(
      'POST',
      '/v1/jobs',
      `{"type":"write-batch","input":{"table":"scratch","operation":"put","rows":[{"id":"a","n":${exactNumber},"count":9007199254740993}]},"tags":{"team":"finance"}}`,
    )
  ).id;
  const query = await submit('run-query', { sql: "SELECT range AS n, 'row ' || range AS name FROM range(5)" }, { tags: { team: 'data' } });
  await Promise.all(
    [...failing, ...succeeding, exact, query].map((id) => until(id, ({ status }) => ['succeeded', 'failed'].includes(status))),
  );

  const running = await shop('zürich', { days: 3, busySeconds: 500 });
  const backingOff = await shop('genf', { failure: 'shop_unreachable' });
  const sleeping = await shop('lausanne', { days: 4, sleepSeconds: 3_600 });
  const signalled = await submit('approve-refund', { order: '2041', amount: 99.9, cardToken: 'tok_1' }, { tags: { team: 'finance' } });
  const scheduled = await submit(
    'import-orders',
    { shop: 'chur' },
    { startAt: new Date(Date.now() + 36e5 * 5).toISOString(), tags: { team: 'data' } },
  );
  const held = await submit('import-orders', { shop: 'thun' }, { after: [scheduled] });
  const doomed = await submit('import-orders', { shop: 'olten' }, { startAt: new Date(Date.now() + 36e5).toISOString() });
  await call('POST', `/v1/jobs/${doomed}/cancel`, { reason: 'The shop has closed.' });
  await call('PUT', '/v1/job-types/terminate-instances/state', { state: 'paused', reason: 'EC2 has trouble in this region.' });
  const queued = await submit('terminate-instances', { instanceIds: ['i-0a'], unknownIds: 'ignore' });
  const group = (await call('POST', '/v1/jobs/batch', {
    group: { tags: { night: 'monday' } },
    jobs: ['a', 'b', 'c', 'd'].map((name) => ({
      type: 'import-orders',
      input: { shop: name, failure: name === 'c' ? 'order_invalid' : 'none' },
    })),
  })) as unknown as {
    readonly group: string;
  };
  const openGroup = (await call('POST', '/v1/groups', { tags: { night: 'tuesday' } })).id;
  await call('PUT', '/v1/schedules/nightly-orders', {
    cron: '30 2 * * 1-5',
    timeZone: 'Europe/Berlin',
    job: { type: 'import-orders', input: { shop: 'berlin' }, tags: { team: 'data' } },
  });
  await call('PUT', '/v1/schedules/hourly-check', {
    every: { hours: 1 },
    paused: true,
    job: { type: 'run-query', input: { sql: 'SELECT 1' } },
  });
  await Promise.all([
    until(running, ({ status }) => status === 'running'),
    until(backingOff, ({ reason }) => reason?.code === 'backing_off'),
    until(sleeping, ({ reason }) => reason?.code === 'sleeping'),
    until(signalled, ({ reason }) => reason?.code === 'waiting_for_signal'),
    until(queued, ({ reason }) => reason?.code === 'paused'),
  ]);
  const [failed = '', succeeded = ''] = [failing[0], succeeding[3]];
  return {
    scheduled,
    queued,
    running,
    backingOff,
    sleeping,
    signalled,
    succeeded,
    failed,
    cancelled: doomed,
    exact,
    held,
    group: group.group,
    openGroup,
  };
}
