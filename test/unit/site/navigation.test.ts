import { readdirSync, readFileSync } from 'node:fs';
import { anchorOf, anchorsOf } from '../../../site/heading-anchor.ts';
import { llmsFullText, llmsText } from '../../../site/llms-text.ts';
import { addressOf, home, sections } from '../../../site/navigation.ts';
import { pagesOf, sectionsOf } from '../../../site/page-list.ts';

const root = process.cwd();
const pages = pagesOf(root);
const named = sections.flatMap((section) => section.pages.map(({ path }) => path));
const markdown = (readdirSync('docs', { recursive: true, encoding: 'utf8' }) as string[])
  .map((file) => `docs/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.md'));

it('names each page of docs, once: add a new one to site/navigation.ts, in the section of its kind', () => {
  const listed = pages.map(({ path }) => path);
  expect(markdown.filter((page) => !listed.includes(page))).toEqual([]);
  expect(listed.filter((page, i) => listed.indexOf(page) !== i)).toEqual([]);
});

it('gives each page an address of its own', () => {
  const addresses = pages.map(({ address }) => address);
  expect(addresses.filter((address, i) => addresses.indexOf(address) !== i)).toEqual([]);
  expect(addressOf(home)).toBe('index');
});

it('says of each page what is in it, in a few words', () =>
  expect(sections.flatMap((section) => section.pages).filter(({ about }) => about.length < 10 || about.length > 110)).toEqual([]));

it('gives each page one title', () =>
  expect(
    pages.filter(({ text }) => [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/^# /gm)].length !== 1).map(({ path }) => path),
  ).toEqual([]));

describe('what assistants read', () => {
  const index = readFileSync('llms.txt', 'utf8');

  it('is what llms.txt has: npm run docs writes it', () => expect(index).toBe(llmsText(sectionsOf(root), (path) => path)));

  it('has the form of https://llmstxt.org: a title, a summary, lists of links', () => {
    expect(index).toMatch(/^# Delegation\n\n> [^\n]+\n/);
    const rest = index.slice(index.indexOf('\n## ')).split('\n');
    expect(rest.filter((line) => !/^(?:|## .+|- \[.+\]\(\S+\): .+)$/.test(line))).toEqual([]);
    expect(rest.findLast((line) => line.startsWith('## '))).toBe('## Optional');
  });

  it('has all pages in one text, but for those that few need', () => {
    const text = llmsFullText(sectionsOf(root));
    for (const page of pages.filter(({ path }) => /^docs\/(?:deploy|cli|glossary)\.md$/.test(path))) expect(text).toContain(page.text);
    expect(text).not.toContain('source: docs/decisions/');
    expect(named.length).toBeGreaterThan(30);
  });
});

describe('an anchor', () => {
  it.each([
    ['What it does for you', 'what-it-does-for-you'],
    ['`POST /v1/jobs/{id}`', 'post-v1jobsid'],
    ['EC2’s error codes & more', 'ec2s-error-codes--more'],
    ['Größe', 'größe'],
  ])('of %s is %s, as on GitHub', (heading, anchor) => expect(anchorOf(heading)).toBe(anchor));

  it('has a number where a heading is repeated, and there is none for a comment in a block', () =>
    expect(anchorsOf('# A\n\n```sh\n# B\n```\n\n## A\n### A\n')).toEqual(['a', 'a-1', 'a-2']));
});
