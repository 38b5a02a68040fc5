import type { Batch, RejectedRow } from './batch.ts';

export interface BatchWriterOptions {
  /** @param stopRetrying aborted when another batch failed: requests in flight are awaited, and not retried */
  readonly send: (batch: Batch, stopRetrying: AbortSignal) => Promise<RejectedRow[]>;
  /** Called for each batch that is in the table, in the order of the source, whichever was done first. */
  readonly commit: (batch: Batch, refused: readonly RejectedRow[]) => void;
  readonly signal: AbortSignal;
  /** @default 8 */
  readonly maxInFlight?: number;
  /** Bound on batches that are not committed, including finished ones behind a slow one. @default 32 */
  readonly maxUncommitted?: number;
  /** Bound on the bytes of all uncommitted batches; one larger batch passes alone. @default 16 MiB */
  readonly maxUncommittedBytes?: number;
}

/**
 * Sends a few batches at once. Two that share a key are never in flight together, not even as a retry of unprocessed items, so the last row
 * of a key wins over the whole source.
 */
export class BatchWriter {
  private readonly options: Required<BatchWriterOptions>;
  private readonly inFlight = new Map<Batch, Promise<void>>();
  private readonly uncommitted: { batch: Batch; refused?: RejectedRow[] }[] = [];
  private readonly stopping = new AbortController();
  private readonly stopRetrying: AbortSignal;
  private failure: { error: unknown } | undefined;

  constructor(options: BatchWriterOptions) {
    this.options = { maxInFlight: 8, maxUncommitted: 32, maxUncommittedBytes: 16 * 1024 * 1024, ...options };
    this.stopRetrying = AbortSignal.any([options.signal, this.stopping.signal]);
  }

  /** Resolves when the batch is in flight, not when it is written. @throws the error of an earlier batch */
  async start(batch: Batch): Promise<void> {
    while (!this.hasRoomFor(batch)) await Promise.race(this.inFlight.values());
    const before = () => [...this.inFlight].filter(([other]) => other.sharesKeyWith(batch)).map(([, done]) => done);
    await Promise.all(before());
    this.throwFailure();
    this.inFlight.set(batch, this.run(batch));
  }

  /** Resolves when no batch is in flight and all are committed. @throws the error of one that failed */
  async drain(): Promise<void> {
    await Promise.all(this.inFlight.values());
    this.throwFailure();
  }

  /**
   * Waits for requests in flight without retrying, so that nothing of this run reaches the table after the next run starts. Commits what is
   * written without a gap.
   */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.inFlight.values());
  }

  private async run(batch: Batch): Promise<void> {
    const entry: { batch: Batch; refused?: RejectedRow[] } = { batch };
    this.uncommitted.push(entry);
    try {
      entry.refused = await this.options.send(batch, this.stopRetrying);
      this.commitInOrder();
    } catch (error) {
      this.failure ??= { error };
      this.stopping.abort();
    } finally {
      this.inFlight.delete(batch);
    }
  }

  private commitInOrder(): void {
    for (let first = this.uncommitted[0]; first?.refused !== undefined; first = this.uncommitted[0]) {
      this.uncommitted.shift();
      this.options.commit(first.batch, first.refused);
    }
  }

  private hasRoomFor(batch: Batch): boolean {
    if (this.inFlight.size === 0) return true;
    // Batches that are done and wait for a slow one before them to be committed are held too.
    const bytes = this.uncommitted.reduce((sum, { batch: other }) => sum + other.bytes, batch.bytes);
    const { maxInFlight, maxUncommitted, maxUncommittedBytes } = this.options;
    return this.inFlight.size < maxInFlight && this.uncommitted.length < maxUncommitted && bytes <= maxUncommittedBytes;
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }
}
