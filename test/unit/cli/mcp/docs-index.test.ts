import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocsIndex } from '../../../../cli/mcp/docs-index.ts';

const folder = mkdtempSync(join(tmpdir(), 'delegation-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(
  join(folder, 'a.md'),
  [
    '# Animals',
    'About animals.',
    '## The cat',
    'It purrs.',
    '```sh',
    '# not a heading',
    'dog',
    '```',
    '### Its paws',
    'Four.',
    '## Dogs & `wolves`',
    'They bark.',
  ].join('\n'),
);
writeFileSync(
  join(folder, 'b.md'),
  [
    '# Codes',
    '| code | do |',
    '|---|---|',
    '| `too_loud`, `too_late` | turn it down |',
    '| `x` | `too_loud` is not this |',
    `cat ${'filler '.repeat(500)}`,
  ].join('\n'),
);
writeFileSync(join(folder, 'c.txt'), 'cat cat cat');
const index = new DocsIndex(folder);
const addresses = (query: string) => index.search(query, 10).map(({ address }) => address);

it('finds a section by its heading before one by its text, and a short one before a long one', () =>
  expect(addresses('cat')).toEqual(['docs/a.md#the-cat', 'docs/a.md#its-paws', 'docs/b.md']));

it('gives a section the headings above it, and the address that a page has', () => {
  const [dogs] = index.search('wolf wolves', 1);
  expect(dogs).toMatchObject({ page: 'a.md', heading: 'Animals › Dogs & wolves', address: 'docs/a.md#dogs--wolves', text: 'They bark.' });
});

it('takes a comment in a code block for no heading', () => expect(index.search('heading', 1)[0]?.address).toBe('docs/a.md#the-cat'));

it('finds the singular of a plural, ignores case and signs, and finds nothing in what is not there', () => {
  expect(addresses('PAW!?')).toEqual(['docs/a.md#its-paws']);
  expect([addresses('elephant'), addresses('?!'), addresses('')]).toEqual([[], [], []]);
});

it('gives at most as many as are asked for', () => expect(index.search('the cat its paws', 1).length).toBe(1));

it('gives the rows of tables that begin with a code', () => {
  expect(index.rowsOf('too_late')).toEqual(['docs/b.md: `too_loud`, `too_late` — turn it down']);
  expect(index.rowsOf('too_loud').length).toBe(1);
  expect([index.rowsOf('too'), index.rowsOf('')]).toEqual([[], []]);
});

it('has each section of the documentation at an address that is there', () => {
  const docs = join(__dirname, '..', '..', '..', '..', 'docs');
  const all = new DocsIndex(docs).search(
    readdirSync(docs)
      .filter((name) => name.endsWith('.md'))
      .map((name) => readFileSync(join(docs, name), 'utf8'))
      .join(' '),
    10_000,
  );
  expect(all.length).toBeGreaterThan(150);
  expect(
    all.filter(({ address }) => !/^docs\/(?:[a-z]+\/)?[a-z0-9-]+\.md(#[\p{L}\p{N}_-]+)?$/u.test(address)).map(({ address }) => address),
  ).toEqual([]);
});
