import { setTimeout as wait } from 'node:timers/promises';
import { BatchWriteItemCommand, type DynamoDBClient, DynamoDBServiceException, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { RetryableError } from '../../../core/contract/errors.ts';
import { backoffMs } from '../../../core/job/backoff.ts';
import { type Batch, type BatchRow, type RejectedRow, rejectedRow } from './batch.ts';

export interface SendOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Aborts requests in flight. */
  readonly signal: AbortSignal;
  /** Stops retries. A request in flight is awaited: an aborted one may still be carried out, after a newer one. */
  readonly stopRetrying: AbortSignal;
  /** Gives up once nothing of a batch, nor of those beside it, was written for this long. */
  readonly giveUpAfterMs: number;
  /** When something was last written, shared by the batches under way. */
  readonly lastWrite: { lastMs: number };
}

const backoff = { baseMs: 50, capMs: 10_000 };

/** Errors that defer the whole request, as `UnprocessedItems` defers a part of it. */
const throttlingNames = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded']);
/** Errors that say that some row of the request is bad, and not which. */
const rowErrorNames = new Set(['ValidationException', 'SerializationException', 'ItemCollectionSizeLimitExceededException']);

/**
 * Writes a batch to its end: every row is in the table then, or among those returned.
 * @returns the rows that DynamoDB refused for what they are
 * @throws RetryableError `throttled`; the signal's reason; DynamoDB's other refusals of the table as a whole
 */
export async function sendBatch(batch: Batch, sender: SendOptions): Promise<RejectedRow[]> {
  try {
    await writeAll(batch.requests(), sender);
    return [];
  } catch (error) {
    if (!isRowError(error)) throw error;
    return sendOneByOne(batch.rows, sender);
  }
}

/** Sends rows in order, including those that later ones replace: where the later one is refused, the earlier one stays. */
async function sendOneByOne(rows: readonly BatchRow[], sender: SendOptions): Promise<RejectedRow[]> {
  const rejected: RejectedRow[] = [];
  for (const { line, raw, checked } of rows) {
    try {
      await writeAll([checked.request], sender);
    } catch (error) {
      if (!isRowError(error)) throw error;
      rejected.push(rejectedRow(line, `DynamoDB says: ${error.message}`, raw));
    }
  }
  return rejected;
}

async function writeAll(requests: WriteRequest[], sender: SendOptions): Promise<void> {
  const startedMs = Date.now();
  let left = requests;
  for (let attempt = 1; left.length > 0; attempt++) {
    if (attempt > 1) await wait(backoffMs(attempt - 1, backoff, Math.random()), undefined, { signal: sender.stopRetrying });
    const unprocessed = await writeOnce(left, sender);
    if (unprocessed.length < left.length) {
      sender.lastWrite.lastMs = Date.now();
      attempt = 1; // the table takes rows, so the next wait is a short one again
    }
    left = unprocessed;
    const idleMs = Date.now() - Math.max(startedMs, sender.lastWrite.lastMs);
    if (left.length > 0 && idleMs >= sender.giveUpAfterMs) {
      throw new RetryableError(`The table "${sender.tableName}" is throttled: nothing was written for ${Math.round(idleMs / 1000)} s.`, {
        code: 'throttled',
      });
    }
  }
}

/** @returns what was not written */
async function writeOnce(requests: WriteRequest[], { client, tableName, signal }: SendOptions): Promise<WriteRequest[]> {
  try {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }), { abortSignal: signal });
    return answer.UnprocessedItems?.[tableName] ?? [];
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && throttlingNames.has(error.name)) return requests;
    throw error;
  }
}

function isRowError(error: unknown): error is DynamoDBServiceException {
  return error instanceof DynamoDBServiceException && rowErrorNames.has(error.name);
}
