/** How the console signs in to deployments, and what it shows to those who may only read. */
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { test } from 'node:test';
import { startConsoleHost } from './console-host.ts';
import { startIssuer } from './issuer.ts';
import { skip, type TestedConsole } from './tested-console.ts';

const timeout = 900_000;

export function checkSignIn(tested: TestedConsole): void {
  test('a key is taken out of the address and sent as a header', { skip, timeout }, async () => {
    const config = { auth: { kind: 'key', header: 'delegation-console-key' } };
    const host = await startConsoleHost(tested.url, config, { mayPass: (headers) => headers['delegation-console-key'] === 'secret-1' });
    const { page, complaints } = await tested.open('/');
    await page.goto(`${host.url}/console/jobs?status=failed#key=secret-1`);
    await page.waitForSelector('tr.row');
    assert.equal(page.url(), `${host.url}/console/jobs?status=failed`);
    await page.reload();
    await page.waitForSelector('tr.row');
    assert.deepEqual(new Set(host.requests.map((headers) => headers['delegation-console-key'])), new Set(['secret-1']));
    assert.deepEqual(complaints.list, []);
    await page.evaluate('sessionStorage.clear()');
    await page.reload();
    await page.waitForFunction("document.querySelector('[role=alert]')?.textContent.includes('delegation console')");
    await page.close();
    await host.stop();
  });

  test('an issuer signs in with PKCE, and tokens are renewed before they end', { skip, timeout }, async () => {
    // Shorter than the margin, so that the first request needs a new one.
    const issuer = await startIssuer(20);
    const auth = { kind: 'oidc', issuer: issuer.url, clientId: 'console', scopes: ['openid'] };
    const mayPass = ({ authorization = '' }: IncomingHttpHeaders) => issuer.tokens.has(authorization.replace('Bearer ', ''));
    const host = await startConsoleHost(tested.url, { auth }, { connectSources: [issuer.url], mayPass });
    const { page, complaints } = await tested.open('/');
    await page.goto(`${host.url}/console/jobs?status=failed`);
    await page.waitForSelector('tr.row');
    assert.equal(page.url(), `${host.url}/console/jobs?status=failed`);
    assert.deepEqual([...new Set(issuer.grants)], ['authorization_code', 'refresh_token']);
    assert.deepEqual(complaints.list, []);
    await page.close();
    await Promise.all([host.stop(), issuer.stop()]);
  });

  test('a read-only console shows no button that writes', { skip, timeout }, async () => {
    const host = await startConsoleHost(tested.url, { isReadOnly: true, auth: { kind: 'none' } }, { mayPass: () => true });
    const { page, complaints } = await tested.open('/');
    const writing = /^(Cancel|Retry|Submit|Pause|Drain|Resume|Delete|Seal|Send)(?! updates)/;
    for (const path of ['/', '/jobs', '/job-types', '/job-types/run-query', '/schedules', '/jobs?status=failed']) {
      await page.goto(`${host.url}/console${path}`);
      await page.waitForFunction("document.querySelector('h1') !== null && document.querySelector('.loading, p.boot') === null");
      const labels = await page.$$eval('button, a', (all) => all.map((one) => one.textContent?.trim() ?? ''));
      assert.deepEqual(
        labels.filter((label) => writing.test(label)),
        [],
      );
    }
    assert.deepEqual(complaints.list, []);
    await page.close();
    await host.stop();
  });
}
