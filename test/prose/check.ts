/**
 * Checks the project's prose: avoided words, doc comments that open in the middle of a sentence, long subjects of commits.
 *
 *     npm run test:prose                       every finding with its file and line; fails if there is one
 *     npm run test:prose -- lambdas/core       the same for some paths, without the commits
 *     npm run test:prose -- --report           counts only; never fails
 *
 * Runs in the git repository that it is called in.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkSubjects, maxSubjectCharacters } from './commits.ts';
import { exceptions } from './exceptions.ts';
import { avoidedWordsIn, type Finding, openingKind, openingsIn } from './prose.ts';
import { avoidedWords } from './words.ts';

const { values: options, positionals: paths } = parseArgs({
  options: { report: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
const root = git('rev-parse', '--show-toplevel').trim();
const fileTypes = /\.(?:ts|mts|js|mjs|cjs|md|sh|py|yml|yaml)$|^\.ci\/run$/;
const files = git('ls-files', '--full-name', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...paths)
  .split('\0')
  .filter((path) => fileTypes.test(path));

const used = new Set<number>();
const findings = files.flatMap((path) => {
  const text = readIfThere(join(root, path));
  const lines = text.split('\n');
  return [...avoidedWordsIn(text), ...openingsIn(path, text)]
    .filter((finding) => !isExcused(path, lines[finding.line - 1] ?? ''))
    .map((finding) => ({ ...finding, path, part: partOf(path) }));
});

const parts = ['docs', 'product', 'tests'] as const;

if (!options.report) {
  for (const { path, line, found, kind, say } of findings) console.log(`${path}:${line}: "${found}" (${kind}): ${say}`);
}
printCounts(findings);

let failures = findings.length;
if (paths.length === 0) {
  const subjects = checkSubjects(root);
  for (const { id, subject } of subjects.tooLong) console.log(`commit ${id}: ${[...subject].length} characters: ${subject}`);
  if (subjects.note !== undefined) console.log(subjects.note);
  console.log(`${subjects.count} subjects of commits checked, ${subjects.tooLong.length} over ${maxSubjectCharacters} characters`);
  const unused = exceptions.filter((_, i) => !used.has(i));
  for (const { path, text } of unused)
    console.log(`test/prose/exceptions.ts: nothing to excuse in ${path}${text === undefined ? '' : `: ${text}`}`);
  failures += subjects.tooLong.length + unused.length;
}
if (failures > 0 && !options.report) process.exitCode = 1;

function isExcused(path: string, line: string): boolean {
  const at = exceptions.findIndex(
    (exception) => path.startsWith(exception.path) && (exception.text === undefined || line.includes(exception.text)),
  );
  if (at === -1) return false;
  used.add(at);
  return true;
}

/** A file that was deleted and not committed yet is still listed. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function partOf(path: string): (typeof parts)[number] {
  if (path.endsWith('.md')) return 'docs';
  return /^(?:test|bench|\.ci)\//.test(path) ? 'tests' : 'product';
}

function printCounts(found: readonly (Finding & { readonly part: string })[]): void {
  const row = (name: string, ofKind: typeof found) =>
    [name.padEnd(26), ...parts.map((part) => ofKind.filter((one) => one.part === part).length), ofKind.length]
      .map((cell) => String(cell).padStart(9))
      .join('');
  console.log(['word'.padEnd(26), ...parts, 'all'].map((cell) => cell.padStart(9)).join(''));
  for (const kind of [...avoidedWords.map(({ word }) => word), openingKind]) {
    console.log(
      row(
        kind,
        found.filter((one) => one.kind === kind),
      ),
    );
  }
  console.log(row('all', found));
}
