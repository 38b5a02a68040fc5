/** Every screen, as everybody may look at it: no violation of WCAG 2.2 AA that axe can find, and no page that scrolls sideways. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'puppeteer-core';
import { screensOf } from './screens.ts';
import type { Seeded } from './seed-jobs.ts';
import { skip, type TestedConsole } from './tested-console.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const everything: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
};
/** What a theme or a width can change; the elements stay the same. */
const appearance: RunOptions = {
  runOnly: { type: 'rule', values: ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block'] },
  resultTypes: ['violations'],
};

interface Look {
  readonly options: RunOptions;
  readonly width?: number;
  readonly scale?: number;
  readonly features?: readonly { readonly name: string; readonly value: string }[];
}

const looks: Readonly<Record<string, Look>> = {
  light: { options: everything },
  dark: { options: appearance, features: [{ name: 'prefers-color-scheme', value: 'dark' }] },
  'forced colours': { options: appearance, features: [{ name: 'forced-colors', value: 'active' }] },
  'more contrast': { options: appearance, features: [{ name: 'prefers-contrast', value: 'more' }] },
  '320 px': { options: appearance, width: 320 },
  // A window of 1280 px at 200 % has room for 640.
  '200 % zoom': { options: appearance, width: 640, scale: 2 },
};

/** The screen of a job in another state: its parts were looked at on those before it. */
const variants = ['job-backing-off', 'job-scheduled', 'job-paused', 'job-cancelled', 'job-type-paused', 'group-open', 'jobs-filtered'];

/** @param seeded the jobs that the screens show */
export function checkAccessibility(tested: TestedConsole, seeded: () => Seeded): void {
  test('no screen has a violation in any look', { skip, timeout: 900_000 }, async (t) => {
    const { page, complaints } = await tested.open('/');
    for (const [name, path] of Object.entries(screensOf(seeded()))) {
      await tested.show(page, path);
      await page.evaluate(axe);
      const worn = Object.entries(looks).slice(0, variants.includes(name) ? 2 : undefined);
      for (const [look, settings] of worn)
        await t.test(`${name}, ${look}`, async () => {
          await wear(page, settings);
          assert.deepEqual(await violationsOf(page, settings.options), []);
          assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'The page scrolls sideways.');
        });
    }
    assert.deepEqual(complaints.list, []);
  });

  test('dialogs have no violation', { skip, timeout: 900_000 }, async () => {
    const { page, complaints } = await tested.open('/');
    await wear(page, { options: everything });
    const dialogs = [
      [`/jobs/${seeded().running}`, 'Cancel…'],
      [`/jobs/${seeded().signalled}`, 'Send the signal…'],
      ['/job-types/run-query', 'Pause…'],
      ['/jobs', 'Export'],
      ['/jobs', 'Keys'],
    ] as const;
    for (const [path, button] of dialogs) {
      await tested.show(page, path);
      await page.locator(`main ::-p-text(${button})`).click();
      await page.waitForSelector('dialog[open]');
      await page.evaluate(axe);
      assert.deepEqual(await violationsOf(page, everything), [], button);
    }
    assert.deepEqual(complaints.list, []);
  });
}

async function wear(page: Page, { width = 1280, scale = 1, features = [] }: Look): Promise<void> {
  await page.setViewport({ width, height: 900, deviceScaleFactor: scale });
  // Colours are at their end at once, since axe looks at them in the next moment.
  await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }, ...features]);
}

async function violationsOf(page: Page, options: RunOptions): Promise<readonly string[]> {
  const results = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as AxeResults;
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
  );
}
