/** The report on delegated jobs in a browser: over real jobs, in every look, by keyboard, and page by page. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'puppeteer-core';
import { skip, useConsole } from './tested-console.ts';

const timeout = 900_000;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const everything: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};
const looks = {
  light: {},
  dark: { feature: ['prefers-color-scheme', 'dark'] },
  'forced colours': { feature: ['forced-colors', 'active'] },
  'more contrast': { feature: ['prefers-contrast', 'more'] },
  '320 px': { width: 320 },
  '200 % zoom': { width: 640, scale: 2 },
} as const satisfies Readonly<Record<string, { width?: number; scale?: number; feature?: readonly [string, string] }>>;

/** More than the first reading shows, so that there is more to read. */
const jobCount = 260;

const tested = useConsole(async (console) => {
  for (let types = 0; types < 6; await setTimeout(200))
    types = (await console.call<{ jobTypes: readonly unknown[] }>('GET', '/v1/job-types')).jobTypes.length;
  // Cancelled before they start, so that a small machine has the end of all of them soon.
  const startAt = new Date(Date.now() + 3_600_000).toISOString();
  for (let done = 0; done < jobCount; done += 65) {
    const jobs = Array.from({ length: 65 }, () => ({ type: 'import-orders', input: { shop: 'berlin' }, startAt }));
    const { results } = await console.call<{ results: readonly { job: { id: string } }[] }>('POST', '/v1/jobs/batch', { jobs });
    await Promise.all(results.map(({ job }) => console.call('POST', `/v1/jobs/${job.id}/cancel`, {})));
  }
  const query = await console.call<{ id: string }>('POST', '/v1/jobs', { type: 'run-query', input: { sql: 'SELECT 1 AS n' } });
  for (let status = ''; status !== 'succeeded'; await setTimeout(200))
    status = (await console.call<{ status: string }>('GET', `/v1/jobs/${query.id}`)).status;
});

test('the report is in the navigation, and says what the records say', { skip, timeout }, async () => {
  const { page, complaints } = await tested.open('/');
  await page.locator('nav a[href="/console/report"]').click();
  await page.waitForFunction("document.querySelector('h1')?.textContent === 'Report' && document.querySelector('tbody tr') !== null");
  assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1', 'the title of the new screen has the focus');
  const text = (await page.$eval('main', (main) => main.textContent)) ?? '';
  assert.match(text, /too few of each type to say anything/);
  assert.match(text, /needs the access log/);
  assert.match(text, /aws logs filter-log-events --log-group-name \/aws\/vendedlogs\/delegation\//);
  assert.match(text, /From 200 jobs that ended/);
  assert.doesNotMatch(text, /NaN|undefined|null|job_/);
  assert.deepEqual(complaints.list, []);
});

test('more jobs are read by key, until there are no more', { skip, timeout }, async () => {
  const { page, complaints } = await tested.open('/report');
  await page.waitForFunction("document.querySelector('tbody tr') !== null");
  await tabTo(page, 'Read 200 more');
  await page.keyboard.press('Enter');
  await page.waitForFunction(`document.querySelector('main').textContent.includes('From ${jobCount + 1} jobs')`);
  assert.equal(await page.evaluate("[...document.querySelectorAll('button')].some((one) => one.textContent.startsWith('Read '))"), false);
  await tabTo(page, 'All rules for run-query');
  await page.keyboard.press('Enter');
  await page.waitForFunction("document.querySelector('details[open] li')?.textContent.includes('needs to be faster')");
  assert.deepEqual(complaints.list, []);
});

test('a failure of the API is shown, and can be tried again', { skip, timeout }, async () => {
  const { page } = await tested.open('/');
  let isBroken = true;
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const isList = request.url().includes('/v1/jobs?status=succeeded');
    void (isBroken && isList
      ? request.respond({ status: 503, contentType: 'application/json', body: '{"message":"Service Unavailable"}' })
      : request.continue());
  });
  await page.goto(`${tested.url}/console/report`);
  await page.waitForFunction("document.querySelector('[role=alert]')?.textContent.includes('Service Unavailable')");
  isBroken = false;
  await page.locator('::-p-text(Try again)').click();
  await page.waitForFunction("document.querySelector('tbody tr') !== null && document.querySelector('[role=alert]') === null");
});

test('the screen has no violation in any look', { skip, timeout }, async (t) => {
  const { page, complaints } = await tested.open('/report');
  await page.waitForFunction("document.querySelector('tbody tr') !== null");
  await page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true");
  await page.evaluate(axe);
  for (const [name, look] of Object.entries<{ width?: number; scale?: number; feature?: readonly [string, string] }>(looks))
    await t.test(name, async () => {
      await page.setViewport({ width: look.width ?? 1280, height: 900, deviceScaleFactor: look.scale ?? 1 });
      const [feature, value] = look.feature ?? ['prefers-contrast', 'no-preference'];
      await page.emulateMediaFeatures([
        { name: 'prefers-reduced-motion', value: 'reduce' },
        { name: feature, value },
      ]);
      const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(everything)})`)) as AxeResults;
      assert.deepEqual(
        violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`)),
        [],
      );
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'The page scrolls sideways.');
      const folder = process.env['REPORT_SCREENSHOTS'];
      if (folder !== undefined) await page.screenshot({ path: `${folder}/report-${name.replaceAll(' ', '-')}.png`, fullPage: true });
    });
  assert.deepEqual(complaints.list, []);
});

/** Goes through the page by the tab key alone. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(`document.activeElement.textContent.trim().startsWith(${JSON.stringify(name)})`)) return;
  }
  assert.fail(`The tab key does not reach ${name}.`);
}
