/** Reads files whose formats are known, and counts what was and what was not understood. */
import { ReportError } from '../report-error.ts';
import type { ReadCounts } from './log-input.ts';
import type { DocumentReader, FormatName, LogReader, ReadLine, ReadOptions } from './log-reader.ts';
import type { LoggedRequest } from './logged-request.ts';
import { type KnownFile, readFileLines, readWhole, sampleBuffer } from './read-log-file.ts';
import { ReadTally } from './read-tally.ts';

export type PlannedFile = KnownFile & { readonly format: FormatName; readonly title: string } & (
    | { readonly kind: 'document'; readonly document: DocumentReader }
    /** `readers` are those of log groups; the others are read by `main`. */
    | { readonly kind: 'lines'; readonly main: LogReader; readonly readers: ReadonlyMap<string | undefined, LogReader> }
  );

export type Visit = (request: LoggedRequest, format: FormatName) => void;

/** A document is read whole. A text of V8 holds 512 MB at most. */
const maxDocumentBytes = 134_217_728;
/** The most objects and lists in a document: parsed, they take some 500 MB. */
const maxDocumentValues = 4_000_000;
const progressBytes = 67_108_864;

interface PassOptions extends ReadOptions {
  readonly progress?: ((text: string) => void) | undefined;
}

/** Reads all files in their order, and hands over each request. */
export async function readPlanned(
  files: readonly PlannedFile[],
  skipped: ReadCounts['skipped'],
  options: PassOptions,
  visit: Visit,
): Promise<ReadCounts> {
  const tally = new ReadTally(skipped);
  for (const [index, file] of files.entries()) {
    const where = `${file.name} (${index + 1} of ${files.length})`;
    options.progress?.(`reading ${where}`);
    if (file.kind === 'document') await readDocumentFile(file, file.document, tally, visit);
    else await readLinesFile(file, { options, tally, visit, where });
  }
  return tally.counts();
}

async function readDocumentFile(file: PlannedFile, reader: DocumentReader, tally: ReadTally, visit: Visit): Promise<void> {
  const { text, note } = await readWhole(file, maxDocumentBytes);
  if (text === undefined)
    throw new ReportError(
      `${file.name} is one document (${reader.title}) of more than 128 MB, which is the most that is read. Split it, or leave it out.`,
    );
  if (note !== undefined) tally.note(`${file.name}: ${note}`);
  if (valuesIn(text) > maxDocumentValues)
    throw new ReportError(
      `${file.name} is one document (${reader.title}) of too many values to be read at once. Split it, or leave it out.`,
    );
  const { requests, unparsed } = reader.readDocument(text);
  const count = tally.file(file.name, reader);
  count.requests += requests.length;
  count.unparsed += unparsed;
  for (const request of requests) visit(request, reader.format);
}

/** @returns how many objects and lists a text of JSON can hold at most */
function valuesIn(text: string): number {
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 123 || code === 91) values += 1;
  }
  return values;
}

interface Pass {
  readonly options: PassOptions;
  readonly tally: ReadTally;
  readonly visit: Visit;
  readonly where: string;
}

/** The lines of a sample are held back until their reader has learned from them. */
async function readLinesFile(file: PlannedFile & { readonly kind: 'lines' }, pass: Pass): Promise<void> {
  const { tally, options, where } = pass;
  const groups = new Map<string | undefined, (line: string) => void>();
  const held = new Map<string | undefined, string[]>();
  const isFull = sampleBuffer();
  let isSampling = true;
  const open = (logGroup: string | undefined, lines: readonly string[]) => {
    const read = openGroup(file, logGroup, lines, pass);
    groups.set(logGroup, read);
    return read;
  };
  const release = () => {
    isSampling = false;
    for (const [logGroup, lines] of held) lines.forEach(open(logGroup, lines));
    held.clear();
  };
  const onLine = (line: string, logGroup: string | undefined): undefined => {
    if (isSampling) {
      const lines = held.get(logGroup);
      if (lines === undefined) held.set(logGroup, [line]);
      else lines.push(line);
      if (isFull(line)) release();
      return undefined;
    }
    (groups.get(logGroup) ?? open(logGroup, [line]))(line);
    return undefined;
  };
  const { leftOut, note } = await readFileLines(file, onLine, reportBytes(where, options.progress));
  if (isSampling) release();
  tally.file(file.name, file.main).noise += leftOut;
  if (leftOut > 0) tally.note(`${file.name}: left out ${leftOut} lines that are too long or damaged`);
  if (note !== undefined) tally.note(`${file.name}: ${note}`);
}

function openGroup(
  file: PlannedFile & { readonly kind: 'lines' },
  logGroup: string | undefined,
  lines: readonly string[],
  { options, tally, visit }: Pass,
): (line: string) => void {
  const reader = file.readers.get(logGroup) ?? file.main;
  const { read, notes } = reader.open({ name: logGroup ?? file.name, lines }, options);
  for (const note of notes) tally.note(`${reader.title}: ${note}`);
  const count = tally.file(file.name, reader);
  const { format } = reader;
  return (line) => {
    const found = readCarefully(read, line);
    if (found === undefined) {
      count.unparsed++;
      tally.unparsed(file.name, line);
    } else if (found === 'noise') count.noise++;
    else if (isSeveral(found)) {
      count.requests += found.length;
      for (const request of found) visit(request, format);
    } else {
      count.requests++;
      visit(found, format);
    }
  };
}

const isSeveral = (found: LoggedRequest | readonly LoggedRequest[]): found is readonly LoggedRequest[] => Array.isArray(found);

/** One line without an offset in a log whose other lines have one does not end the report. */
function readCarefully(read: ReadLine, line: string): ReturnType<ReadLine> {
  try {
    return read(line);
  } catch (error) {
    if (error instanceof ReportError) return undefined;
    throw error;
  }
}

function reportBytes(where: string, progress: ((text: string) => void) | undefined): ((bytes: number) => void) | undefined {
  if (progress === undefined) return undefined;
  let read = 0;
  let next = progressBytes;
  return (bytes) => {
    read += bytes;
    if (read < next) return;
    next = read + progressBytes;
    progress(`reading ${where}: ${Math.round(read / 1_048_576)} MB`);
  };
}
