/**
 * The words that this project's text avoids, with what to write instead. Identifiers are read as words: `isTold` has `told` in it.
 * A space in a pattern is any white space, also the end of a line.
 */

export interface AvoidedWord {
  /** Name in the report. */
  readonly word: string;
  readonly pattern: string;
  /** The plain word, or words to choose from. */
  readonly say: string;
}

export const avoidedWords: readonly AvoidedWord[] = [
  { word: 'tell', pattern: '(?<!cannot )tell|tells|telling|told', say: 'say, report, log, show, distinguish' },
  { word: 'reckon', pattern: 'reckon|reckons|reckoned|reckoning', say: 'compute, count, assume' },
  { word: 'anew', pattern: 'anew', say: 'again' },
  { word: 'mend', pattern: 'mend|mends|mended|mending', say: 'fix, repair' },
  { word: 'whatever', pattern: 'whatever', say: 'any, regardless of' },
  { word: 'see to', pattern: '(?:see|sees|seen|seeing|saw) to', say: 'handle, process' },
  { word: 'made of, made from', pattern: '(?:make|makes|made|making) (?:of|from)', say: 'built from, derived from, created from' },
  { word: 'so many, so long', pattern: 'so (?:many|long)', say: 'N, that many, as long as' },
  // An abbreviation stands for something, a substitute stands in for it and is called a stand-in.
  { word: 'stand', pattern: 'stands?(?! for\\b| in for\\b|-)|stood|standing', say: 'is, are' },
  { word: 'come to', pattern: '(?:come|comes|came|coming) to', say: 'amount to, be, arrive at' },
  { word: 'begun', pattern: 'begun', say: 'started' },
  { word: 'by itself', pattern: 'by (?:itself|themselves)', say: 'automatically, on its own' },
  { word: 'as it comes', pattern: 'as (?:it comes|they come)', say: 'by default, unchanged' },
  { word: 'alike', pattern: 'alike', say: 'the same, both' },
  { word: 'in vain', pattern: 'in vain', say: 'without success' },
  { word: 'put aside', pattern: '(?:put|puts|putting) aside', say: 'move to the dead-letter queue' },
  { word: 'a good deal', pattern: 'a good deal', say: 'much' },
  // "There is no …", "is no longer" and "is no wider than" are plain English.
  {
    word: 'is no …',
    pattern:
      '(?<!\\bthere (?:(?:still|also|then|often|usually) )?)(?:is|are|was|were) no (?!(?:longer|more|less|fewer)\\b|\\w+er than\\b)\\w+',
    say: 'is not a …',
  },
  { word: 'nobody', pattern: 'nobody', say: 'name the one who does not: no worker, no caller' },
  { word: 'anybody', pattern: 'anybody', say: 'name the one who may: any caller, another process' },
  { word: 'of the like', pattern: '(?:of|do|does|did|doing) the like', say: 'similar, do the same' },
];

/**
 * Words that continue a sentence. A doc comment starts with what the thing does or is; one that opens with such a word is understood
 * only as the rest of a sentence that began with the identifier, as "Its type is." above `isPaused`.
 */
export const continuingWords: ReadonlySet<string> = wordsOf(
  'of its their his whose whom those such',
  'and or but nor so than then also too else which that because',
  'whatever whoever whichever',
  'told asked done made kept gone begun meant handed taken sent seen given known answered filled shown put',
);

/** These open a sentence where a comma or a colon follows, "For a job that ended, …", and otherwise only part of one: "For so many seconds." */
export const introducingWords: ReadonlySet<string> = wordsOf(
  'for from in with within without at on until past behind beyond beside between below above through to by as while since if unless',
);

/** "As many as …" continues a sentence with or without a comma. */
export const measures: ReadonlySet<string> = wordsOf('many much few little long often soon large small old well');

/** Names and values that are written in lower case at the start of a sentence, too. */
export const lowerCaseNames: ReadonlySet<string> = wordsOf('dynalite esbuild fauxqs ministack null npm undefined zod');

function wordsOf(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(' ')));
}
