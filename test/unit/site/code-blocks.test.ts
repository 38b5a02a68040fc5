/** Each code block of the documentation is run, compiled or parsed by a test, or says why not: see test/deploy/docs. */
import { existsSync, readFileSync } from 'node:fs';
import { type ParseOptions, parseSync } from '@swc/core';
import { parseSettings } from '../../../lib/parse-settings.ts';
import { pagesOf } from '../../../site/page-list.ts';
import { type CodeBlock, codeBlocksOf } from '../../deploy/docs/blocks.ts';
import { listedBlocks, listedFor } from '../../deploy/docs/listed-blocks.ts';
import { plans } from '../../deploy/docs/plans.ts';
import { describedTypes } from '../../support/described-types.ts';

const pages = pagesOf(process.cwd());
const blocks = pages.flatMap(({ path, text }) => codeBlocksOf(path, text));
const named = (of: readonly CodeBlock[]) => of.map((block) => [block.name, block] as const);
const inLanguages = (...languages: readonly string[]) => blocks.filter(({ language }) => languages.includes(language));
const types = describedTypes.map(({ name }) => name);

it('sees the blocks that it judges', () => expect(blocks.length).toBeGreaterThan(150));

it('knows what becomes of each', () => {
  const isKnown = ({ name, language }: CodeBlock) => {
    if (listedFor(name) !== undefined) return true;
    return language === 'sh' ? name in plans : ['json', 'jsonc', 'ts', 'js'].includes(language);
  };
  expect(blocks.filter((block) => !isKnown(block)).map(({ name, language }) => `${language}: ${name}`)).toEqual([]);
});

it('lists no block that is gone, but for pages that are not there yet', () => {
  const used = new Set(blocks.flatMap(({ name }) => listedFor(name)?.[0] ?? []));
  const hasPage = (key: string) => pages.some(({ path }) => key.startsWith(`${path}:`));
  expect(Object.keys(listedBlocks).filter((key) => hasPage(key) && !used.has(key))).toEqual([]);
});

it.each(Object.entries(listedBlocks).flatMap(([name, listed]) => ('runBy' in listed ? [[name, listed.runBy] as const] : [])))(
  '%s is run by a test that there is: %s',
  (name, file) => expect([name, existsSync(file) || name.startsWith('docs/learn/')]).toEqual([name, true]),
);

it.each(named(inLanguages('json', 'jsonc').filter(({ name }) => listedFor(name) === undefined)))('is JSON: %s', (_, { text, language }) =>
  // `jsonc` is a piece of a list: some values, separated by commas.
  expect(() => JSON.parse(language === 'jsonc' ? `[${text}]` : text)).not.toThrow(),
);

it.each(named(inLanguages('ts', 'js')))('is TypeScript, as a module, or as the members of an object: %s', (_, { text }) =>
  expect([`async () => {\n${text}\n};`, text, `({\n${text}\n});`].some(isTypeScript)).toBe(true),
);

describe('settings of a deployment', () => {
  const settings = inLanguages('ts').flatMap((block) => {
    const [, value] = /^export default defineDeployments\((\{.*\})\);/ms.exec(block.text) ?? [];
    if (value !== undefined) return [[block.name, value] as const];
    return block.name.startsWith('docs/deploy.md:') ? [[block.name, `{${block.text}}`] as const] : [];
  });

  it('are seen', () => expect(settings.length).toBeGreaterThan(4));

  it.each(settings)('are accepted: %s', (_, value) => {
    const read = new Function(`return (${value});`) as () => unknown;
    expect(() => parseSettings(read(), types)).not.toThrow();
  });
});

it('finds blocks in lists, with their language and their file', () =>
  expect(codeBlocksOf('a.md', '1. x\n\n   ```ts a/b.ts\n   f();\n   ```\n\n```text\nout\n```\n\n```text\nout\n```\n')).toEqual([
    { name: 'a.md: f();', language: 'ts', file: 'a/b.ts', text: 'f();\n' },
    { name: 'a.md: out', language: 'text', file: '', text: 'out\n' },
    { name: 'a.md: out (2)', language: 'text', file: '', text: 'out\n' },
  ]));

it('refuses what is not TypeScript', () => expect(isTypeScript('const = 1;')).toBe(false));

it('names in AGENTS.md only files and scripts that there are', () => {
  const text = readFileSync('AGENTS.md', 'utf8');
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Readonly<Record<string, string>> };
  const files = [...text.matchAll(/`((?:test|site|docs|lambdas|client)\/[\w/.-]*\w|[A-Z]+\.md|llms\.txt)`/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(6);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  for (const [, script = ''] of text.matchAll(/`npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([script]);
});

function isTypeScript(text: string): boolean {
  const options: ParseOptions = { syntax: 'typescript', target: 'es2024' };
  try {
    parseSync(text, options);
    return true;
  } catch {
    return false;
  }
}
