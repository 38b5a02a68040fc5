/** What a tutorial shows as an output, compared with what was printed. */
import { stripVTControlCharacters } from 'node:util';

/** What differs from one reader to the next: its form in the page, and the pattern that any of them has. */
const varying: readonly (readonly [inPage: RegExp, pattern: string])[] = [
  [/job_[a-z0-9]{8,}/, 'job_[a-z0-9]+'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/, String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`],
  [/\b\d\d:\d\d:\d\d\b/, String.raw`\d\d:\d\d:\d\d`],
  [/127\.0\.0\.1:\d+/, String.raw`127\.0\.0\.1:\d+`],
  // What has just ended did so now.
  [/\b\d+ (?:ms|s|min) ago\b/, String.raw`(?:now|\d+ (?:ms|s|min)(?: \d+ s)? ago)`],
  [/\b\d+(?:\.\d+)? ?(?:ms|s|min)\b/, String.raw`\d+(?:\.\d+)? *(?:ms|s|min)`],
];

/**
 * Makes a pattern of an output in a page. A line that is `…` stands for any number of lines, `…` within a line for any part of it; ids, times, durations
 * and ports stand for any others, and spaces for one or more.
 */
export function patternOf(shown: string): RegExp {
  const lines = shown
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? undefined : linePattern(line)));
  const source = lines.map((line) => (line === undefined ? String.raw`(?:[^\n]*\n)*?` : `${line} *\\n`)).join('');
  return new RegExp(`^${source}$`);
}

function linePattern(line: string): string {
  const any = new RegExp(`${varying.map(([inPage]) => `(${inPage.source})`).join('|')}|(…)|( +)`, 'g');
  let [pattern, end] = ['', 0];
  for (const match of line.matchAll(any)) {
    const kind = match.slice(1).findIndex((part) => part !== undefined);
    pattern += RegExp.escape(line.slice(end, match.index)) + (varying[kind]?.[1] ?? (match[0] === '…' ? '.*' : ' +'));
    end = match.index + match[0].length;
  }
  return pattern + RegExp.escape(line.slice(end));
}

/** @returns whether the output is what the page shows; of a command that goes on, so far */
export function isShown(shown: string, printed: string, isWhole = true): boolean {
  const text = `${printed.trimEnd()}\n`;
  return isWhole ? patternOf(shown).test(text) : patternOf(`${shown.trimEnd()}\n…`).test(text);
}

const esc = '\u001b';
/** Links, as curl prints them, control sequences, the ends of lines, and texts. @see https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda */
const terminalParts = new RegExp(
  String.raw`${esc}\][^${esc}\u0007]*(?:\u0007|${esc}\\)|${esc}\[[\d;?]*[A-Za-z]|[\r\n]|[^${esc}\r\n]+`,
  'g',
);

/** @returns the lines that a terminal shows at the end: a line that was written again is there once */
export function onScreen(raw: string): string {
  const lines = [''];
  let [row, column] = [0, 0];
  for (const [part] of raw.matchAll(terminalParts)) {
    if (part === '\n') [row, column] = [row + 1, 0];
    else if (part === '\r') column = 0;
    else if (part.startsWith(`${esc}[`) && part.endsWith('A')) row = Math.max(0, row - Number(part.slice(2, -1) || 1));
    else if (part === `${esc}[2K`) lines[row] = '';
    else if (!part.startsWith(esc)) {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + part + line.slice(column + part.length);
      column += part.length;
    }
    lines[row] ??= '';
  }
  return stripVTControlCharacters(lines.join('\n'));
}
