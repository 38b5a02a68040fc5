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
  /** Whether lines can be written again in place: on a terminal, but a dumb one. */
  readonly canRedraw: boolean;
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
    canRedraw: isTerminal && env['TERM'] !== 'dumb',
    get width() {
      return isTerminal ? stream.columns || 80 : undefined;
    },
    write: (text) => new Promise((resolve, reject) => stream.write(text, (error) => (error == null ? resolve() : reject(error)))),
  };
}
