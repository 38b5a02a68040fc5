/** Where an avoided word is right. An exception that excuses nothing is reported, so that this list stays short. */

export interface Exception {
  /** The file's path from the root, or the beginning of it. */
  readonly path: string;
  /** Text of the line that is excused; without it, the whole file is. */
  readonly text?: string;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [
  { path: 'test/prose/words.ts', reason: 'the list of avoided words is data' },
  { path: 'test/unit/prose/', reason: 'the tests of this check need text to refuse' },
];
