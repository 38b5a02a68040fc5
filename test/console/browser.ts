/** Chromium, driven over its own protocol. */
import { execFileSync } from 'node:child_process';
import { type Browser, launch, type Page } from 'puppeteer-core';

/** @returns the path of a Chromium; undefined where there is none, unless one is required, which CI does */
export function findChromium(): string | undefined {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      // The next name.
    }
  }
  if (process.env['CI'] !== undefined || process.env['DELEGATION_BROWSER'] === 'required')
    throw new Error(
      'The tests of the console need a browser: apt-get install chromium. Without CI and DELEGATION_BROWSER=required they are skipped.',
    );
  return undefined;
}

export function openBrowser(executablePath: string): Promise<Browser> {
  return launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
    defaultViewport: { width: 1280, height: 900 },
  });
}

/** What a page said that it should not have: errors, and breaches of its Content Security Policy. */
export interface Complaints {
  readonly list: string[];
}

/** Opens a page whose errors and breaches of the policy are collected. Refusals of the API, which tests provoke, are not errors of the page. */
export async function openPage(browser: Browser): Promise<{ readonly page: Page; readonly complaints: Complaints }> {
  const page = await browser.newPage();
  const complaints: Complaints = { list: [] };
  page.on('pageerror', (error) => complaints.list.push(`error: ${error instanceof Error ? error.message : String(error)}`));
  page.on('console', (message) => {
    const isRefusal = message.text().startsWith('Failed to load resource') && message.location().url?.includes('/v1/');
    if (['error', 'warn'].includes(message.type()) && !isRefusal) complaints.list.push(`${message.type()}: ${message.text()}`);
  });
  return { page, complaints };
}
