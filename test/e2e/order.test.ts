/** What decides when a job starts besides its time: other jobs, unique keys, concurrency keys and priorities. */
import type { JobAnswer } from '../support/http-client.ts';
import { fail, Rehearsal, rehearsalFolder, waitForGo, work } from '../support/rehearsal.ts';
import { useDeployment } from '../support/tested-deployment.ts';

const { client } = useDeployment({ jobFolder: rehearsalFolder });
const rehearsal = new Rehearsal(client);
const go = ({ id }: JobAnswer) => rehearsal.signal(id, 'go', { by: 'a test' });
const at = (job: JobAnswer, member: 'startedAt' | 'finishedAt') => Date.parse(String(job[member]));

describe('a job after others', () => {
  it('waits with the reason, and starts once they have ended', async () => {
    const first = await rehearsal.start([waitForGo]);
    const second = await rehearsal.start([work(0.5)]);
    const after = await rehearsal.start([], { after: [first.id, second.id] });
    expect(after).toMatchObject({ after: [first.id, second.id], afterFailure: 'fail' });
    await client.ended(second.id);
    expect(await rehearsal.waits(after, 'waiting_for_job')).toMatchObject({ status: 'waiting', attempt: 0, startedAt: null });
    await go(first);
    const [ended, before] = [await client.ended(after.id), await client.ended(first.id)];
    expect(ended.status).toBe('succeeded');
    expect(at(ended, 'startedAt')).toBeGreaterThanOrEqual(at(before, 'finishedAt'));
  });

  it('fails where one failed, and those after it fail with the same cause, without a start', async () => {
    const first = await rehearsal.start([waitForGo, fail]);
    const second = await rehearsal.start([], { after: [first.id] });
    const third = await rehearsal.start([], { after: [second.id] });
    await go(first);
    const ended = await client.ended(third.id);
    const cause = { job: first.id, status: 'failed', code: 'planned' };
    expect((await client.ended(second.id)).error).toMatchObject({ code: 'predecessor_failed', details: cause });
    expect(ended).toMatchObject({ startedAt: null, error: { code: 'predecessor_failed', details: { job: second.id, cause: first.id } } });
  });

  it('runs after a failure and a cancel where it says so', async () => {
    const [failed, cancelled] = [await rehearsal.start([fail]), await rehearsal.start([], { delaySeconds: 3_600 })];
    const after = await rehearsal.start([], { after: [failed.id, cancelled.id], afterFailure: 'run' });
    await rehearsal.waits(after, 'waiting_for_job');
    await client.request('POST', `/v1/jobs/${cancelled.id}/cancel`);
    expect((await client.ended(after.id)).status).toBe('succeeded');
  });

  it('is refused where the other one is not there', async () => {
    const { status, body } = await rehearsal.submit([], { after: [`job_${'0'.repeat(26)}`] });
    expect([status, (body as unknown as { code: string }).code]).toEqual([422, 'invalid-predecessor']);
  });
});

describe('a unique key', () => {
  const newKey = () => ({ uniqueKey: crypto.randomUUID(), concurrencyKey: crypto.randomUUID() });

  it('makes one job of twenty submissions at one moment, and is free after its end', async () => {
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 20 }, () => rehearsal.submit([waitForGo], key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const [job, ...others] = [...new Map(answers.map(({ body }) => [body.id, body])).values()];
    expect(others).toEqual([]);
    expect(answers.filter(({ headers }) => headers.get('unique-joined') === 'true')).toHaveLength(19);
    await go(job as JobAnswer);
    await client.ended((job as JobAnswer).id);
    expect((await rehearsal.start([], key)).id).not.toBe((job as JobAnswer).id);
  });

  it('is replaced: what has not started is cancelled, and the last one starts after the end of what has', async () => {
    const key = { uniqueKey: crypto.randomUUID(), onDuplicate: 'replace' };
    const running = await rehearsal.start([waitForGo], key);
    await rehearsal.waits(running, 'waiting_for_signal');
    const second = await rehearsal.start([], key);
    await rehearsal.waits(second, 'waiting_for_job');
    const third = await rehearsal.start([], key);
    expect((await client.ended(second.id)).status).toBe('cancelled');
    await go(running);
    const [last, before] = [await client.ended(third.id), await client.ended(running.id)];
    expect([last.status, before.status]).toEqual(['succeeded', 'succeeded']);
    expect(at(last, 'startedAt')).toBeGreaterThanOrEqual(at(before, 'finishedAt'));
  });
});

describe('a concurrency key', () => {
  it('lets one job run at a time, and none of another key waits', async () => {
    const concurrencyKey = crypto.randomUUID();
    const jobs = await Promise.all(Array.from({ length: 4 }, () => rehearsal.start([work(0.3)], { concurrencyKey })));
    const ended = await Promise.all(jobs.map(({ id }) => client.ended(id)));
    expect(ended.map(({ status }) => status)).toEqual(jobs.map(() => 'succeeded'));
    const runs = ended.toSorted((a, b) => at(a, 'startedAt') - at(b, 'startedAt'));
    for (const [i, run] of runs.slice(1).entries())
      expect(at(run, 'startedAt')).toBeGreaterThanOrEqual(at(runs[i] as JobAnswer, 'finishedAt'));

    const holder = await rehearsal.start([waitForGo], { concurrencyKey });
    await rehearsal.waits(holder, 'waiting_for_signal');
    const held = await rehearsal.start([], { concurrencyKey });
    await rehearsal.waits(held, 'waiting_for_key');
    const other = await rehearsal.start([]);
    expect((await client.ended(other.id)).status).toBe('succeeded');
    expect((await client.get(`/v1/jobs/${held.id}`)).body).toMatchObject({ status: 'waiting', attempt: 0, startedAt: null });
    await client.request('POST', `/v1/jobs/${holder.id}/cancel`);
    expect((await client.ended(held.id)).status).toBe('succeeded');
  });

  it('lets those of a higher priority go first', async () => {
    const concurrencyKey = crypto.randomUUID();
    const holder = await rehearsal.start([waitForGo], { concurrencyKey });
    await rehearsal.waits(holder, 'waiting_for_signal');
    const inLine: JobAnswer[] = [];
    for (const priority of ['low', 'normal', 'high']) inLine.push(await rehearsal.start([], { concurrencyKey, priority }));
    for (const job of inLine) await rehearsal.waits(job, 'waiting_for_key');
    await go(holder);
    const ended = await Promise.all(inLine.map(({ id }) => client.ended(id)));
    const order = ended.toSorted((a, b) => at(a, 'startedAt') - at(b, 'startedAt')).map(({ priority }) => priority);
    expect(order).toEqual(['high', 'normal', 'low']);
  });
});
