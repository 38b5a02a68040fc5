/** What the prose check looks for in one file. Pure: text in, findings out. */
import { avoidedWords, continuingWords, introducingWords, lowerCaseNames, measures } from './words.ts';

export interface Finding {
  /** The avoided word as the report names it, or the kind of finding. */
  readonly kind: string;
  /** The first line is 1. */
  readonly line: number;
  readonly found: string;
  readonly say: string;
}

export const openingKind = 'opening of a doc comment';
const advice = 'start with what it does or is, in a whole sentence; put a comma after an introduction';

/** White space between two words of a phrase: at most one end of a line, since a paragraph ends the sentence. */
const gap = '(?:[^\\S\\n]+|[^\\S\\n]*\\n[^\\S\\n]*)';
const patterns = avoidedWords.map(({ word, pattern, say }) => ({
  word,
  say,
  regExp: new RegExp(`\\b(?:${pattern.replaceAll(' ', gap)})(?!\\w)`, 'gi'),
}));

/** Finds avoided words in comments, strings, identifiers and prose. */
export function avoidedWordsIn(text: string): readonly Finding[] {
  const words = asWords(text);
  return patterns
    .flatMap(({ word, say, regExp }) =>
      [...words.matchAll(regExp)].map((match) => ({
        kind: word,
        line: lineAt(words, match.index),
        found: match[0].replaceAll(/\s+/g, ' '),
        say,
      })),
    )
    .sort((one, other) => one.line - other.line);
}

/** Finds doc comments (`.ts`) and docstrings (`.py`) that open in the middle of a sentence. */
export function openingsIn(path: string, text: string): readonly Finding[] {
  const comments = path.endsWith('.py') ? /^[^\S\n]*[rR]?"""(.*?)"""/gms : /(?<=^|[^\S\n])\/\*\*(?=\s)(.*?)\*\//gms;
  return [...text.matchAll(comments)].flatMap((match) => {
    const comment = (match[1] ?? '').replaceAll(/^[^\S\n]*\*(?!\*)[^\S\n]?/gm, '').trim();
    if (!opensInMidSentence(comment)) return [];
    const found = comment.split(/\s+/).slice(0, 6).join(' ');
    return [{ kind: openingKind, line: lineAt(text, match.index), found, say: advice }];
  });
}

/** @param comment the text of a doc comment, without its stars */
export function opensInMidSentence(comment: string): boolean {
  const [opening = ''] = comment.split(/\n\s*\n|\n@|[.!?](?=\s|$)/);
  const [first = '', second = ''] = opening.split(/[\s,:;]+/);
  if (first.startsWith('…')) return true;
  // A tag, code, a number, an address, a label.
  if (/^(?:https?|[^\s:]+:(?=\s|$))/.test(opening)) return false;
  if (!/^\p{L}[\p{L}’']*$/u.test(first)) return false;
  const word = first.toLowerCase();
  if (continuingWords.has(word)) return true;
  if (word === 'as' && measures.has(second)) return true;
  if (word === 'for' && second === 'so') return true;
  // "At most" and "at least" belong to what follows.
  if (introducingWords.has(word) && second !== 'most' && second !== 'least') return !/[,:]\s/.test(opening);
  return /^\p{Ll}+$/u.test(first) && !lowerCaseNames.has(first);
}

/** Takes identifiers apart and comment marks out, and keeps every line where it is. */
function asWords(text: string): string {
  return text
    .replaceAll(/\b[sS]tandIn/g, 'substitute')
    .replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_/g, ' ')
    .replaceAll(/^[^\S\n]*(?:\*(?!\*)|\/\/+|#+|>)[^\S\n]?/gm, ' ');
}

function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
