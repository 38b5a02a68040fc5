/** Takes log lines out of what CloudWatch Logs wraps around them. */

/** A line, and the log group it comes from, where the wrapper says it. */
export type OnEvent = (line: string, logGroup: string | undefined) => void;

/** A larger event is left out: CloudWatch's own limit is 1 MB. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const maxEventBytes = 2_097_152;
const maxHeaderBytes = 65_536;
/** Objects in a list in the document. */
const eventDepth = 3;
const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [34, 92, 123, 125, 91, 93] as const;

/** Whether a document that starts so is what `aws logs filter-log-events` prints, or what a subscription delivers. */
export function wrapsEvents(start: string): boolean {
  const head = start
    .replace(/^\uFEFF/, '')
    .trimStart()
    .slice(0, maxHeaderBytes);
  if (!head.startsWith('{')) return false;
  if (/^\{\s*"messageType"\s*:/.test(head)) return true;
  return /"(?:events|logEvents)"\s*:\s*\[\s*\{/.test(head) && /"message"\s*:/.test(head) && !/"resourceSpans"|"entries"/.test(head);
}

/**
 * Finds the events of one or more JSON documents, one after another, with or without line breaks: each object within a list of the outer object.
 * A document may be larger than the memory; an event may not.
 */
export class EventSplitter {
  /** Events that were too large, or not JSON. */
  damaged = 0;
  isStopped = false;
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  private readonly parts: Buffer[] = [];
  private partBytes = 0;
  private logGroup: string | undefined;

  private readonly onEvent: OnEvent;

  constructor(onEvent: OnEvent) {
    this.onEvent = onEvent;
  }

  push(chunk: Buffer): void {
    let start = 0;
    let at = this.isInString ? this.skipString(chunk, 0) : 0;
    for (; at < chunk.length && !this.isStopped; at++) {
      const byte = chunk[at];
      if (byte === quote) at = this.skipString(chunk, at + 1) - 1;
      else if (byte === openBrace || byte === openBracket) {
        if (++this.depth === eventDepth) {
          this.keep(chunk.subarray(start, at));
          this.endHeader();
          start = at;
        } else if (this.depth === 1) {
          this.drop();
          this.logGroup = undefined;
          start = at;
        }
      } else if (byte === closeBrace || byte === closeBracket) {
        if (this.depth === eventDepth) {
          this.keep(chunk.subarray(start, at + 1));
          this.endEvent();
          start = at + 1;
        }
        if (this.depth > 0) this.depth--;
      }
    }
    this.keep(chunk.subarray(start));
  }

  /** Goes to the byte after the quote that ends a string, or to the end of the chunk, where the string goes on in the next one. */
  private skipString(chunk: Buffer, from: number): number {
    let isEscaped = this.isEscaped;
    let at = from;
    this.isInString = true;
    for (; at < chunk.length && this.isInString; at++) {
      if (isEscaped) isEscaped = false;
      else if (chunk[at] === backslash) isEscaped = true;
      else if (chunk[at] === quote) this.isInString = false;
    }
    this.isEscaped = isEscaped;
    return at;
  }

  end(): void {
    this.drop();
  }

  private keep(bytes: Buffer): void {
    if (this.partBytes > maxEventBytes) return;
    this.parts.push(bytes);
    this.partBytes += bytes.length;
    if (this.partBytes > maxEventBytes) this.parts.length = 0;
  }

  private drop(): Buffer {
    const bytes = Buffer.concat(this.parts);
    this.parts.length = 0;
    this.partBytes = 0;
    return bytes;
  }

  /** Before the first event come the names of a subscription. Between two events is a comma. */
  private endHeader(): void {
    const header = this.drop();
    if (header.length < 12) return;
    this.logGroup = /"logGroup"\s*:\s*"([^"\\]{1,512})"/.exec(header.toString('utf8', 0, maxHeaderBytes))?.[1] ?? this.logGroup;
  }

  private endEvent(): void {
    try {
      const event: unknown = JSON.parse(this.drop().toString());
      const line = lineOf(event as { message?: unknown; timestamp?: unknown });
      if (line === undefined) this.damaged++;
      else if (line !== '') this.onEvent(line, this.logGroup);
    } catch {
      this.damaged++;
    }
  }
}

function lineOf({ message, timestamp }: { readonly message?: unknown; readonly timestamp?: unknown }): string | undefined {
  if (typeof message !== 'string') return undefined;
  const line = message.replace(/[\r\n]+$/, '');
  // The line of a Lambda function does not have its time, which only the event has.
  if (!line.startsWith('REPORT RequestId') || typeof timestamp !== 'number' || !(Math.abs(timestamp) < 8e15)) return line;
  return `${new Date(timestamp).toISOString()}\t${line}`;
}

/** What an export of CloudWatch Logs to S3 puts before a line, such as `2026-11-25T09:13:14.009Z `. */
const exportPrefix = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;

/** Whether a line starts with the time that an export to S3 puts before it. */
export const isExported = (line: string): boolean => line.charCodeAt(24) === 32 && exportPrefix.test(line);

/** A line without the time of the export, which a REPORT line of Lambda keeps, since it is its only one. */
export function withoutExportPrefix(line: string): string {
  return isExported(line) && !line.startsWith('REPORT RequestId', 25) ? line.slice(25) : line;
}
