import { request } from 'node:http';
import { brotliDecompressSync } from 'node:zlib';
import { startGateway } from '../../local/gateway.ts';

let gateway: Awaited<ReturnType<typeof startGateway>>;
const asked: string[] = [];
beforeAll(async () => {
  const handler = async ({ rawPath }: { readonly rawPath: string }) => {
    asked.push(rawPath);
    return { statusCode: 204 };
  };
  gateway = await startGateway(handler, 0);
});
afterAll(() => gateway.stop());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Unlike `fetch`, it sends what it is given and decompresses nothing. */
function ask(
  path: string,
  { method = 'GET', headers = {} }: { readonly method?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: gateway.port, path, method, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
    });
    sent.once('error', reject).end();
  });
}

it('serves the page for the console and each of its screens, and the API sees none of it', async () => {
  asked.length = 0;
  for (const path of ['/console', '/console/', '/console/jobs/job_1', '/console/jobs?status=failed']) {
    const { status, headers, body } = await ask(path);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(String(body)).toContain('<div id="app">');
  }
  expect(asked).toEqual([]);
});

it('compresses for clients that take it', async () => {
  const script = /\/console\/app-[0-9a-f]+\.js/.exec(String((await ask('/console/')).body))?.[0] ?? '';
  const [plain, packed] = [await ask(script), await ask(script, { headers: { 'accept-encoding': 'gzip, deflate, br' } })];
  expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([undefined, 'br']);
  expect(packed.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(brotliDecompressSync(packed.body)).toEqual(plain.body);
});

it('answers HEAD without a body, and no method that writes', async () => {
  const head = await ask('/console/', { method: 'HEAD' });
  expect([head.status, head.body.length]).toEqual([200, 0]);
  const post = await ask('/console/', { method: 'POST' });
  expect([post.status, post.headers['allow']]).toEqual([405, 'GET, HEAD']);
});

it('says what the console is for', async () => {
  const { status, headers, body } = await ask('/console/config.json');
  expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  expect(JSON.parse(String(body))).toEqual({
    apiUrl: '',
    isReadOnly: false,
    isLocal: true,
    label: 'local mode',
    region: null,
    auth: { kind: 'none' },
  });
});

it('has no file that is not its own', async () => {
  for (const path of ['/console/app-0000000000.js', '/console/../package.json', '/console/%2e%2e/package.json', '/consoles'])
    expect((await ask(path)).body.toString()).not.toContain('delegation-aws');
  expect((await ask('/console/app-0000000000.js')).status).toBe(404);
});

it('sends a browser that opens the address itself to the console, and no other program', async () => {
  const browser = await ask('/', { headers: { accept: 'text/html,application/xhtml+xml' } });
  expect([browser.status, browser.headers['location']]).toEqual([302, '/console/']);
  expect((await ask('/')).status).toBe(204);
});

it('answers no page of another origin, and no name that was bound to this machine', async () => {
  expect((await ask('/console/', { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  expect((await ask('/console/config.json', { headers: { host: 'evil.example' } })).status).toBe(403);
});
