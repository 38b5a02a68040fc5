/** Finds the reader of a log by trying all of them. */
import { ReportError } from '../report-error.ts';
import type { FileSample, LogReader, ReadLine, ReadOptions } from './log-reader.ts';

/** Lines that each reader tries. When none fits, the whole sample is tried: a function may print more than 50 lines before its first REPORT. */
const triedLines = 50;
/** Share of the tried lines that the reader must understand. */
const neededShare = 0.8;
/** The number of guesses that are named where no reader fits. */
const namedGuesses = 3;

interface Trial {
  readonly reader: LogReader;
  readonly requests: number;
  readonly share: number;
  /** What the reader needs to know before it can read this. */
  readonly missing: ReportError | undefined;
}

export type Detected = { readonly reader: LogReader } | { readonly reason: string };

/**
 * Finds the reader that understands at least 80 % of the lines, and of several the one that finds most requests in them; at a tie the first.
 * A reader that finds no request does not fit.
 * @returns the reader, or why none fits, with the best guesses
 * @throws ReportError when the only reader that fits needs an option
 */
export function detectReader(sample: FileSample, readers: readonly LogReader[], options: ReadOptions): Detected {
  const trials = tryAll(sample, sample.lines.slice(0, triedLines), readers, options);
  const best = bestOf(trials) ?? bestOf(tryAll(sample, sample.lines, readers, options));
  if (best !== undefined) return { reader: best.reader };
  const missing = trials.find((trial) => trial.missing !== undefined)?.missing;
  if (missing !== undefined) throw missing;
  return { reason: reasonOf(trials) };
}

function tryAll(sample: FileSample, lines: readonly string[], readers: readonly LogReader[], options: ReadOptions): readonly Trial[] {
  return readers.map((reader) => tryReader(reader, sample, lines, options));
}

function tryReader(reader: LogReader, sample: FileSample, lines: readonly string[], options: ReadOptions): Trial {
  let read: ReadLine;
  try {
    read = reader.open(sample, options).read;
  } catch (error) {
    if (error instanceof ReportError) return { reader, requests: 0, share: 0, missing: error };
    throw error;
  }
  let [requests, noise, stuck] = [0, 0, 0];
  let missing: ReportError | undefined;
  for (const line of lines) {
    try {
      const found = read(line);
      if (found === 'noise') noise++;
      else if (found !== undefined) requests++;
    } catch (error) {
      if (!(error instanceof ReportError)) throw error;
      missing = error;
      stuck++;
    }
  }
  const needsOption = stuck > 0 && stuck + requests + noise >= neededShare * lines.length;
  return { reader, requests, share: (requests + noise) / Math.max(1, lines.length), missing: needsOption ? missing : undefined };
}

function bestOf(trials: readonly Trial[]): Trial | undefined {
  return trials
    .filter(({ requests, share }) => requests > 0 && share >= neededShare)
    .reduce<Trial | undefined>((best, trial) => (best === undefined || trial.requests > best.requests ? trial : best), undefined);
}

function reasonOf(trials: readonly Trial[]): string {
  const guesses = trials
    .filter(({ requests }) => requests > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, namedGuesses)
    .map(({ reader, share }) => `${reader.title} ${Math.floor(share * 100)} %`);
  if (guesses.length === 0) return 'it is not a known log: no reader finds a request in its first lines';
  return `it is not a known log: fewer than 80 % of its first lines are understood (${guesses.join(', ')}); --format names a format to read it as`;
}
