import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type JobContext, PermanentError, type WorkerDefinition, worker } from 'delegation-aws/worker';
import { contract } from './contract.ts';

type Order = Readonly<Record<string, AttributeValue>>;

/** Where the job is: the copying first, then the removing, part by part. */
interface Position {
  readonly parts: number;
  readonly archived: number;
  /** Where the scan continues; undefined when everything is copied. */
  readonly next: Order | undefined;
  readonly isCopied: boolean;
  readonly removedParts: number;
  readonly removed: number;
}

const start: Position = { parts: 0, archived: 0, next: undefined, isCopied: false, removedParts: 0, removed: 0 };
/** Orders that are looked at for one object: a part is written, or removed, well within a second or two. */
const partSize = 500;

const clients = () => ({
  dynamoDb: new DynamoDBClient(),
  // An emulator on a bare address has no bucket subdomains.
  s3: new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL_S3'] !== undefined }),
});

export const definition = {
  async run({ closedBefore, graceHours }, ctx) {
    const archive = new Archive(ctx);
    let position = ctx.checkpoint.load<Position>() ?? start;
    while (!position.isCopied) {
      position = await archive.copyPart(position, closedBefore);
      await ctx.checkpoint.save(position);
      ctx.progress(null, `${position.archived} orders archived`);
    }
    await ctx.sleep(
      'grace',
      { hours: graceHours },
      { detail: `${position.archived} orders are archived; cancel to keep them in the table, too` },
    );
    while (position.removedParts < position.parts) {
      position = await archive.removePart(position);
      await ctx.checkpoint.save(position);
      ctx.progress(position.removedParts / position.parts, `${position.removed} orders removed`);
    }
    return { folder: archive.folder, archived: position.archived, removed: position.removed };
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);

class Archive {
  /** The same in every attempt, so that a part that is copied again after a crash takes its own place. */
  readonly folder: string;
  private readonly clients = clients();
  private readonly table = named('ORDERS_TABLE');
  private readonly bucket = named('ARCHIVE_BUCKET');
  private readonly options: { readonly abortSignal: AbortSignal };

  constructor({ idempotencyToken, signal }: JobContext) {
    this.folder = `orders/${idempotencyToken('archive')}`;
    this.options = { abortSignal: signal };
  }

  async copyPart(position: Position, closedBefore: string): Promise<Position> {
    const scan = new ScanCommand({
      TableName: this.table,
      FilterExpression: 'closedAt < :before',
      ExpressionAttributeValues: { ':before': { S: closedBefore } },
      Limit: partSize,
      ...(position.next === undefined ? {} : { ExclusiveStartKey: position.next }),
    });
    const { Items: orders = [], LastEvaluatedKey: next } = await this.clients.dynamoDb.send(scan, this.options);
    const copied = { ...position, archived: position.archived + orders.length, next, isCopied: next === undefined };
    if (orders.length === 0) return copied;
    const Body = orders.map((Item) => `${JSON.stringify({ Item })}\n`).join('');
    await this.clients.s3.send(
      new PutObjectCommand({ ...this.part(position.parts), Body, ContentType: 'application/x-ndjson' }),
      this.options,
    );
    return { ...copied, parts: position.parts + 1 };
  }

  async removePart(position: Position): Promise<Position> {
    const { Body } = await this.clients.s3.send(new GetObjectCommand(this.part(position.removedParts)), this.options);
    const lines = (await Body?.transformToString())?.trim().split('\n') ?? [];
    let removed = 0;
    for (const line of lines) if (await this.remove((JSON.parse(line) as { Item: Order }).Item)) removed += 1;
    return { ...position, removedParts: position.removedParts + 1, removed: position.removed + removed };
  }

  /** @returns whether the order is gone; not when it changed since it was archived */
  private async remove({ id, closedAt }: Order): Promise<boolean> {
    if (id === undefined || closedAt === undefined) throw new PermanentError('An archived order has no id.', { code: 'archive_damaged' });
    const command = new DeleteItemCommand({
      TableName: this.table,
      Key: { id },
      // Gone already counts as removed: an earlier attempt may have died right after it.
      ConditionExpression: 'attribute_not_exists(id) OR closedAt = :seen',
      ExpressionAttributeValues: { ':seen': closedAt },
    });
    try {
      await this.clients.dynamoDb.send(command, this.options);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  private part(index: number) {
    return { Bucket: this.bucket, Key: `${this.folder}/${String(index).padStart(5, '0')}.json` };
  }
}

/** @returns what the stack says, under the name that the contract's permissions use as well */
function named(variable: string): string {
  const value = process.env[variable];
  if (value === undefined) throw new PermanentError(`The environment names no ${variable}.`, { code: 'not_configured' });
  return value;
}
