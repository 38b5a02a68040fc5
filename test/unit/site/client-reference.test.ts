import { readFileSync } from 'node:fs';
import { clientDeclarations } from '../../../site/client-declarations.ts';
import { clientReference } from '../../../site/client-reference.ts';

const declarations = clientDeclarations(process.cwd());
const page = readFileSync('docs/client-reference.md', 'utf8');

it('is what docs/client-reference.md has: npm run docs writes it', () => expect(page).toBe(clientReference(declarations)));

it('has every export of the client, whole', () => {
  const names = [...readFileSync('client/index.ts', 'utf8').matchAll(/^export .*?\{(.*?)\}/gm)].flatMap(([, list = '']) =>
    list.split(',').map((name) => name.replace('type ', '').trim()),
  );
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => !page.includes(`\n### ${name}\n`))).toEqual([]);
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const unbalanced = blocks.filter((text) => text.split('{').length !== text.split('}').length);
  expect(unbalanced).toEqual([]);
});

it('shows nothing that is private', () => expect(page).not.toMatch(/^\s*private /m));

it('refuses an export that no module declares', () =>
  expect(() => clientReference(new Map([['index', "export { gone } from './left.ts';\n"]]))).toThrow(
    'client/left.ts declares no gone, which client/index.ts exports.',
  ));

it('shows what an export names and does not export', () => {
  const shown = clientReference(
    new Map([
      ['index', "export type { Job } from './job.ts';\n"],
      [
        'job',
        'export interface Job {\n    readonly reason: Reason;\n}\nexport interface Reason {\n    readonly code: string;\n}\ninterface Other {\n}\n',
      ],
    ]),
  );
  expect(shown).toContain('### Reason');
  expect(shown).not.toContain('### Other');
});
