/** Opens what a report reads: finds the files, what they are packed in, and the reader of each. */
import type { Readable } from 'node:stream';
import { ReportError } from '../report-error.ts';
import { withoutExportPrefix } from './cloudwatch-events.ts';
import { detectReader } from './detected-format.ts';
import { findLogFiles, type LogFile } from './log-files.ts';
import type { LogInput } from './log-input.ts';
import type { DocumentReader, FormatName, LogReader, ReadOptions } from './log-reader.ts';
import { type FileStart, type KnownFile, lookAt } from './read-log-file.ts';
import { type PlannedFile, readPlanned } from './read-planned.ts';
import { formatsToLeaveOut } from './same-requests.ts';

export interface OpenOptions extends ReadOptions {
  /** Reads every file as this format, and does not try the others. */
  readonly format?: FormatName | undefined;
  /** Only logs of this format count, where several hold the same requests. */
  readonly layer?: FormatName | undefined;
  /** What `-` reads. @default the standard input of this process */
  readonly stdin?: Readable | undefined;
  /** Called with what is being read, for people who wait. */
  readonly progress?: ((text: string) => void) | undefined;
}

export interface Readers {
  readonly logReaders: readonly LogReader[];
  readonly documentReaders: readonly DocumentReader[];
}

type Skipped = { readonly file: string; readonly reason: string };

/**
 * Opens logs for reading as often as is needed.
 * @param paths files, folders with all that is in them, and `-` for the standard input, which is copied to a temporary file until `close`
 * @throws ReportError when a path cannot be read, no file is a log, an option is missing, or two formats hold the same requests
 */
export async function openLogInput(paths: readonly string[], options: OpenOptions, readers: Readers): Promise<LogInput> {
  const found = await findLogFiles(paths, options.stdin ?? process.stdin);
  try {
    const planned: PlannedFile[] = [];
    const skipped: Skipped[] = [...found.unreadable];
    for (const [index, file] of found.files.entries()) {
      options.progress?.(`looking at ${file.name} (${index + 1} of ${found.files.length})`);
      const plan = await planFile(file, options, readers);
      if ('reason' in plan) skipped.push({ file: file.name, reason: plan.reason });
      else planned.push(plan);
    }
    if (planned.length === 0) throw nothingToRead(paths, skipped);
    const leftOut = await formatsToLeaveOut(planned, options);
    const counted = planned.filter(({ format }) => !leftOut.has(format));
    for (const { name, format } of planned)
      if (leftOut.has(format))
        skipped.push({ file: name, reason: `it holds the same requests as the log that --layer ${options.layer} names` });
    skipped.sort((a, b) => (a.file < b.file ? -1 : 1));
    return { read: (visit) => readPlanned(counted, skipped, options, visit), close: found.close };
  } catch (error) {
    await found.close();
    throw error;
  }
}

async function planFile(file: LogFile, options: OpenOptions, readers: Readers): Promise<PlannedFile | { readonly reason: string }> {
  let start: FileStart | { readonly reason: string };
  try {
    start = await lookAt(file);
  } catch (cause) {
    return { reason: `it cannot be read: ${(cause as Error).message}` };
  }
  return 'reason' in start ? start : choose(start, options, readers);
}

function choose(
  start: FileStart,
  options: OpenOptions,
  { logReaders, documentReaders }: Readers,
): PlannedFile | { readonly reason: string } {
  const { format } = options;
  const isAllowed = (reader: LogReader | DocumentReader) => format === undefined || reader.format === format;
  const document = start.file.wrapper === 'none' && documentReaders.find((reader) => isAllowed(reader) && reader.recognises(start.text));
  if (document) return { ...start.file, kind: 'document', format: document.format, title: document.title, document };
  const allowed = logReaders.filter(isAllowed);
  if (format !== undefined) {
    const [reader] = allowed;
    return reader === undefined ? { reason: `it is not a document of the format ${format}` } : linesOf(start.file, reader);
  }
  return start.file.wrapper === 'export' ? chooseForExport(start, options, allowed) : chooseForLines(start, start.file, options, allowed);
}

/** A log may write such a time itself, so the lines are tried with and without it. */
function chooseForExport(start: FileStart, options: ReadOptions, allowed: readonly LogReader[]): PlannedFile | { readonly reason: string } {
  const unwrapped = chooseForLines(start, start.file, options, allowed);
  if (!('reason' in unwrapped)) return unwrapped;
  const plain = chooseForLines(start, { ...start.file, wrapper: 'none' }, options, allowed);
  return 'reason' in plain ? unwrapped : plain;
}

function chooseForLines(
  { samples }: FileStart,
  file: KnownFile,
  options: ReadOptions,
  allowed: readonly LogReader[],
): PlannedFile | { readonly reason: string } {
  const readers = new Map<string | undefined, LogReader>();
  let reason = 'it holds no lines';
  for (const [logGroup, wrapped] of samples) {
    const detected = detectReader(
      { name: logGroup ?? file.name, lines: file.wrapper === 'export' ? wrapped.map(withoutExportPrefix) : wrapped },
      allowed,
      options,
    );
    if ('reason' in detected) reason = detected.reason;
    else readers.set(logGroup, detected.reader);
  }
  const [main] = readers.values();
  return main === undefined ? { reason } : linesOf(file, main, readers);
}

const linesOf = (file: KnownFile, main: LogReader, readers: ReadonlyMap<string | undefined, LogReader> = new Map()): PlannedFile => ({
  ...file,
  kind: 'lines',
  format: main.format,
  title: main.title,
  main,
  readers,
});

function nothingToRead(paths: readonly string[], skipped: readonly Skipped[]): ReportError {
  const named = skipped.slice(0, 5).map(({ file, reason }) => `\n  ${file}: ${reason}`);
  const more = skipped.length > 5 ? `\n  and ${skipped.length - 5} more` : '';
  return new ReportError(`There is no log to read in ${paths.join(', ') || 'no paths'}.${named.join('')}${more}`);
}
