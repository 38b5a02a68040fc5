/** One run over the rows from the checkpoint on: checks, batches and writes them, and regularly saves its position. */
import { setTimeout as wait } from 'node:timers/promises';
import { aborted } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import type { JobContext } from '../../core/contract/context.ts';
import { PermanentError, RetryableError } from '../../core/contract/errors.ts';
import { isUploadReference } from '../../core/contract/upload-reference.ts';
import type { contract, WriteBatchInput } from './contract.ts';
import { Progress, type WriteBatchCheckpoint } from './report/progress.ts';
import { RejectedRows } from './report/rejected-rows.ts';
import { csvRows } from './rows/csv-rows.ts';
import { jsonRows } from './rows/ndjson-rows.ts';
import { checkRow } from './rows/row-check.ts';
import { orRowError, RowError } from './rows/row-error.ts';
import { type RowSource, rowsOfRequest, type SourceRow } from './rows/row-source.ts';
import { type TableSchema, TableSchemas } from './rows/table-schema.ts';
import { type SourceChunks, SourceObject } from './source/source-object.ts';
import { SourceText } from './source/source-text.ts';
import { locationOfSource } from './source/source-url.ts';
import { UploadChunks } from './source/upload-chunks.ts';
import { Batch, rejectedRow } from './write/batch.ts';
import { BatchWriter } from './write/batch-writer.ts';
import { RateLimit } from './write/rate-limit.ts';
import { sendBatch } from './write/send-batch.ts';
import { toTableError } from './write/table-error.ts';

/** What the runs of a process share. */
export interface RunClients {
  readonly dynamoDb: DynamoDBClient;
  readonly s3: S3Client;
  readonly tables: TableSchemas;
}

export function runClients(dynamoDb: DynamoDBClient, s3: S3Client): RunClients {
  return { dynamoDb, s3, tables: new TableSchemas(dynamoDb) };
}

export interface RunSettings {
  readonly checkpointEveryMs: number;
  readonly checkpointEveryRows: number;
  readonly giveUpAfterMs: number;
}

/** Rejected rows in memory before they become a part of the report. */
const maxRejectedBytes = 4 * 1024 * 1024;

export class WriteRun {
  private readonly input: WriteBatchInput;
  private readonly ctx: JobContext;
  private readonly tables: TableSchemas;
  private readonly settings: RunSettings;
  private readonly s3: S3Client;
  private readonly checkpoint: WriteBatchCheckpoint | undefined;
  private object: SourceChunks | undefined;
  private readonly progress: Progress;
  private readonly rejectedRows: RejectedRows;
  private readonly writer: BatchWriter;
  private readonly rateLimit: RateLimit | undefined;
  private source!: RowSource;
  private savedAtMs = Date.now();
  private savedRows: number;

  constructor(input: WriteBatchInput, ctx: JobContext, { dynamoDb, s3, tables, ...settings }: RunSettings & RunClients) {
    const checkpoint = ctx.checkpoint.load<WriteBatchCheckpoint>();
    const lastWrite = { lastMs: 0 };
    const { table: tableName, maxWriteUnitsPerSecond: units } = input;
    const { giveUpAfterMs } = settings;
    this.input = input;
    this.ctx = ctx;
    this.tables = tables;
    this.settings = settings;
    this.s3 = s3;
    this.checkpoint = checkpoint;
    this.progress = new Progress(input.operation, checkpoint);
    this.savedRows = this.progress.rows;
    this.rejectedRows = new RejectedRows(ctx.files, checkpoint?.rejectedParts ?? []);
    this.rateLimit = units === undefined ? undefined : new RateLimit(units, Date.now());
    this.writer = new BatchWriter({
      signal: ctx.signal,
      send: (batch, stopRetrying) =>
        sendBatch(batch, { client: dynamoDb, tableName, signal: ctx.signal, stopRetrying, giveUpAfterMs, lastWrite }),
      commit: (batch, refused) => this.commit(batch, refused),
    });
  }

  async run(): Promise<z.input<typeof contract.output>> {
    try {
      const { signal } = this.ctx;
      // Others may wait for the same answer, so the request itself goes on.
      const interrupted = aborted(signal, this).then(() => Promise.reject(signal.reason));
      const schema = await Promise.race([this.tables.of(this.input.table), interrupted]);
      this.object = await this.openObject();
      this.source = this.openSource(schema);
      await this.writeRows(schema);
    } catch (error) {
      await this.writer.stop();
      this.ctx.signal.throwIfAborted();
      // The next attempt, after a backoff, continues from here. The save may also end the invocation, which costs no attempt.
      if (error instanceof RetryableError) await this.saveCheckpoint();
      throw this.withCounts(toTableError(error));
    }
    const { written, deleted, rejected } = this.progress;
    return { written, deleted, rejected, rejectedRowsUrl: await this.report() };
  }

  private async openObject(): Promise<SourceChunks | undefined> {
    const { url } = this.input.source ?? {};
    if (url === undefined) return undefined;
    if (isUploadReference(url)) return new UploadChunks(url, await this.ctx.openUpload(url));
    return new SourceObject(this.s3, locationOfSource(url), { signal: this.ctx.signal, etag: this.checkpoint?.etag });
  }

  private openSource(schema: TableSchema): RowSource {
    const { rows, source } = this.input;
    if (source === undefined || this.object === undefined) {
      if (this.input.onInvalidRow === 'fail') this.checkAllRows(rows ?? [], schema);
      return rowsOfRequest(rows ?? []);
    }
    if (source.format !== 'csv') return jsonRows(new SourceText(this.object), source.format === 'dynamodb-json');
    return csvRows(new SourceText(this.object, source.encoding), source, schema);
  }

  private checkAllRows(rows: readonly unknown[], schema: TableSchema): void {
    for (const [i, row] of rows.entries()) {
      const fault = orRowError(() => checkRow(row, this.input.operation, schema));
      if (fault instanceof RowError) throw this.invalidRow(i + 1, fault.message);
    }
  }

  private async writeRows(schema: TableSchema): Promise<void> {
    let batch = this.newBatch(this.progress.position);
    try {
      for await (const row of this.source.rows(this.progress.position)) {
        const checked = row.value instanceof RowError ? row.value : orRowError(() => checkRow(row.value, this.input.operation, schema));
        if (checked instanceof RowError) {
          batch.reject(rejectedRow(row.line, checked.message, row.raw), row.end);
        } else {
          if (!batch.hasRoomFor(checked)) batch = await this.send(batch);
          batch.add({ line: row.line, raw: row.raw, checked }, row.end);
        }
        if (batch.isFull || this.mustStopAt(checked)) batch = await this.send(batch);
      }
    } catch (error) {
      if (!isInvalidSource(error)) throw error;
      // The same rows are written, and counted in the error, however they fell into batches.
      await this.send(batch);
      await this.drain();
      throw error;
    }
    await this.send(batch);
    await this.drain();
  }

  /** With `fail`, the rows before a bad row are written and none after it. */
  private mustStopAt(checked: unknown): boolean {
    return checked instanceof RowError && this.input.onInvalidRow === 'fail';
  }

  private newBatch(start: SourceRow['end']): Batch {
    return new Batch(start, this.input.maxWriteUnitsPerSecond);
  }

  /** @returns the batch after it */
  private async send(batch: Batch): Promise<Batch> {
    if (batch.isEmpty) return batch;
    await this.pace(batch);
    await this.writer.start(batch);
    if (this.input.onInvalidRow === 'fail' && (batch.rejected.length > 0 || this.progress.firstRejected)) await this.drain();
    if (this.isSaveDue()) await this.drainAndSave();
    return this.newBatch(batch.end);
  }

  /** Waits for the rate limit, in slices short enough that the invocation can end in between. */
  private async pace(batch: Batch): Promise<void> {
    let waitMs = this.rateLimit?.take(batch.writeUnits, Date.now()) ?? 0;
    while (waitMs > 0) {
      const sliceMs = Math.min(waitMs, Math.max(100, this.settings.checkpointEveryMs));
      await wait(sliceMs, undefined, { signal: this.ctx.signal });
      waitMs -= sliceMs;
      if (this.isSaveDue()) await this.drainAndSave();
    }
  }

  private isSaveDue(): boolean {
    return (
      Date.now() - this.savedAtMs >= this.settings.checkpointEveryMs ||
      this.progress.rows - this.savedRows >= this.settings.checkpointEveryRows ||
      this.progress.rejectedBytes >= maxRejectedBytes
    );
  }

  /** No write is in flight meanwhile: the invocation may freeze in the save and go on, thawed, long after another has written newer rows. */
  private async drainAndSave(): Promise<void> {
    await this.writer.drain();
    await this.saveCheckpoint();
  }

  private async saveCheckpoint(): Promise<void> {
    await this.rejectedRows.add(this.progress.takeRejectedLines());
    const { position, written, deleted, rejected } = this.progress;
    const rejectedParts = this.rejectedRows.list();
    const checkpoint: WriteBatchCheckpoint = { ...position, written, deleted, rejected, rejectedParts, etag: this.object?.etag };
    await this.ctx.checkpoint.save(checkpoint);
    this.rejectedRows.removeObsoleteParts();
    this.savedAtMs = Date.now();
    this.savedRows = this.progress.rows;
  }

  private commit(...[batch, refused]: Parameters<Progress['commit']>): void {
    this.progress.commit(batch, refused);
    const total = this.source.total();
    const fraction = total === undefined || total === 0 ? null : this.progress.position.offset / total;
    this.ctx.progress(fraction, this.source.describe(this.progress.rows, this.progress.position));
  }

  /** @throws PermanentError `invalid_row` */
  private async drain(): Promise<void> {
    await this.writer.drain();
    const bad = this.progress.firstRejected;
    if (this.input.onInvalidRow === 'fail' && bad !== undefined) throw this.invalidRow(bad.line, bad.reason);
  }

  private invalidRow(line: number, reason: string): PermanentError {
    const { written, deleted } = this.progress;
    const done = this.input.operation === 'put' ? `${written} rows were written` : `${deleted} rows were deleted`;
    return new PermanentError(`Line ${line} is bad: ${reason}. Before that, ${done}.`, {
      code: 'invalid_row',
      details: { line, reason, written, deleted },
    });
  }

  /** Adds what is in the table to the error of a source that cannot be read further. */
  private withCounts(error: unknown): unknown {
    if (!isInvalidSource(error)) return error;
    const { written, deleted, rejected } = this.progress;
    return new PermanentError(error.message, { code: error.code, details: { ...error.details, written, deleted, rejected }, cause: error });
  }

  private async report(): Promise<string | null> {
    // Saved before the parts are joined, so that a crash in the middle repeats only the joining.
    if (this.rejectedRows.list().length > 0) await this.drainAndSave();
    return this.rejectedRows.finish(this.progress.takeRejectedLines());
  }
}

function isInvalidSource(error: unknown): error is PermanentError {
  return error instanceof PermanentError && error.code === 'invalid_source';
}
