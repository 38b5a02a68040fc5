/** Lists and jobs that change while somebody looks at them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'puppeteer-core';
import { exactNumber, type Seeded } from './seed-jobs.ts';
import { skip, type TestedConsole } from './tested-console.ts';

const timeout = 900_000;
/** Longer than the shortest pause between two polls. */
const someRoundsMs = 5_000;

export function checkLiveLists(tested: TestedConsole, seeded: () => Seeded): void {
  const submit = async (shop: string): Promise<string> => {
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    return (await tested.call<{ id: string }>('POST', '/v1/jobs', { type: 'import-orders', input: { shop }, startAt })).id;
  };

  test('numbers are shown with every digit', { skip, timeout }, async () => {
    const { page, complaints } = await tested.open(`/jobs/${seeded().exact}`);
    await page.waitForSelector('.tree');
    for (const folded of await page.$$('.tree details:not([open]) > summary')) await folded.click();
    await page.waitForFunction(`document.querySelector('main').textContent.includes('${exactNumber}')`, { timeout: 300_000 });
    assert.match((await page.evaluate("document.querySelector('main').textContent")) as string, /9007199254740993/);
    assert.deepEqual(complaints.list, []);
  });

  test('a text of a job is shown as it is, whether it looks like an address or like code', { skip, timeout }, async () => {
    for (const shop of ['/v1/jobs/job_1/files/%zz', '<img src=x onerror=alert(1)>', 'job_1']) {
      const { page, complaints } = await tested.open(`/jobs/${await submit(shop)}`);
      await page.waitForFunction(
        `document.querySelector('.tree').textContent.includes(${JSON.stringify(shop.replace(/^.*\/files\//, ''))})`,
      );
      assert.deepEqual(complaints.list, []);
      await page.close();
    }
  });

  test('an answer that the console cannot show leaves the rest of the page', { skip, timeout }, async () => {
    const { page } = await tested.open('/');
    await page.setRequestInterception(true);
    const strange = { status: 200, contentType: 'application/json', body: '{"id":"job_1","type":"x"}' };
    page.on('request', (request) => {
      const answered = request.url().includes('/v1/jobs/') ? request.respond(strange) : request.continue();
      // The browser may end before it.
      answered.catch(() => undefined);
    });
    await page.goto(`${tested.url}/console/jobs/job_1`);
    await page.waitForFunction("document.querySelector('main [role=alert]')?.textContent.includes('The console failed')");
    await page.locator('nav ::-p-text(Job types)').click();
    await page.waitForSelector('.card');
  });

  test('new jobs are counted and move no row until somebody asks for them', { skip, timeout }, async () => {
    const first = await submit('first');
    const { page, complaints } = await tested.open('/jobs');
    await page.waitForSelector(`[data-job="${first}"]`);
    const before = await idsOf(page);
    const second = await submit('second');
    await tested.call('POST', `/v1/jobs/${first}/cancel`);
    await page.waitForFunction(`document.querySelector('.news')?.textContent === '1 new'`);
    await page.waitForFunction(`document.querySelector('[data-job="${first}"] .status').textContent === 'cancelled'`);
    assert.deepEqual(await idsOf(page), before);
    await page.click('.news button');
    await page.waitForSelector(`[data-job="${second}"]`);
    assert.deepEqual(await idsOf(page), [second, ...before]);
    assert.deepEqual(complaints.list, []);
  });

  test('a job that no longer matches stays where it is, and says so', { skip, timeout }, async () => {
    const id = await submit('leaving');
    const { page } = await tested.open('/jobs?status=scheduled');
    await page.waitForSelector(`[data-job="${id}"]`);
    await tested.call('POST', `/v1/jobs/${id}/cancel`);
    await page.waitForFunction(`document.querySelector('[data-job="${id}"]').textContent.includes('no longer in this view')`);
  });

  test('a job that has ended is not asked for again, also when the page is seen again', { skip, timeout }, async () => {
    const id = await submit('over');
    await tested.call('POST', `/v1/jobs/${id}/cancel`);
    const { page } = await tested.open(`/jobs/${id}`);
    await page.waitForFunction(`document.querySelector('.status')?.textContent === 'cancelled'`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await hide(page, true);
    await hide(page, false);
    await setTimeout(someRoundsMs);
    assert.deepEqual(asked, []);
  });

  test('nothing is asked while the page is hidden or paused, and at once when it is seen again', { skip, timeout }, async () => {
    const { page } = await tested.open('/jobs');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await hide(page, true);
    asked.length = 0;
    await setTimeout(someRoundsMs);
    assert.deepEqual(asked, []);
    const seen = page.waitForRequest((request) => request.url().includes('/v1/jobs?'), { timeout: 300_000 });
    await hide(page, false);
    await seen;
    await page.locator('::-p-text(Pause updates)').click();
    asked.length = 0;
    await setTimeout(someRoundsMs);
    assert.deepEqual(asked, []);
    await page.locator('::-p-text(Resume updates)').click();
  });

  test('what has not changed is answered without a body', { skip, timeout }, async () => {
    const { page } = await tested.open(`/jobs/${seeded().sleeping}`);
    const answer = await page.waitForResponse((response) => response.url().includes('/v1/jobs/'), { timeout: 300_000 });
    assert.equal(answer.status(), 304);
  });
}

function idsOf(page: Page): Promise<readonly (string | null)[]> {
  return page.$$eval('tr.row', (rows) => rows.map((row) => row.getAttribute('data-job')));
}

/** Headless Chromium shows every tab, so the page is made to believe that it is hidden. */
async function hide(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} }); document.dispatchEvent(new Event('visibilitychange'))`,
  );
}
