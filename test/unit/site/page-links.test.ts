import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { siteLinkOf } from '../../../site/page-links.ts';

const root = mkdtempSync(join(tmpdir(), 'page-links-'));
const pages = ['docs/index.md', 'docs/deploy.md', 'docs/learn/first-job.md', 'README.md', 'examples/shop/README.md'];
beforeAll(() => {
  for (const folder of ['docs/learn', 'examples/shop', 'lib']) mkdirSync(join(root, folder), { recursive: true });
  for (const file of [...pages, 'lib/settings.ts', 'docs/a b.json']) writeFileSync(join(root, file), '');
});
afterAll(() => rmSync(root, { recursive: true }));

const from = (page: string, href: string, repository?: string) => siteLinkOf(href, page, { root, pages, repository });

it.each([
  ['docs/deploy.md', 'learn/first-job.md#make-an-app', '/learn/first-job#make-an-app'],
  ['docs/learn/first-job.md', '../deploy.md', '/deploy'],
  ['docs/learn/first-job.md', '../../README.md#status', '/project/readme#status'],
  ['README.md', 'docs/deploy.md', '/deploy'],
  ['docs/deploy.md', 'index.md', '/'],
  ['docs/deploy.md', '../examples/shop', '/project/examples/shop'],
  ['docs/deploy.md', '#deploy', '#deploy'],
  ['docs/deploy.md', 'https://example.org/a.md', 'https://example.org/a.md'],
  ['docs/deploy.md', 'mailto:a@example.org', 'mailto:a@example.org'],
])('from %s, %s leads to %s', (page, href, expected) => expect(from(page, href)).toBe(expected));

it('leads to the repository for other files, where somebody shows it', () => {
  expect(from('docs/deploy.md', '../lib/settings.ts', 'https://git.example/d/blob/main/')).toBe(
    'https://git.example/d/blob/main/lib/settings.ts',
  );
  expect(from('docs/deploy.md', 'a%20b.json#L1', 'https://git.example/d')).toBe('https://git.example/d/docs/a%20b.json#L1');
  expect(from('docs/deploy.md', '../lib/settings.ts')).toBeUndefined();
});

it('fails for a file that does not exist', () =>
  expect(() => from('docs/deploy.md', 'gone.md')).toThrow('docs/deploy.md links to gone.md, and there is no docs/gone.md.'));
