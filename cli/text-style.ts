/** Colours, and what keeps a text of others from commanding the terminal. */
import { stripVTControlCharacters } from 'node:util';
import type { Output } from './command-io.ts';

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39], cyan: [36, 39] } as const;

export type Style = keyof typeof codes;

/** @returns the text in a style, where the output has colours */
export function styled(text: string, style: Style, { isColoured }: Pick<Output, 'isColoured'>): string {
  const [on, off] = codes[style];
  return isColoured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/**
 * Texts of jobs (messages, tags, errors) are written by others. Escape sequences could rewrite the screen, and line ends forge lines.
 * @returns the text without control characters, in one line
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, '\ufffd');
}

/** @returns the text without control characters, its lines kept */
export function plainLines(text: string): string {
  return text.split(/\r?\n/).map(plain).join('\n');
}

const segmenter = new Intl.Segmenter();
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u;

/** @returns the columns that a text takes: two for East Asian characters and pictures @see https://www.unicode.org/reports/tr11/ */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text))) columns += wide.test(segment) ? 2 : 1;
  return columns;
}

/** @returns the text cut to `width` columns, with an ellipsis in place of what is missing */
export function truncate(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let [kept, columns] = ['', 0];
  for (const { segment } of segmenter.segment(text)) {
    const size = columnsOf(segment);
    if (columns + size > width - 1) break;
    kept += segment;
    columns += size;
  }
  return `${kept.trimEnd()}…`;
}
