/** Many jobs, and large inputs, results and files: the page stays small. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'puppeteer-core';
import { skip, type TestedConsole } from './tested-console.ts';

const timeout = 900_000;
const batches = 15;
/** What the page uses without any of the large values is about 4 MB. */
const maxHeapBytes = 40_000_000;

export function checkLargeData(tested: TestedConsole): void {
  test('a long list is shown and read page by page', { skip, timeout }, async () => {
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const jobs = Array.from({ length: 100 }, (_, i) => ({
      type: 'import-orders',
      input: { shop: `shop ${i}` },
      startAt,
      tags: { of: 'the-long-list' },
    }));
    for (let i = 0; i < batches; i++) await tested.call('POST', '/v1/jobs/batch', { jobs });
    const { page, complaints } = await tested.open('/jobs?tag=of:the-long-list');
    await page.waitForSelector('tr.row');
    const seen = new Set<string>();
    for (let pageNumber = 0; pageNumber < 3; pageNumber++) {
      const ids = await page.$$eval('tr.row', (rows) => rows.map((row) => row.getAttribute('data-job') ?? ''));
      assert.equal(ids.length, 50);
      for (const id of ids) seen.add(id);
      await page.locator('::-p-text(Next page)').click();
      await page.waitForFunction(
        `document.querySelector('tr.row') !== null && document.querySelector('tr.row').dataset.job !== '${ids[0]}'`,
      );
    }
    assert.equal(seen.size, 150);
    await page.locator('::-p-text(Select all that match)').click();
    await page.locator('::-p-aria([name="Cancel…"])').click();
    await page.waitForFunction("document.querySelector('dialog[open]')?.textContent.includes('In local mode')", { timeout: 300_000 });
    assert.match((await page.$eval('dialog[open] h2', (title) => title.textContent)) ?? '', /^Cancel (at least )?1,\d{3} jobs\?$/);
    await page.locator('::-p-aria([name="Cancel all of them"][role="button"]), ::-p-text(Cancel 1,500 jobs)').click();
    await page.waitForFunction("document.querySelector('.notices')?.textContent.includes('A job does it')");
    assert.deepEqual(complaints.list, []);
  });

  test('a result in S3 and a file of 100 MB are offered and not loaded', { skip, timeout }, async () => {
    const input = { shop: 'large', outputMegabytes: 100, resultRows: 20_000 };
    const id = await finishedJob(tested, input);
    const { page, complaints } = await tested.open(`/jobs/${id}`);
    const loaded: string[] = [];
    page.on('response', (response) => loaded.push(`${response.status()} ${new URL(response.url()).pathname}`));
    await page.locator('::-p-text(Show it)').click();
    await page.waitForFunction("document.querySelector('main').textContent.includes('is kept in S3')");
    assert.deepEqual(
      loaded.filter((one) => !one.startsWith('30')),
      [],
    );
    assert.equal(await page.$$eval('a.download', (links) => links.length), 2);
    assert.ok((await heapBytes(page)) < maxHeapBytes);
    assert.deepEqual(complaints.list, []);
  });

  test('a file is linked from a result that is shown', { skip, timeout }, async () => {
    const id = await finishedJob(tested, { shop: 'small', outputMegabytes: 1 });
    const { page } = await tested.open(`/jobs/${id}`);
    const href = await page.$eval('.tree a.download', (link) => link.getAttribute('href') ?? '');
    const answer = await fetch(href);
    assert.equal((await answer.arrayBuffer()).byteLength, 1_000_000);
  });

  test('a large input is loaded on request and shown folded', { skip, timeout }, async () => {
    const columns = Array.from({ length: 30_000 }, (_, i) => `column ${i}`);
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await tested.call<{ id: string }>('POST', '/v1/jobs', {
      type: 'import-orders',
      input: { shop: 'wide', columns },
      startAt,
    });
    const { page, complaints } = await tested.open(`/jobs/${id}`);
    await page.locator('::-p-text(Show it)').click();
    await page.waitForFunction("document.querySelector('.tree')?.textContent.includes('30,000 items')");
    const nodes = (await page.evaluate("document.querySelectorAll('*').length")) as number;
    assert.ok(nodes < 2_000, `${nodes} elements`);
    assert.deepEqual(complaints.list, []);
  });
}

async function finishedJob(tested: TestedConsole, input: object): Promise<string> {
  const { id } = await tested.call<{ id: string }>('POST', '/v1/jobs', { type: 'import-orders', input });
  for (let i = 0; i < 300; i++) {
    const job = await tested.call<{ status: string }>('GET', `/v1/jobs/${id}`);
    if (job.status === 'succeeded') return id;
    if (job.status === 'failed' || i === 299) throw new Error(`${JSON.stringify(job)}\n${tested.local.output.slice(-2_000)}`);
    await setTimeout(200);
  }
  return id;
}

async function heapBytes(page: Page): Promise<number> {
  return (await page.metrics()).JSHeapUsedSize ?? Number.POSITIVE_INFINITY;
}
