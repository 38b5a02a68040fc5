/** Finds the code that a mutant changes, wherever in the engine it is and however it is laid out, so that moves and line breaks cost no mutant. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Mutant {
  /** Code that occurs exactly once in the engine, so that no mutant is lost unnoticed when the engine changes. */
  readonly find: string;
  readonly replace: string;
}

export const change = (find: string, replace: string): Mutant => ({ find, replace });

export interface Place {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** What the simulations run: the engine, and the stores in memory. */
const folders = [
  ...['api', 'clock', 'core', 'jobs/bulk-action', 'jobs/deliver-webhook', 'jobs/group', 'text', 'webhook', 'worker'].map(
    (name) => `lambdas/${name}`,
  ),
  'testing',
];
const texts = new Map<string, string>();
let files: readonly string[] | undefined;

/** @param root of the repository @throws Error unless the code occurs exactly once */
export function placeOf(mutant: Mutant, root: string): Place {
  const pattern = patternOf(mutant.find);
  const places = engineFiles(root).flatMap((file) =>
    [...textOf(file, root).matchAll(pattern)].map(({ index, 0: found }) => ({ file, start: index, end: index + found.length })),
  );
  const [place] = places;
  if (place === undefined || places.length > 1) {
    const where = places.length === 0 ? '' : ` (${places.map(({ file }) => file).join(', ')})`;
    throw new Error(`This code must occur once, and occurs ${places.length} times${where}:\n${mutant.find}`);
  }
  return place;
}

export type Edit = Place & Pick<Mutant, 'replace'>;

/** @returns a file's text with all edits that are in it */
export function editedText(file: string, edits: readonly Edit[], root: string): string {
  return edits
    .filter((edit) => edit.file === file)
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, replace }) => text.slice(0, start) + replace + text.slice(end), textOf(file, root));
}

/** Matches the same tokens with any white space and comments between them, and with the trailing commas that line breaks bring. */
export function patternOf(code: string): RegExp {
  const tokens = code.match(/[\w$]+|[^\s\w$]/g) ?? [];
  const source = tokens.map((token, i) => {
    const before = tokens[i - 1];
    if (before === undefined) return escaped(token);
    const gap = isWord(before) && isWord(token) ? someGap : anyGap;
    return `${gap}${/[)\]}]/.test(token) ? `(?:,${anyGap})?` : ''}${escaped(token)}`;
  });
  const [first = '', last = ''] = [tokens[0], tokens.at(-1)];
  return new RegExp(`${isWord(first) ? '(?<![\\w$])' : ''}${source.join('')}${isWord(last) ? '(?![\\w$])' : ''}`, 'g');
}

const gapPart = String.raw`\s|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/`;
const anyGap = `(?:${gapPart})*`;
const someGap = `(?:${gapPart})+`;
const isWord = (token: string) => /^[\w$]/.test(token);
const escaped = (token: string) => token.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

function engineFiles(root: string): readonly string[] {
  files ??= folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );
  return files;
}

function textOf(file: string, root: string): string {
  const known = texts.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(join(root, file), 'utf8');
  texts.set(file, text);
  return text;
}
