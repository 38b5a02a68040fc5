import { brotliDecompressSync } from 'node:zlib';
import { type ConsoleFiles, consoleFiles } from '../../../console/server/console-files.ts';
import { contentSecurityPolicy } from '../../../console/server/content-security-policy.ts';
import { answerConsole } from '../../../lambdas/console/console-answer.ts';

/** The bundle travels in every package, and in a function of its own. */
const maxBrotliBytes = 60_000;

let files: ConsoleFiles;
/** @returns the answer to a client that takes no compression */
const answerAt = (path: string) => answerConsole(files, '{}', { method: 'GET', path, acceptEncoding: undefined });
beforeAll(async () => {
  files = await consoleFiles(['https://issuer.example.com/realm']);
});

it('has a page, a script, a style and an image, whose names carry a hash', () =>
  expect([...files.keys()].map((name) => name.replace(/-[0-9a-f]{10}/, '-HASH')).sort()).toEqual([
    '/console/app-HASH.css',
    '/console/app-HASH.js',
    '/console/icon-HASH.svg',
    '/console/index.html',
  ]));

it('is small', () => {
  const sizes = [...files.values()].map(({ brotli }) => brotli.length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxBrotliBytes);
});

it('compresses what it serves', () => {
  for (const { body, brotli } of files.values()) expect(brotliDecompressSync(brotli)).toEqual(body);
});

it('names its files in the page, which has no code and no style of its own', () => {
  const page = String(files.get('/console/index.html')?.body);
  for (const name of files.keys()) if (!name.endsWith('.html')) expect(page).toContain(`"${name}"`);
  expect(page).not.toMatch(/%[A-Z]+%|<style|style=|<script(?![^>]*src=)|\son[a-z]+=/);
});

it('keeps hashed names for ever, and the page never unasked', () => {
  for (const [name, { headers }] of files)
    expect(headers['cache-control']).toBe(name.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable');
});

it('allows its own files, its own origin and the origins that it is given, and no text as code', () => {
  expect(files.get('/console/index.html')?.headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' https://issuer.example.com; frame-ancestors 'none'; " +
      "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  );
});

it.each(['http://issuer.example.com', "https:; script-src 'unsafe-inline'", 'javascript:alert(1)', '*', ''])(
  'refuses the source %s',
  (source) => expect(() => contentSecurityPolicy([source])).toThrow('must be an https address'),
);

it.each(['/console', '/console/', '/console/jobs', '/console/jobs/job_1', '/console/job-types/run-query', '/console/groups/..'])(
  'shows the page at %s',
  (path) => expect(answerAt(path).body).toEqual({ kind: 'file', file: files.get('/console/index.html')?.body }),
);

it.each(['/', '/consoles', '/v1/jobs', '/console/app-0000000000.js', '/console/favicon.ico'])('has nothing at %s', (path) =>
  expect(answerAt(path).status).toBe(404),
);

it('has no file of its configuration, which its server says', () => {
  expect(files.has('/console/config.json')).toBe(false);
  expect(answerAt('/console/config.json').body).toEqual({ kind: 'text', text: '{}' });
});
