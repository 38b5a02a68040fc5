import type { Position } from '../rows/row-source.ts';
import type { Batch, RejectedRow } from '../write/batch.ts';
import type { Part } from './rejected-rows.ts';

/** What a later run needs to continue: everything is true at one byte of the source. */
export interface WriteBatchCheckpoint extends Position {
  readonly written: number;
  readonly deleted: number;
  readonly rejected: number;
  readonly rejectedParts: readonly Part[];
  /** The version of the object that the offset is of. */
  readonly etag?: string | undefined;
}

/** Counts what is in the table for certain, up to a position in the source. */
export class Progress {
  position: Position;
  written: number;
  deleted: number;
  rejected: number;
  /** Lines of the report since the last checkpoint. */
  rejectedLines: string[] = [];
  rejectedBytes = 0;
  firstRejected: RejectedRow | undefined;
  private readonly operation: 'put' | 'delete';

  constructor(operation: 'put' | 'delete', from: WriteBatchCheckpoint | undefined) {
    this.operation = operation;
    this.position = { offset: from?.offset ?? 0, line: from?.line ?? 0 };
    this.written = from?.written ?? 0;
    this.deleted = from?.deleted ?? 0;
    this.rejected = from?.rejected ?? 0;
  }

  get rows(): number {
    return this.written + this.deleted + this.rejected;
  }

  /** @param refused rows of the batch that DynamoDB itself refused */
  commit(batch: Batch, refused: readonly RejectedRow[]): void {
    const accepted = batch.rows.length - refused.length;
    if (this.operation === 'put') this.written += accepted;
    else this.deleted += accepted;
    const rejected = [...batch.rejected, ...refused].sort((a, b) => a.line - b.line);
    this.rejected += rejected.length;
    this.firstRejected ??= rejected[0];
    for (const { json } of rejected) {
      this.rejectedLines.push(json);
      this.rejectedBytes += Buffer.byteLength(json);
    }
    this.position = batch.end;
  }

  takeRejectedLines(): string[] {
    const lines = this.rejectedLines;
    this.rejectedLines = [];
    this.rejectedBytes = 0;
    return lines;
  }
}
