import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { bulkDynamoDbClient } from '../../adapters/aws-clients.ts';
import { sourceS3Client } from '../../adapters/source-s3-client.ts';
import type { WorkerDefinition } from '../../core/contract/context.ts';
import { worker } from '../../worker/handler.ts';
import { contract } from './contract.ts';
import { type RunClients, runClients, WriteRun } from './write-run.ts';

export interface WriteBatchOptions {
  /** Clients are created for the first job, unless given. */
  readonly dynamoDb?: DynamoDBClient;
  readonly s3?: S3Client;
  /** Time between two saves of the job's progress, each a write of its record; what a crash repeats. @default 5000 */
  readonly checkpointEveryMs?: number;
  /** Rows between two saves at most. @default 100000 */
  readonly checkpointEveryRows?: number;
  /** How long a table may take nothing at all before the job backs off. @default 120000 */
  readonly giveUpAfterMs?: number;
}

export function writeBatch(options: WriteBatchOptions = {}): WorkerDefinition<typeof contract> {
  let clients: RunClients | undefined;
  return {
    run: (input, ctx) => {
      clients ??= runClients(options.dynamoDb ?? bulkDynamoDbClient(), options.s3 ?? sourceS3Client());
      return new WriteRun(input, ctx, {
        ...clients,
        checkpointEveryMs: options.checkpointEveryMs ?? 5_000,
        checkpointEveryRows: options.checkpointEveryRows ?? 100_000,
        giveUpAfterMs: options.giveUpAfterMs ?? 120_000,
      }).run();
    },
  };
}

export const definition = writeBatch();
export const handler = worker(contract, definition);
