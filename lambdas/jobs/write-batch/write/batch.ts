import type { WriteRequest } from '@aws-sdk/client-dynamodb';
import type { CheckedRow } from '../rows/row-check.ts';
import type { Position } from '../rows/row-source.ts';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const maxRequests = 25;
const maxRequestBytes = 16 * 1024 * 1024;
/** Room for the table's name and the rest of a request. */
const envelopeBytes = 1_024;
/** Bounds what rows of one key, or bad rows, can pile up in one batch. */
const maxRows = 1_000;
const maxRejectedBytes = 1024 * 1024;

export interface BatchRow {
  readonly line: number;
  readonly raw: unknown;
  readonly checked: CheckedRow;
}

/** A row that was left out, as a line of the report. */
export interface RejectedRow {
  readonly line: number;
  readonly reason: string;
  readonly json: string;
}

/** Consecutive rows of the source: what one `BatchWriteItem` takes, and the bad rows between them. */
export class Batch {
  /** All that are to be written, in order; of those with one key only the last is sent. */
  readonly rows: BatchRow[] = [];
  readonly rejected: RejectedRow[] = [];
  /** Where the source goes on after it. */
  end: Position;
  bytes = envelopeBytes;
  private readonly latest = new Map<string, BatchRow>();
  private readonly maxWriteUnits: number;
  private rejectedBytes = 0;

  /** @param maxWriteUnits write units that it may hold, though it takes at least one row */
  constructor(start: Position, maxWriteUnits = Number.POSITIVE_INFINITY) {
    this.end = start;
    this.maxWriteUnits = maxWriteUnits;
  }

  get isEmpty(): boolean {
    return this.rows.length === 0 && this.rejected.length === 0;
  }

  get isFull(): boolean {
    return this.rows.length + this.rejected.length >= maxRows || this.rejectedBytes >= maxRejectedBytes;
  }

  get writeUnits(): number {
    return [...this.latest.values()].reduce((sum, { checked }) => sum + checked.writeUnits, 0);
  }

  hasRoomFor({ key, requestBytes, writeUnits }: CheckedRow): boolean {
    if (this.rows.length === 0) return true;
    return (
      (this.latest.has(key) || this.latest.size < maxRequests) &&
      this.bytes + requestBytes <= maxRequestBytes &&
      (this.maxWriteUnits === Number.POSITIVE_INFINITY || this.writeUnits + writeUnits <= this.maxWriteUnits)
    );
  }

  add(row: BatchRow, end: Position): void {
    this.rows.push(row);
    this.latest.set(row.checked.key, row);
    this.bytes += row.checked.requestBytes;
    this.end = end;
  }

  reject(row: RejectedRow, end: Position): void {
    this.rejected.push(row);
    this.rejectedBytes += Buffer.byteLength(row.json);
    this.end = end;
  }

  /** One for each key: the last. */
  requests(): WriteRequest[] {
    return [...this.latest.values()].map(({ checked }) => checked.request);
  }

  sharesKeyWith(other: Batch): boolean {
    for (const key of this.latest.keys()) if (other.latest.has(key)) return true;
    return false;
  }
}

export function rejectedRow(line: number, reason: string, raw: unknown): RejectedRow {
  try {
    return { line, reason, json: JSON.stringify({ line, reason, row: raw }) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { line, reason, json: JSON.stringify({ line, reason, row: null }) }; // nested deeper than the stack
  }
}
