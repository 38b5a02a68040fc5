/** Where `init` and `add` write, and whom they ask. */

export interface Terminal {
  /** Prints the outcome of the command: standard output. */
  readonly print: (text: string) => void | Promise<void>;
  /** Prints what went wrong: standard error. */
  readonly report: (text: string) => void | Promise<void>;
  /** Asks a question that is answered with yes or no; undefined where there is no person who could answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
}
