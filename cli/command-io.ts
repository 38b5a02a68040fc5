/** What a command reads and writes: data on standard output, everything else on standard error. */
import type { Readable } from 'node:stream';

export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Where data go. */
  readonly out: Output;
  /** Where messages, progress and questions go. */
  readonly messages: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

export interface Output {
  readonly isTerminal: boolean;
  readonly isColoured: boolean;
  /** Columns of the terminal; undefined where nothing limits a line. */
  readonly width: number | undefined;
  /** Resolves when the text is taken, so that a slow reader is not flooded. */
  write(text: string | Uint8Array): Promise<void>;
}

/** @see https://no-color.org and https://force-color.org */
export function outputOf(stream: NodeJS.WriteStream, env: CommandIo['env'], hasColours = true): Output {
  const isTerminal = stream.isTTY === true;
  const isForced = (env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0';
  const isRefused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb' || !hasColours;
  return {
    isTerminal,
    isColoured: !isRefused && (isForced || isTerminal),
    get width() {
      return isTerminal ? stream.columns || 80 : undefined;
    },
    write: (text) => new Promise((resolve, reject) => stream.write(text, (error) => (error == null ? resolve() : reject(error)))),
  };
}

/** @returns whether somebody is there who can be asked */
export function canAsk({ stdin, messages }: CommandIo): boolean {
  return stdin.isTTY === true && messages.isTerminal;
}

/** Asks a question that is answered with yes or no. Nothing typed is no, and so are the end of the input and Ctrl-C. */
export async function confirm({ stdin }: CommandIo, question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: stdin, output: process.stderr, terminal: true });
  const closed = new Promise<string>((resolve) => prompt.once('close', () => resolve('')));
  prompt.once('SIGINT', () => prompt.close());
  const answer = await Promise.race([prompt.question(`${question} [y/N] `), closed]);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}
