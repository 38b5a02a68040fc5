/** The command blocks of the docs, as a reader copies them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Block {
  /** The page and the first command, `docs/deploy.md: npm ci`: by it the plans name the block; a second one gets `(2)`. */
  readonly name: string;
  readonly text: string;
}

const project = join(__dirname, '..', '..', '..');
const shells = ['sh', 'bash', 'shell', 'console'];

/** @returns every block of `sh` in the README and in the pages of docs, in their order */
export function blocksOfDocs(): readonly Block[] {
  const docs = readdirSync(join(project, 'docs')).filter((file) => file.endsWith('.md'));
  return ['README.md', ...docs.map((file) => join('docs', file))].flatMap((page) =>
    blocksOf(page, readFileSync(join(project, page), 'utf8')),
  );
}

/** A fenced block of any language. */
export interface CodeBlock extends Block {
  /** The first word after the fence: `sh`, `ts`, `json`. */
  readonly language: string;
  /** The rest of that line: the name of a file. */
  readonly file: string;
}

/** @returns the command blocks of a page */
export function blocksOf(page: string, markdown: string): readonly Block[] {
  return codeBlocksOf(page, markdown)
    .filter(({ language }) => shells.includes(language))
    .map(({ name, text }) => ({ name, text }));
}

/** @returns every fenced block of a page, named like those of commands; blocks of commands are numbered among themselves */
export function codeBlocksOf(page: string, markdown: string): readonly CodeBlock[] {
  const timesNamed = new Map<string, number>();
  return [...markdown.matchAll(/^([ \t]*)```([a-z]*) *([^\n]*)\n(.*?)^[ \t]*```/gms)].map(
    ([, indent = '', language = '', file = '', indented = '']) => {
      // In a list it is indented as a whole.
      const text = indented.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
      const isShell = shells.includes(language);
      const first = text.split('\n').find((line) => line.trim() !== '' && !(isShell && line.startsWith('#'))) ?? '';
      const name = `${page}: ${isShell ? withoutComment(first) : first.trim()}`;
      const key = `${isShell} ${name}`;
      const times = (timesNamed.get(key) ?? 0) + 1;
      timesNamed.set(key, times);
      return { name: times === 1 ? name : `${name} (${times})`, language, file, text };
    },
  );
}

/** @returns the definitions of functions, which other blocks call */
export function functionsOf(blocks: readonly Block[]): string {
  return blocks.flatMap(({ text }) => text.match(/^\w+\(\) \{.*?^\}$/gms) ?? []).join('\n');
}

/** @returns the commands with everything in its place. @throws Error for a stand-in that replaces nothing, and for what still is to be filled in */
export function fillIn({ name, text }: Block, standIns: Readonly<Record<string, string>>): string {
  let filled = text;
  for (const [what, by] of Object.entries(standIns)) {
    if (!filled.includes(what)) throw new Error(`${name} holds no ${what}: take its stand-in away.`);
    filled = filled.replaceAll(what, by);
  }
  const commands = filled.split('\n').map(withoutComment).join('\n');
  // In angle brackets, or cut short. A redirection has no letter at once.
  const [left] = /<[a-zA-Z][^<>\n]*>|\S*…\S*/.exec(commands) ?? [];
  if (left !== undefined) throw new Error(`${name} leaves ${left} to its reader: give it a stand-in.`);
  return filled;
}

/** A `#` after white space begins one, as far as our blocks go. */
function withoutComment(line: string): string {
  return line.replace(/(^|\s+)#\s.*$/, '').trimEnd();
}
