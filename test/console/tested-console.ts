/** A local mode, and pages of a browser that show its console. */
import { after, before } from 'node:test';
import type { Browser, Page } from 'puppeteer-core';
import { LocalProcess } from '../support/local-process.ts';
import { type Complaints, findChromium, openBrowser, openPage } from './browser.ts';

export const chromium = findChromium();
/** For the option `skip` of tests: why they cannot run here. */
export const skip = chromium === undefined ? 'There is no Chromium here (apt-get install chromium).' : false;

export class TestedConsole {
  readonly local = new LocalProcess(process.cwd(), 'test/console/job-types');
  private browser: Browser | undefined;

  get url(): string {
    return this.local.url;
  }

  /** Opens a tab of its own. @param path below `/console`; the screen has loaded when this returns */
  async open(path: string): Promise<{ readonly page: Page; readonly complaints: Complaints }> {
    if (this.browser === undefined) throw new Error('The browser is not open yet.');
    const opened = await openPage(this.browser);
    await this.show(opened.page, path);
    return opened;
  }

  async show(page: Page, path: string): Promise<void> {
    await page.goto(`${this.url}/console${path}`);
    await page.waitForFunction("document.querySelector('h1') !== null && document.querySelector('.loading, p.boot') === null");
  }

  /** Asks the API, as any program does. */
  async call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(this.url + path, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  }

  async start(): Promise<void> {
    // A browser beside it may take all of a small machine for seconds, in which no worker renews its lease.
    await this.local.start({ DELEGATION_LEASE_SECONDS: '60' });
    this.browser = await openBrowser(chromium ?? '');
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    await this.local.remove();
  }
}

/** Starts a console before the tests of a file, and ends it after them. */
export function useConsole(prepare: (console: TestedConsole) => Promise<void> = async () => undefined): TestedConsole {
  const tested = new TestedConsole();
  before(
    async () => {
      if (chromium === undefined) return;
      await tested.start();
      await prepare(tested);
    },
    { timeout: 900_000 },
  );
  after(() => tested.stop());
  return tested;
}
