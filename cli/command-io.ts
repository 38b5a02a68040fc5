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

/** Asks a question that is answered with yes or no; nothing typed is no. */
export async function confirm(io: CommandIo, question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: io.stdin, output: process.stderr, terminal: true });
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal: io.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
