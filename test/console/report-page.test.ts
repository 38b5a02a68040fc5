/** The page of `delegation report` in a browser: readable in every look, printable, and without a request to anywhere. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, Page } from 'puppeteer-core';
import { htmlReport } from '../../report/show/html-report.ts';
import { emptyReport, sampleReport } from '../report/sample-report.ts';
import { type Complaints, findChromium, openBrowser, openPage } from './browser.ts';

const chromium = findChromium();
const skip = chromium === undefined ? 'There is no Chromium here (apt-get install chromium).' : false;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const everything: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};

const folder = mkdtempSync(join(tmpdir(), 'report-page-'));
const pages = { sample: sampleReport, empty: emptyReport };
let browser: Browser | undefined;

before(async () => {
  for (const [name, report] of Object.entries(pages)) writeFileSync(join(folder, `${name}.html`), htmlReport(report));
  if (chromium !== undefined) browser = await openBrowser(chromium);
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

const looks: Readonly<Record<string, { readonly width?: number; readonly features?: readonly { name: string; value: string }[] }>> = {
  light: {},
  dark: { features: [{ name: 'prefers-color-scheme', value: 'dark' }] },
  'forced colours': { features: [{ name: 'forced-colors', value: 'active' }] },
  'more contrast': { features: [{ name: 'prefers-contrast', value: 'more' }] },
  '320 px': { width: 320 },
};

for (const name of Object.keys(pages) as (keyof typeof pages)[])
  test(`the ${name} page has no violation in any look, asks for nothing and complains of nothing`, {
    skip,
    timeout: 300_000,
  }, async (t) => {
    const { page, complaints, requests } = await open(name);
    // Everything is open, so that axe also looks at the tables of numbers.
    await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
    await page.evaluate(axe);
    for (const [look, { width = 1280, features = [] }] of Object.entries(looks))
      await t.test(look, async () => {
        await page.setViewport({ width, height: 900 });
        await page.emulateMediaFeatures([...features]);
        assert.deepEqual(await violationsOf(page), []);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'The page scrolls sideways.');
      });
    assert.deepEqual(requests, []);
    assert.deepEqual(complaints.list, []);
    await page.close();
  });

test('the page is XML that a browser accepts, too', { skip, timeout: 900_000 }, async () => {
  const { page } = await open('empty');
  for (const report of Object.values(pages)) {
    const text = htmlReport(report);
    const read = `new DOMParser().parseFromString(${JSON.stringify(text)}, 'application/xhtml+xml').querySelector('parsererror')?.textContent ?? ''`;
    assert.equal(await page.evaluate(read), '');
  }
  await page.close();
});

test('labels in pictures do not touch, wide and narrow', { skip, timeout: 900_000 }, async () => {
  const { page } = await open('sample');
  for (const width of [1280, 375]) {
    await page.setViewport({ width, height: 900 });
    assert.deepEqual(await page.evaluate(`(${overlaps.toString()})()`), [], `at ${width} px`);
  }
  await page.close();
});

test('the page prints with its tables open and its colours', { skip, timeout: 900_000 }, async () => {
  const { page, complaints } = await open('sample');
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await page.emulateMediaType('print');
  assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
  assert.equal(
    await page.evaluate(
      "[...document.querySelectorAll('details table')].every((table) => table.checkVisibility() && table.offsetHeight > 0)",
    ),
    true,
  );
  const pdf = await page.pdf({ format: 'A4', printBackground: true });
  assert.equal(Buffer.from(pdf.subarray(0, 5)).toString(), '%PDF-');
  assert.deepEqual(complaints.list, []);
  await page.close();
});

test('the keyboard reaches links and summaries, and shows where it is', { skip, timeout: 900_000 }, async () => {
  const { page } = await open('sample');
  const seen = new Set<string>();
  for (let i = 0; i < 30; i += 1) {
    await page.keyboard.press('Tab');
    const focus = (await page.evaluate(
      '[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]',
    )) as readonly string[];
    assert.notEqual(focus[1], 'none', `${focus[0]} shows no focus`);
    seen.add(focus[0] ?? '');
  }
  assert.deepEqual([...seen].sort(), ['A', 'SUMMARY']);
  await page.close();
});

interface Opened {
  readonly page: Page;
  readonly complaints: Complaints;
  /** What the page asked for besides itself. */
  readonly requests: readonly string[];
}

async function open(name: keyof typeof pages): Promise<Opened> {
  if (browser === undefined) throw new Error('The browser is not open yet.');
  const { page, complaints } = await openPage(browser);
  const address = pathToFileURL(join(folder, `${name}.html`)).href;
  const requests: string[] = [];
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:,')) requests.push(request.url());
  });
  await page.goto(address);
  return { page, complaints, requests };
}

async function violationsOf(page: Page): Promise<readonly string[]> {
  const results = (await page.evaluate(`axe.run(document, ${JSON.stringify(everything)})`)) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
  );
}

/** Runs in the page. @returns pairs of texts of one picture that overlap */
function overlaps(): readonly string[] {
  const document = (globalThis as unknown as { document: { querySelectorAll(selector: string): Iterable<SvgText> } }).document;
  return [...document.querySelectorAll('svg.picture')].flatMap((picture) => {
    const texts = [...picture.querySelectorAll('text')].map((text) => ({ name: text.textContent, box: text.getBoundingClientRect() }));
    return texts.flatMap(({ name, box }, i) =>
      texts
        .slice(i + 1)
        .filter((other) => box.width > 0 && box.left < other.box.right - 1 && other.box.left < box.right - 1)
        .filter((other) => box.top < other.box.bottom - 4 && other.box.top < box.bottom - 4)
        .map((other) => `${picture.id} ${name} / ${other.name}`),
    );
  });
}

interface SvgText {
  readonly id: string;
  readonly textContent: string;
  querySelectorAll(selector: string): Iterable<SvgText>;
  getBoundingClientRect(): { left: number; right: number; top: number; bottom: number; width: number };
}
