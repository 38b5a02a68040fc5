import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { anchorsOf, withoutCode } from '../../site/heading-anchor.ts';
import { pagesOf } from '../../site/page-list.ts';

const docs = join(__dirname, '..', '..', 'docs');
const root = join(docs, '..');
const read = (path: string) => readFileSync(path, 'utf8');

/** File, target, anchor and title of every link to a file of the repository. */
const links = pagesOf(root).flatMap(({ path: page, text }) =>
  [
    ...withoutCode(text)
      .replaceAll(/`[^`\n]*`/g, '`')
      .matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?(?:\s+"([^"]+)")?\)/g),
  ].map(([, target = '', anchor, title]) => [page, target, anchor ?? '', (title ?? '').replaceAll(/\s+/g, ' ')] as const),
);

it('sees the links that it judges', () => expect(links.length).toBeGreaterThan(80));

it.each(links)('in %s the link to %s %s %s leads there', (page, target, anchor, title) => {
  const path = target === '' ? join(root, page) : join(root, dirname(page), target);
  expect([relative(root, path), existsSync(path)]).toEqual([relative(root, path), true]);
  if (anchor !== '') expect(anchorsOf(read(path))).toContain(anchor);
  if (title !== '') expect(read(path).replaceAll("\\'", "'")).toContain(title);
});

/** Codes of waits, of log lines, and of results of a clean-up. */
const codesOfOthers = [
  'backing_off',
  'cancelled',
  'clean_up_timed_out',
  'cleaning_up',
  'not_a_wake_up',
  'quota',
  'runaway',
  'step_not_awaited',
  'waiting_for_worker',
];
const lambdas = join(docs, '..', 'lambdas');
const sourcesIn = (folder: string) =>
  readdirSync(join(lambdas, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => read(join(lambdas, folder, file)));
const codes = sourcesIn('core').flatMap((text) => [...text.matchAll(/code: '([a-z_]+)'|failed\(\s*'([a-z_]+)'/g)]);
const codesOfEnds = new Set(codes.map(([, code, other]) => String(code ?? other)).filter((code) => !codesOfOthers.includes(code)));

it('sees the codes that it judges', () => expect(codesOfEnds.size).toBeGreaterThan(15));

it.each([...codesOfEnds])('the page about the API describes the code %s', (code) =>
  expect(read(join(docs, 'http-api.md'))).toContain(`\`${code}\``),
);

const codesOfReaders = new Set(
  ['adapters', 'text', 'jobs']
    .flatMap(sourcesIn)
    .flatMap((text) => [...text.matchAll(/code: '((?:source|sources|invalid_source|invalid_header)[a-z_]*)'/g)].map(([, code]) => code)),
);

it('sees the codes of readers', () => expect(codesOfReaders.size).toBeGreaterThan(7));

it.each([...codesOfReaders])('the page about reading files has the code %s', (code) =>
  expect(read(join(docs, 'reading-files.md'))).toContain(`\`${code}\``),
);

it('numbers the decisions without a gap, in the file name and in the title', () => {
  const decisions = readdirSync(join(docs, 'decisions')).sort();
  expect(decisions.length).toBeGreaterThan(20);
  for (const [i, file] of decisions.entries()) {
    expect(file).toMatch(new RegExp(`^${String(i + 1).padStart(4, '0')}-`));
    expect([file, read(join(docs, 'decisions', file))]).toEqual([file, expect.stringMatching(new RegExp(`^# ${i + 1}\\. `))]);
  }
});

it('names each defence once for each file that proves it', () => {
  const rows = [...read(join(docs, 'security.md')).matchAll(/^\|[^|]+\|([^|]+)\| \[[^\]]+\]\(([^\s)]+)/gm)];
  const defences = rows.map(([, defence, file]) => `${defence?.trim()}: ${file}`);
  expect(defences.length).toBeGreaterThan(25);
  expect(defences.filter((one, i) => defences.indexOf(one) !== i)).toEqual([]);
});
