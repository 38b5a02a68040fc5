import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const docs = join(__dirname, '..', '..', 'docs');
const rows = readFileSync(join(docs, 'faults.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [FLPRSTUW]\d+ \|/.test(line));
const links = rows.flatMap((row) =>
  [...row.matchAll(/\]\((\S+) "([^"]+)"\)/g)].map(([, file = '', title = '']) => [row.split(' ')[1], file, title] as const),
);

it('names a test for every fault', () => {
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.filter((row) => !links.some(([fault]) => fault === row.split(' ')[1]))).toEqual([]);
});

it('counts the mutants of the engine', () => {
  const source = readFileSync(join(docs, '..', 'test', 'simulation', 'mutants.ts'), 'utf8');
  const names = source.slice(source.indexOf('export const mutants')).match(/^ {2}(?:'[^']+'|"[^"]+"): /gm) ?? [];
  expect(readFileSync(join(docs, 'faults.md'), 'utf8')).toContain(`broken in ${names.length} named ways`);
});

it.each(links)('%s is shown by a test that exists: %s "%s"', (_fault, file, title) =>
  expect(readFileSync(join(docs, file), 'utf8').replaceAll("\\'", "'")).toContain(title),
);
