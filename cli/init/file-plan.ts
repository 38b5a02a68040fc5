/** What a command will do to the files of a folder: decided first, shown, and then written as a whole. */
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { InitError } from './init-error.ts';

/** One file, by its path from the folder of the plan, with `/`. */
export type PlannedFile =
  | { readonly action: 'create'; readonly path: string; readonly text: string; readonly what: string }
  | { readonly action: 'modify'; readonly path: string; readonly text: string; readonly before: string; readonly what: string }
  | { readonly action: 'leave'; readonly path: string; readonly what: string };

export interface FilePlan {
  /** The absolute path of the folder. */
  readonly folder: string;
  readonly files: readonly PlannedFile[];
}

/** @returns whether something has that name, a link that leads nowhere included */
export function isTaken(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // Nothing is below a file. What cannot be looked at may be there, and writing says why it cannot be.
    return (error as NodeJS.ErrnoException).code !== 'ENOTDIR';
  }
}

/** @throws InitError that names what is there already, since no file is overwritten */
export function refuseConflicts({ folder, files }: FilePlan, remedy: string): void {
  const taken = files.filter(({ action, path }) => action === 'create' && isTaken(join(folder, path)));
  if (taken.length === 0) return;
  const names = taken.map(({ path }) => `  ${shownPath(join(folder, path))}`).join('\n');
  throw new InitError(
    `No file is overwritten, and ${taken.length === 1 ? 'this one is' : 'these are'} there already:\n${names}\n${remedy}`,
  );
}

/** @returns a line for each file: what happens to it, and what it is for */
export function describePlan({ folder, files }: FilePlan): string {
  const paths = files.map(({ path }) => shownPath(join(folder, path)));
  const longest = Math.max(...paths.map(({ length }) => length));
  return files.map(({ action, what }, i) => `  ${action.padEnd(6)}  ${(paths[i] ?? '').padEnd(longest)}  ${what}\n`).join('');
}

/** @returns the file with lines added that it lacks, or as it is where it has them */
export function addLines(folder: string, path: string, lines: readonly string[], what: string): PlannedFile {
  const file = join(folder, path);
  if (!existsSync(file)) return { action: 'create', path, text: `${lines.join('\n')}\n`, what };
  const before = readFileSync(file, 'utf8');
  const has = new Set(before.split(/\r?\n/).map((line) => line.trim().replace(/^\//, '')));
  const missing = lines.filter((line) => !has.has(line) && !has.has(line.replace(/\/$/, '')));
  if (missing.length === 0) return { action: 'leave', path, what: 'has what is needed' };
  const text = `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`;
  return { action: 'modify', path, text, before, what: `adds ${missing.join(', ')}` };
}

/** @returns the folders that do not exist yet and will be made for the plan, from the outermost on, as absolute paths */
export function newFolders(plan: FilePlan): readonly string[] {
  const folders = createdPaths(plan).flatMap((path) => foldersAround(path).filter((folder) => !isTaken(folder)));
  return [...new Set(folders)].sort((a, b) => a.length - b.length);
}

/** @returns what to remove to take back everything that the plan creates: files, and whole folders where these are new */
export function newPaths(plan: FilePlan): readonly string[] {
  return [...new Set(createdPaths(plan).map((path) => [...foldersAround(path).filter((folder) => !isTaken(folder)), path][0] ?? path))];
}

const createdPaths = ({ folder, files }: FilePlan) =>
  files.flatMap(({ action, path }) => (action === 'create' ? [join(folder, path)] : []));

/** @returns the folders that a path is in, from the outermost on */
function foldersAround(path: string): readonly string[] {
  const around = dirname(path);
  return around === path ? [] : [...foldersAround(around), around];
}

/** A path as a person in the current folder would write it in a shell. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  const chosen = short === '' ? '.' : short.startsWith('..') ? path : short;
  return quoted(chosen.startsWith('-') ? `./${chosen}` : chosen);
}

/** @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02 */
export function quoted(text: string): string {
  return /^[\w@%+=:,./\p{L}-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
