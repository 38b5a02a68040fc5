/** Where `init` and `add` write, and whom they ask. */
import { createInterface } from 'node:readline/promises';

export interface Terminal {
  /** Prints the outcome of the command: standard output. */
  readonly print: (text: string) => void | Promise<void>;
  /** Prints what went wrong: standard error. */
  readonly report: (text: string) => void | Promise<void>;
  /** Asks a question that is answered with yes or no; undefined where there is no person who could answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
}

/** @returns the terminal of this process; it can ask where both ends of the conversation are a terminal */
export function processTerminal(): Terminal {
  const canAsk = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    print: (text) => void process.stdout.write(text),
    report: (text) => void process.stderr.write(text),
    confirm: canAsk ? confirm : undefined,
  };
}

/** Nothing typed is no, and so is the end of the input. */
async function confirm(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  const closed = new Promise<string>((resolve) => prompt.once('close', () => resolve('')));
  prompt.once('SIGINT', () => prompt.close());
  const answer = await Promise.race([prompt.question(`${question} [y/N] `), closed]);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}
