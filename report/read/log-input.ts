/** What the report reads: files of logs that can be read as often as it needs. */
import type { FormatName } from './log-reader.ts';
import type { LoggedRequest } from './logged-request.ts';

/** What is known of a format after a reading. */
export interface FormatCount {
  readonly format: FormatName;
  readonly title: string;
  readonly files: number;
  readonly requests: number;
  readonly unparsed: number;
  /** Lines that are understood and no requests. */
  readonly noise: number;
}

export interface ReadCounts {
  readonly formats: readonly FormatCount[];
  /** Files that are not a known log, with the reason; their bytes are not read. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
  /** The form of the first line that was not understood in each of at most three files, letters as `a`, digits as `9`. */
  readonly unparsedForms: readonly string[];
  /** What was assumed, and what was cut short; sorted, each once. */
  readonly notes: readonly string[];
}

export interface LogInput {
  /**
   * Reads everything once more, always in the same order. Lines of a file come in its order.
   * @param visit called for each request
   * @returns what was read and what was not
   */
  readonly read: (visit: (request: LoggedRequest) => void) => Promise<ReadCounts>;
  /** Deletes what was spooled to disk. */
  readonly close: () => Promise<void>;
}
