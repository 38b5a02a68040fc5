/** The documentation of the package, by section, and a plain search in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DocsSection {
  /** The file, such as `runbook.md`. */
  readonly page: string;
  /** The headings above and the section's own: "Runbook › Failures". */
  readonly heading: string;
  /** The address within the documentation, such as `docs/runbook.md#failures`. */
  readonly address: string;
  readonly text: string;
}

/** A word in a heading counts as this many in the text. */
const headingWeight = 5;
/** The parameters of BM25, as it is used most: how soon repetitions stop counting, and how much the length of a text counts. */
const saturation = 1.2;
const lengthShare = 0.75;

/** Words by number of occurrences, for each section. */
interface Indexed {
  readonly section: DocsSection;
  readonly counts: ReadonlyMap<string, number>;
  readonly words: number;
}

export class DocsIndex {
  private readonly indexed: readonly Indexed[];
  private readonly sectionsWith = new Map<string, number>();
  private readonly averageWords: number;

  /** @param folder of `*.md` files @throws Error if it cannot be read */
  constructor(folder: string) {
    const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      // Decisions explain the code to those who change it.
      .filter((name) => name.endsWith('.md') && !name.startsWith('decisions'))
      .sort();
    const sections = pages.flatMap((page) => sectionsOf(page, readFileSync(join(folder, page), 'utf8')));
    this.indexed = sections.map((section) => {
      const counts = countsOf(section);
      return { section, counts, words: sumOf(counts.values()) };
    });
    this.averageWords = sumOf(this.indexed.map(({ words: count }) => count)) / Math.max(1, this.indexed.length);
    for (const { counts } of this.indexed)
      for (const word of counts.keys()) this.sectionsWith.set(word, (this.sectionsWith.get(word) ?? 0) + 1);
  }

  /** @returns the sections that fit best, the best first; a word that few sections have counts most */
  search(query: string, limit: number): readonly DocsSection[] {
    const words = [...new Set(wordsOf(query))];
    return this.indexed
      .map((indexed) => ({ section: indexed.section, score: sumOf(words.map((word) => this.score(word, indexed))) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, limit)
      .map(({ section }) => section);
  }

  /** @returns rows of tables that begin with a code, each after the address of its page: what the runbook and the list of problems say about it */
  rowsOf(code: string): readonly string[] {
    return this.indexed.flatMap(({ section: { page, text } }) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('|') && (line.split('|')[1] ?? '').includes(`\`${code}\``))
        .map(
          (row) =>
            `docs/${page}: ${row
              .split('|')
              .map((cell) => cell.trim())
              .filter((cell) => cell !== '')
              .join(' — ')}`,
        ),
    );
  }

  /** @see https://en.wikipedia.org/wiki/Okapi_BM25 */
  private score(word: string, { counts, words }: Indexed): number {
    const count = counts.get(word) ?? 0;
    if (count === 0) return 0;
    const sections = this.sectionsWith.get(word) ?? 0;
    const rarity = Math.log(1 + (this.indexed.length - sections + 0.5) / (sections + 0.5));
    const length = saturation * (1 - lengthShare + (lengthShare * words) / this.averageWords);
    return (rarity * count * (saturation + 1)) / (count + length);
  }
}

/** Divides a page at its headings, which are not those in its code blocks. */
function sectionsOf(page: string, text: string): readonly DocsSection[] {
  const sections: DocsSection[] = [];
  const path: string[] = [];
  let lines: string[] = [];
  let isCode = false;
  const close = () => {
    const title = path.at(-1) ?? page;
    const anchor = path.length > 1 ? `#${anchorOf(title)}` : '';
    if (path.length > 0 || lines.some((line) => line.trim() !== ''))
      sections.push({ page, heading: path.join(' › ') || page, address: `docs/${page}${anchor}`, text: lines.join('\n').trim() });
    lines = [];
  };
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode;
    const [, marks = '', title = ''] = isCode ? [] : (/^(#{1,4}) (.+)$/.exec(line) ?? []);
    if (marks === '') lines.push(line);
    else {
      close();
      path.splice(marks.length - 1, path.length, title.replaceAll('`', ''));
    }
  }
  close();
  return sections;
}

/** @see https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function countsOf({ heading, text }: DocsSection): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (word: string, count: number) => counts.set(word, (counts.get(word) ?? 0) + count);
  for (const word of wordsOf(heading)) add(word, headingWeight);
  for (const word of wordsOf(text)) add(word, 1);
  return counts;
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const one of numbers) sum += one;
  return sum;
}

/** A plural finds the singular, and the other way round. */
function wordsOf(text: string): readonly string[] {
  return (text.toLowerCase().match(/[a-z0-9_]{2,}/g) ?? []).map((word) => (word.length > 3 ? word.replace(/s$/, '') : word));
}
