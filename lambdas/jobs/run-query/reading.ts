/** What a format's reader makes of a source: how DuckDB selects exactly its rows, and what the result says about it. */

export interface ReadColumn {
  readonly name: string;
  /** DuckDB's name of the type. */
  readonly type: string;
}

export interface Reading {
  /** A SELECT over local files that yields every row with its final columns; it detects nothing. */
  readonly select: string;
  /** The local files that `select` opens. */
  readonly paths: readonly string[];
  readonly objects: number;
  readonly rows: number;
  readonly columns: readonly ReadColumn[];
}

/** One object of a source while its bytes arrive, decompressed and checked to its end (length and checksum). */
export interface ObjectStream {
  /** `s3://bucket/key`, as errors name it. */
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
}
