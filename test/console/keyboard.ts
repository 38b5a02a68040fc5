/** What a person does without a mouse: every step is a key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'puppeteer-core';
import type { Seeded } from './seed-jobs.ts';
import { skip, type TestedConsole } from './tested-console.ts';

interface Job {
  readonly id: string;
  readonly status: string;
  readonly type: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly timeline: readonly { readonly event: string; readonly detail?: string }[];
}

const timeout = 900_000;

export function checkKeyboard(tested: TestedConsole, seeded: () => Seeded): void {
  test('a job is opened from the list and cancelled with a reason', { skip, timeout }, async () => {
    const { page, complaints } = await tested.open('/jobs?status=scheduled&tag=team:data');
    await page.waitForSelector('.row-link');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForFunction(`location.pathname.endsWith('${seeded().scheduled}') && document.querySelector('.why') !== null`);
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1', 'the title of the new screen has the focus');
    await tabTo(page, 'Cancel…');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await tabTo(page, 'Reason');
    await page.keyboard.type('No longer needed');
    await page.keyboard.press('Enter');
    await waitForText(page, '.why', 'It was cancelled by local');
    const job = await tested.call<Job>('GET', `/v1/jobs/${seeded().scheduled}`);
    assert.equal(job.status, 'cancelled');
    assert.equal(job.timeline.find(({ event }) => event === 'cancel_requested')?.detail, 'No longer needed');
    assert.deepEqual(complaints.list, []);
  });

  test('a job is submitted, and faults are shown at their fields before', { skip, timeout }, async () => {
    const { page, complaints } = await tested.open('/submit?type=import-orders');
    await tabTo(page, 'days');
    await page.keyboard.type('three');
    await waitForText(page, '.panel', 'expected number');
    for (let i = 0; i < 5; i++) await page.keyboard.press('Backspace');
    await page.keyboard.type('2');
    await tabTo(page, 'shop');
    await page.keyboard.type('Luzern');
    await tabTo(page, 'Tags');
    await page.keyboard.type('team=data note="a b"');
    await waitForText(page, '.submit', 'It would be accepted');
    await tabTo(page, 'Submit import-orders');
    await page.keyboard.press('Enter');
    await page.waitForFunction("location.pathname.startsWith('/console/jobs/job_')");
    const id = (await page.evaluate("location.pathname.split('/').at(-1)")) as string;
    const job = await tested.call<Job>('GET', `/v1/jobs/${id}`);
    assert.deepEqual([job.type, job.tags], ['import-orders', { team: 'data', note: 'a b' }]);
    assert.deepEqual(complaints.list, []);
  });

  test('a job type is paused, which needs a reason', { skip, timeout }, async () => {
    const { page, complaints } = await tested.open('/job-types/write-batch');
    await tabTo(page, 'Pause…');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await tabTo(page, 'Pause write-batch');
    await page.keyboard.press('Enter');
    assert.notEqual(await page.$('dialog[open]'), null, 'without a reason the dialog stays');
    await tabTo(page, 'Reason');
    await page.keyboard.type('The table is being moved');
    await page.keyboard.press('Enter');
    await waitForText(page, '.why', 'The table is being moved');
    const type = await tested.call<{ state: string }>('GET', '/v1/job-types/write-batch');
    assert.equal(type.state, 'paused');
    assert.deepEqual(complaints.list, []);
  });

  test('a signal is sent to a job that waits for it', { skip, timeout }, async () => {
    const { page, complaints } = await tested.open(`/jobs/${seeded().signalled}`);
    await tabTo(page, 'Send the signal…');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open] input');
    await tabTo(page, 'Send approve');
    await page.keyboard.press('Enter');
    await waitForText(page, 'dialog[open] [role=alert]', 'by');
    await tabTo(page, 'by');
    await page.keyboard.type('Ada');
    await page.keyboard.press('Enter');
    await waitForText(page, '.why', 'It succeeded');
    const { result } = await tested.call<{ result: object }>('GET', `/v1/jobs/${seeded().signalled}`);
    assert.deepEqual(result, { approvedBy: 'Ada' });
    assert.deepEqual(complaints.list, []);
  });

  test('keys move between rows, select them and show the help', { skip, timeout }, async () => {
    const { page } = await tested.open('/jobs');
    await page.waitForSelector('.row-link');
    for (const key of ['j', 'j', 'j', 'k', 'x'] as const) await page.keyboard.press(key);
    const rows = await page.$$eval('tr.row', (all) => all.map((row) => row.className.includes('is-selected')));
    assert.deepEqual(rows.slice(0, 3), [false, true, false]);
    await page.keyboard.press('?');
    await waitForText(page, 'dialog[open]', 'retry what is selected');
    await page.keyboard.press('Escape');
    await page.waitForFunction("document.querySelector('dialog[open]') === null");
    await page.keyboard.press('/');
    assert.equal(await page.evaluate('document.activeElement.id'), 'filter');
    await page.keyboard.type('colour:red');
    await page.keyboard.press('Enter');
    await waitForText(page, '.faults', '"colour:red" is not a filter');
  });

  test('a refused action says why, and the screen stays', { skip, timeout }, async () => {
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await tested.call<Job>('POST', '/v1/jobs', { type: 'import-orders', input: { shop: 'aarau' }, startAt });
    const { page } = await tested.open(`/jobs/${id}`);
    await tabTo(page, 'Cancel…');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await tested.call('POST', `/v1/jobs/${id}/cancel`);
    await tabTo(page, 'Cancel the job');
    await page.keyboard.press('Enter');
    await waitForText(page, 'dialog[open] [role=alert]', 'already');
    assert.notEqual(await page.$('.why'), null);
  });
}

/** Presses Tab until the control with this name or label has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const find = `(() => { const at = document.activeElement; const text = (at?.labels?.[0]?.innerText ?? at?.innerText ?? ''); return text.trim().split('\\n')[0].startsWith(${JSON.stringify(name)}); })()`;
  for (let i = 0; i < 80; i++) {
    if (await page.evaluate(find)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never reached "${name}".`);
}

async function waitForText(page: Page, selector: string, text: string): Promise<void> {
  await page.waitForFunction(
    `[...document.querySelectorAll(${JSON.stringify(selector)})].some((one) => one.textContent.includes(${JSON.stringify(text)}))`,
    {
      timeout: 300_000,
    },
  );
}
