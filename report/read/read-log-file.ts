/** One file of a log: what it is, and its lines without what is wrapped around them. */
import { EventSplitter, isExported, withoutExportPrefix, wrapsEvents } from './cloudwatch-events.ts';
import { whyNotText } from './file-kind.ts';
import type { LogFile } from './log-files.ts';
import { LineSplitter } from './log-lines.ts';
import { type Packing, readUnpacked, unpackedStart } from './packed-bytes.ts';

/** Lines that readers learn from, and how many characters they may have together. */
const sampleLines = 1_000;
const sampleCharacters = 4_194_304;
const startBytes = 65_536;
/** A share of the sample's lines that makes the time before them that of an export. */
const exportedShare = 0.8;

export interface KnownFile extends LogFile {
  readonly packings: readonly Packing[];
  readonly wrapper: 'events' | 'export' | 'none';
}

/** What a file starts with, for choosing a reader. */
export interface FileStart {
  readonly file: KnownFile;
  /** The first characters, unpacked and still wrapped. */
  readonly text: string;
  /** The first lines of each log group; of one without a name where no wrapper names it. */
  readonly samples: ReadonlyMap<string | undefined, readonly string[]>;
}

/** Receives a line. Returning true ends the reading. */
export type OnLine = (line: string, logGroup: string | undefined) => boolean | undefined;

export interface ReadFileResult {
  /** Lines or events that were too long or damaged. */
  readonly leftOut: number;
  readonly note: string | undefined;
}

/**
 * Looks at the start of a file.
 * @returns the reason where it cannot be a log of text
 * @throws the error of the file system
 */
export async function lookAt(file: LogFile): Promise<FileStart | { readonly reason: string }> {
  const { packings, start, problem } = await unpackedStart(file.path, startBytes);
  const reason = start.length === 0 && problem !== undefined ? problem : whyNotText(start);
  if (reason !== undefined) return { reason };
  const text = start.toString();
  const bare: KnownFile = { ...file, packings, wrapper: wrapsEvents(text) ? 'events' : 'none' };
  const samples = await readSamples(bare);
  if (bare.wrapper === 'events') return { file: bare, text, samples };
  const lines = samples.get(undefined) ?? [];
  const isExport = lines.length > 0 && lines.filter(isExported).length >= exportedShare * lines.length;
  return { file: isExport ? { ...bare, wrapper: 'export' } : bare, text, samples };
}

async function readSamples(file: KnownFile): Promise<ReadonlyMap<string | undefined, readonly string[]>> {
  const samples = new Map<string | undefined, string[]>();
  const buffer = sampleBuffer();
  await readFileLines(file, (line, logGroup) => {
    const lines = samples.get(logGroup);
    if (lines === undefined) samples.set(logGroup, [line]);
    else lines.push(line);
    return buffer(line);
  });
  return samples;
}

/** Counts lines of a sample; says when it is full. A sample is the same in each reading. */
export function sampleBuffer(): (line: string) => boolean {
  let lines = 0;
  let characters = 0;
  return (line) => {
    lines++;
    characters += line.length;
    return lines >= sampleLines || characters >= sampleCharacters;
  };
}

/**
 * Reads the lines of a file, unpacked and unwrapped, in bounded memory.
 * @param onBytes called with the number of unpacked bytes since the last call
 */
export async function readFileLines(file: KnownFile, onLine: OnLine, onBytes?: (bytes: number) => void): Promise<ReadFileResult> {
  const give = (line: string, logGroup: string | undefined) => {
    if (onLine(line, logGroup) === true) splitter.isStopped = true;
  };
  const splitter = splitterFor(file, give);
  const note = await readUnpacked(file.path, file.packings, {
    push(chunk) {
      splitter.push(chunk);
      onBytes?.(chunk.length);
    },
    get isStopped() {
      return splitter.isStopped;
    },
  });
  // The last line of data that ends too early is a part of a line.
  if (note === undefined) splitter.end();
  return { leftOut: splitter instanceof EventSplitter ? splitter.damaged : splitter.tooLong, note };
}

function splitterFor({ wrapper }: KnownFile, give: (line: string, logGroup: string | undefined) => void): LineSplitter | EventSplitter {
  if (wrapper === 'events') return new EventSplitter(give);
  if (wrapper === 'export') return new LineSplitter((line) => give(withoutExportPrefix(line), undefined));
  return new LineSplitter((line) => give(line, undefined));
}

/** @returns the whole text of a file, undefined when it is larger than the limit */
export async function readWhole(
  file: KnownFile,
  maxBytes: number,
): Promise<{ readonly text: string | undefined; readonly note: string | undefined }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const sink = {
    isStopped: false,
    push(chunk: Buffer) {
      bytes += chunk.length;
      chunks.push(chunk);
      sink.isStopped = bytes > maxBytes;
    },
  };
  const note = await readUnpacked(file.path, file.packings, sink);
  return { text: sink.isStopped ? undefined : Buffer.concat(chunks).toString(), note };
}
