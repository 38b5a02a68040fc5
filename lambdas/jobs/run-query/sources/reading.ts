/**
 * How a source becomes rows. A reader of a format stores the objects as local files before DuckDB is open, and says then, with DuckDB open and
 * not yet locked, how exactly its rows are selected and what was read.
 */

import type { Compression } from '../../../text/decompress.ts';

export interface ReadColumn {
  readonly name: string;
  /** DuckDB's name of the type. */
  readonly type: string;
}

export interface Reading {
  /** A SELECT over local files that yields every row with its final columns; it detects nothing. */
  readonly select: string;
  readonly objects: number;
  readonly rows: number;
  readonly columns: readonly ReadColumn[];
}

/** One object of a source while its bytes arrive, decompressed and checked to its end (length and checksum). */
export interface ObjectStream {
  /** `s3://bucket/key` or `upload://upl_…`, as errors name it. */
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
  /** @default as the name says */
  readonly compression?: Compression | undefined;
}

/** A local file that is being written; read-only to all others from the start. */
export interface LocalFile {
  readonly path: string;
  /**
   * Resolves when the bytes before these are written, so that the next ones can be read meanwhile. Await it before the next call, and do not change `bytes`
   * before the next call, or `close`, has resolved. @throws PermanentError `sources_too_large` beyond the room for sources; what a write fails with is thrown
   * by the next call, or by `close`
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything is written. */
  close(): Promise<void>;
  /** Removes the closed file, so that others have its room. */
  remove(): Promise<void>;
}

export interface ReadingContext {
  /** The source's name in SQL. */
  readonly source: string;
  /** @param extension of the name, without a dot; DuckDB takes compression from it, so it is never `gz` or `zst` */
  readonly createFile: (extension: string) => Promise<LocalFile>;
  readonly signal: AbortSignal;
}

/** Runs SQL of ours while DuckDB is open and not locked. */
export interface ReadingEngine {
  query(sql: string, values?: string[]): Promise<readonly (readonly unknown[])[]>;
}

export interface StoredSource {
  /** The local files that `select` opens. */
  readonly paths: readonly string[];
  complete(engine: ReadingEngine): Promise<Reading>;
}

/**
 * Reads the objects one after the other, each to its end, in the order of their keys.
 * @throws PermanentError `invalid_source` when one is not what the format and the options say, naming the object and the line
 */
export type ReadObjects<Options> = (
  objects: AsyncIterable<ObjectStream>,
  options: Options,
  context: ReadingContext,
) => Promise<StoredSource>;
