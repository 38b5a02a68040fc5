/** What a job receives while it waits: signals, those of links for people without credentials, and the results of jobs that it runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobAnswer } from '../support/http-client.ts';
import { fail, Rehearsal, rehearsalFolder, run, waitForGo, work } from '../support/rehearsal.ts';
import { useDeployment } from '../support/tested-deployment.ts';

const deployment = useDeployment({ jobFolder: rehearsalFolder });
const { client } = deployment;
const rehearsal = new Rehearsal(client);

describe('a signal', () => {
  it('is kept before the wait, and wakes the job during it', async () => {
    const { id } = await rehearsal.start([work(1), waitForGo, waitForGo]);
    expect((await rehearsal.signal(id, 'go', { by: 'early' })).status).toBe(202);
    const waiting = await rehearsal.waits({ id }, 'waiting_for_signal');
    expect(waiting.status).toBe('waiting');
    expect((await rehearsal.signal(id, 'go', { by: 'late' })).status).toBe(202);
    expect(await client.ended(id)).toMatchObject({ status: 'succeeded', result: { heard: [{ by: 'early' }, { by: 'late' }] } });
  });

  it('is one for one key, also after the end, and is refused then without it', async () => {
    const { id } = await rehearsal.start([waitForGo, work(1), { ...waitForGo, seconds: 1 }]);
    const key = { 'idempotency-key': '"once"' };
    const [first, again] = [await rehearsal.signal(id, 'go', { by: 'ann' }, key), await rehearsal.signal(id, 'go', { by: 'ann' }, key)];
    expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([202, null]);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect((await rehearsal.signal(id, 'go', { by: 'bob' }, key)).status).toBe(422);
    // The second wait gets nothing of the repetition.
    expect(await client.ended(id)).toMatchObject({ status: 'failed', error: { code: 'wait_timed_out' } });
    expect((await rehearsal.signal(id, 'go', { by: 'ann' }, key)).status).toBe(202);
    expect((await rehearsal.signal(id, 'go', { by: 'ann' })).status).toBe(409);
  });

  it('is refused with a payload that its schema does not take, an unknown name, and by another owner', async () => {
    const { id } = await rehearsal.start([waitForGo]);
    expect((await rehearsal.signal(id, 'go', { by: 7 })).status).toBe(422);
    expect((await rehearsal.signal(id, 'stop', { by: 'ann' })).status).toBe(404);
    expect((await new Rehearsal(client.as('eve')).signal(id, 'go', { by: 'eve' })).status).toBe(404);
    await client.request('POST', `/v1/jobs/${id}/cancel`);
  });
});

interface Links {
  readonly approve: string;
  readonly reject: string;
}

/** @returns a job that waits for an approval, and the links that it has made for it */
async function awaitApproval(): Promise<{ readonly id: string; readonly links: Links }> {
  const { id } = await rehearsal.start([{ act: 'link' }, { act: 'wait', signal: 'approval' }]);
  await rehearsal.waits({ id }, 'waiting_for_signal');
  const { body } = await client.get<{ readonly location: string }>(`/v1/jobs/${id}/files/links.json`);
  return { id, links: (await (await fetch(body.location)).json()) as Links };
}

/** A request without credentials, as a browser or a mail scanner makes it. */
function visit(link: string, init: RequestInit = {}): Promise<Response> {
  expect(new URL(link).origin).toBe(new URL(deployment.url).origin);
  return fetch(link, init);
}

describe('a link for a signal', () => {
  it('shows what it would send, to people and programs, and sends nothing', async () => {
    const { id, links } = await awaitApproval();
    const page = await visit(links.approve, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')?.toLowerCase()]).toEqual([200, 'text/html; charset=utf-8']);
    for (const [name, value] of Object.entries({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    }))
      expect([name, page.headers.get(name)]).toEqual([name, value]);
    expect(await page.text()).toMatch(/<form method="post".*Approve/s);
    expect(await (await visit(links.approve)).json()).toMatchObject({
      signal: 'approval',
      label: 'Approve',
      jobType: 'rehearsal',
      payload: { isApproved: true },
      needsPayload: false,
      usedAt: null,
    });
    expect((await visit(links.reject, { method: 'HEAD' })).status).toBe(200);
    await sleep(1_000);
    expect((await client.get(`/v1/jobs/${id}`)).body.status).toBe('waiting');
    await client.request('POST', `/v1/jobs/${id}/cancel`);
    expect((await visit(links.approve, { method: 'POST' })).status).toBe(409);
  });

  it('sends the signal once by its button, and closes the other one', async () => {
    const { id, links } = await awaitApproval();
    const press = (link: string) =>
      visit(link, { method: 'POST', body: '', headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' } });
    const pressed = await press(links.approve);
    expect([pressed.status, pressed.headers.get('idempotent-replayed')]).toEqual([202, null]);
    const again = await press(links.approve);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect([(await press(links.reject)).status, (await visit(links.approve)).status]).toEqual([410, 410]);
    const job = await client.ended(id);
    expect(job).toMatchObject({ status: 'succeeded', result: { heard: [{ isApproved: true }] } });
    expect(job.timeline).toContainEqual(expect.objectContaining({ event: 'signalled', detail: 'approval', by: 'link' }));
    const token = new URL(links.approve).searchParams.get('token') ?? '';
    expect(token).toMatch(/^.{20,}$/);
    expect(JSON.stringify(job)).not.toContain(token);
  });

  it('is not found with another token, or for another job', async () => {
    const { id, links } = await awaitApproval();
    const wrong = new URL(links.approve);
    wrong.searchParams.set('token', `${wrong.searchParams.get('token')?.slice(0, -4)}aaaa`);
    const elsewhere = links.approve.replace(id, `job_${'0'.repeat(26)}`);
    for (const link of [wrong.href, elsewhere]) expect((await visit(link, { method: 'POST' })).status).toBe(404);
    await client.request('POST', `/v1/jobs/${id}/cancel`);
  });
});

/** @returns the jobs that another one runs, as the API lists them */
async function childrenOf({ id }: { readonly id: string }): Promise<readonly JobAnswer[]> {
  return (await client.get<{ readonly jobs: readonly JobAnswer[] }>(`/v1/jobs/${id}/children`)).body.jobs;
}

describe('a job that runs others', () => {
  it('gets their results in its order, once all have ended', async () => {
    const parent = await rehearsal.start([run([waitForGo], [], [run([])])]);
    await rehearsal.waits(parent, 'waiting_for_child');
    const [first] = await childrenOf(parent);
    await rehearsal.signal(String(first?.id), 'go', { by: 'the first' });
    const ended = await client.ended(parent.id);
    expect(ended).toMatchObject({
      status: 'succeeded',
      result: { heard: [{ heard: [{ by: 'the first' }] }, { heard: [] }, { heard: [{ heard: [] }] }] },
    });
    const children = await childrenOf(parent);
    expect(children.map(({ parent: of, status }) => [of, status])).toEqual(children.map(() => [parent.id, 'succeeded']));
    expect(ended['children']).toEqual(children.map(({ id }) => id));
  });

  it('fails with the error of one, and says which', async () => {
    const parent = await rehearsal.start([run([fail])]);
    const ended = await client.ended(parent.id);
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'planned', details: { job: (await childrenOf(parent))[0]?.id } } });
  });

  it('takes its children, and theirs, along when it is cancelled', async () => {
    const parent = await rehearsal.start([run([run([waitForGo])], [waitForGo])]);
    await rehearsal.waits(parent, 'waiting_for_child');
    const children = await childrenOf(parent);
    await rehearsal.waits(children[0] as JobAnswer, 'waiting_for_child');
    const [grandchild] = await childrenOf(children[0] as JobAnswer);
    await rehearsal.waits(grandchild as JobAnswer, 'waiting_for_signal');
    await client.request('POST', `/v1/jobs/${parent.id}/cancel`);
    for (const { id } of [parent, ...children, grandchild as JobAnswer]) expect((await client.ended(id)).status).toBe('cancelled');
  });
});
