/**
 * Pictures of every screen of the console, in light and dark, of a real local mode with jobs of every status:
 *
 *     npm run screenshots -- FOLDER
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LocalProcess } from '../support/local-process.ts';
import { findChromium, openBrowser, openPage } from './browser.ts';
import { screensOf } from './screens.ts';
import { seedJobs } from './seed-jobs.ts';

const [folder, only = ''] = process.argv.slice(2);
const executable = findChromium();
if (folder === undefined || executable === undefined) {
  console.error(
    folder === undefined
      ? 'Say where the pictures go: npm run screenshots -- FOLDER'
      : 'There is no Chromium here: apt-get install chromium.',
  );
  process.exit(2);
}

const local = new LocalProcess(process.cwd(), 'test/console/job-types');
await local.start();
const browser = await openBrowser(executable);
try {
  const screens = Object.entries(screensOf(await seedJobs(local.url))).filter(([name]) => name.includes(only));
  const { page, complaints } = await openPage(browser);
  mkdirSync(folder, { recursive: true });
  for (const theme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
    for (const [name, path] of screens) {
      await page.goto(`${local.url}/console${path}`, { waitUntil: 'networkidle0' });
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`), fullPage: true });
    }
  }
  for (const complaint of complaints.list) console.error(complaint);
} finally {
  await browser.close();
  await local.remove();
}
