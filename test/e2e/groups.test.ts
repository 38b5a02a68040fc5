/** Many jobs with one outcome, whose counts the clock and all functions that end jobs keep. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, JobAnswer } from '../support/http-client.ts';
import { fail, Rehearsal, rehearsalFolder, waitForGo } from '../support/rehearsal.ts';
import { useDeployment } from '../support/tested-deployment.ts';

interface Group {
  readonly id: string;
  readonly status: string;
  readonly counts: Readonly<Record<'total' | 'unfinished' | 'succeeded' | 'failed' | 'cancelled' | 'refused', number>>;
}
interface BatchAnswer {
  readonly group: string | null;
  readonly results: readonly { readonly status: number; readonly job: JobAnswer | null }[];
}

const { client } = useDeployment({ jobFolder: rehearsalFolder });
const rehearsal = new Rehearsal(client);
const member = (...acts: readonly object[]) => ({ type: 'rehearsal', input: { acts }, concurrencyKey: crypto.randomUUID() });

function batch(group: unknown, jobs: readonly object[]): Promise<Answer<BatchAnswer>> {
  return client.request<BatchAnswer>('POST', '/v1/jobs/batch', { body: { jobs, group } });
}

async function groupUntil(id: string, isThere: (group: Group) => boolean): Promise<Group> {
  for (;;) {
    const { body } = await client.get<Group>(`/v1/groups/${id}`);
    if (isThere(body)) return body;
    await sleep(200);
  }
}
const hasEnded = ({ status }: Group) => ['succeeded', 'failed', 'cancelled'].includes(status);

it.concurrent('ends with its last member, with the counts of all, and what starts after it starts then', async () => {
  const { status, body } = await batch(true, [member(), member(waitForGo), member()]);
  expect([status, body.results.map((one) => one.status)]).toEqual([200, [202, 202, 202]]);
  const id = String(body.group);
  const after = await rehearsal.start([], { after: [id] });
  const counts = { total: 3, unfinished: 1, succeeded: 2, failed: 0, cancelled: 0, refused: 0 };
  expect(await groupUntil(id, ({ counts: { unfinished } }) => unfinished === 1)).toMatchObject({ counts });
  expect(await rehearsal.waits(after, 'waiting_for_job')).toMatchObject({ status: 'waiting', startedAt: null });
  await rehearsal.signal(String(body.results[1]?.job?.id), 'go', { by: 'a test' });
  expect(await groupUntil(id, hasEnded)).toMatchObject({ status: 'succeeded', counts: { ...counts, unfinished: 0, succeeded: 3 } });
  expect((await client.ended(after.id)).status).toBe('succeeded');
  const { jobs } = (await client.get<{ readonly jobs: readonly JobAnswer[] }>(`/v1/groups/${id}/jobs`)).body;
  expect(jobs.map((job) => [job.id, job['group']])).toEqual(body.results.map(({ job }) => [job?.id, id]));
});

it.concurrent('takes several batches until it is sealed, and fails with the numbers of those that failed and were refused', async () => {
  const { status, body } = await client.request<Group>('POST', '/v1/groups', { body: { tags: { of: 'groups' } } });
  expect(status).toBe(202);
  const refused = { type: 'rehearsal', input: { acts: 7 } };
  for (const jobs of [
    [member(), member()],
    [member(fail), refused],
  ])
    expect((await batch(body.id, jobs)).status).toBe(200);
  const total = 4;
  expect(await groupUntil(body.id, ({ counts: { unfinished } }) => unfinished === 0)).toMatchObject({
    status: 'waiting',
    counts: { total },
  });
  expect((await client.request('POST', `/v1/groups/${body.id}/seal`)).status).toBeLessThan(300);
  const counts = { total, unfinished: 0, succeeded: 2, failed: 1, refused: 1 };
  expect(await groupUntil(body.id, hasEnded)).toMatchObject({ status: 'failed', error: { code: 'members_failed' }, counts });
  expect((await batch(body.id, [member()])).body.results?.[0]?.status).not.toBe(202);
});

it.concurrent('takes its members along when it is cancelled', async () => {
  const { body } = await batch(true, [member(waitForGo), member(waitForGo), member()]);
  const [first, second, third] = body.results.map(({ job }) => job as JobAnswer);
  await client.ended(String(third?.id));
  for (const job of [first, second]) await rehearsal.waits(job as JobAnswer, 'waiting_for_signal');
  const id = String(body.group);
  expect((await client.request('POST', `/v1/groups/${id}/cancel`, { body: { reason: 'enough' } })).status).toBe(202);
  for (const job of [first, second]) expect((await client.ended(String(job?.id))).status).toBe('cancelled');
  const counts = { total: 3, unfinished: 0, succeeded: 1, cancelled: 2 };
  expect(await groupUntil(id, (group) => hasEnded(group) && group.counts.unfinished === 0)).toMatchObject({ status: 'cancelled', counts });
});
