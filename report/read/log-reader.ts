/** What a reader of a format is. */
import type { LoggedRequest } from './logged-request.ts';

export type FormatName = 'api-gateway' | 'alb' | 'cloudfront' | 'nginx' | 'apache' | 'lambda' | 'har' | 'otel';

/** How the log is to be read, where it does not say itself. */
export interface ReadOptions {
  /** The unit of a last field without a name. */
  readonly latencyUnit?: 's' | 'ms' | 'us' | undefined;
  /** IANA zone of times without an offset, such as `Europe/Berlin`. */
  readonly timezone?: string | undefined;
  /** Own names of fields in JSON logs: meaning to name, such as `wait` to `latency_ms`. */
  readonly fieldNames?: Readonly<Record<string, string>> | undefined;
  /** The name of the function, for Lambda logs that do not have it. */
  readonly functionName?: string | undefined;
}

/**
 * Reads a line. An array is a line that holds several requests, such as a batch of OpenTelemetry spans; it is never empty.
 * `noise` is a line that is understood and is not a request: a comment, a header, a Lambda START line. Undefined is a line that is not understood.
 */
export type ReadLine = (line: string) => LoggedRequest | readonly LoggedRequest[] | 'noise' | undefined;

/** What a reader learns of a file before it reads it. */
export interface FileSample {
  /** Path or name of the file, for what is in it, such as the name of a log group. */
  readonly name: string;
  /** The first lines of the file, at most 1,000, unwrapped. */
  readonly lines: readonly string[];
}

export interface LogReader {
  readonly format: FormatName;
  /** As it is called in texts, such as `API Gateway (JSON)`. */
  readonly title: string;
  /**
   * Prepares to read a file: learns its columns, units and names of fields from the sample.
   * @returns reads one line after another, from the first line of the file on; `notes` says what was assumed, such as "the last field is read as milliseconds (median 214)"
   * @throws ReportError when the sample is this format, and cannot be read without an option: the message names it
   */
  readonly open: (sample: FileSample, options: ReadOptions) => { readonly read: ReadLine; readonly notes: readonly string[] };
}

/** A format that is one document, such as HAR: read whole, up to a stated size. */
export interface DocumentReader {
  readonly format: FormatName;
  readonly title: string;
  /** @returns whether a document that starts so is of this format */
  readonly recognises: (start: string) => boolean;
  /** @returns its requests, and how many of its entries were not understood */
  readonly readDocument: (text: string) => { readonly requests: readonly LoggedRequest[]; readonly unparsed: number };
}
