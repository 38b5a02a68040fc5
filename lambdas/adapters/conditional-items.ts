/** Items of one table, each read by its id and written under a condition. */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Item, lastWriteOf } from './job-item.ts';
import { wrapUnavailable } from './unavailable.ts';
import type { UpdateExpression } from './update-expression.ts';

export type WriteResult =
  /** The item after the write. */
  | { readonly kind: 'written'; readonly item: Item }
  /** The item that refused the condition; undefined if it is gone. */
  | { readonly kind: 'refused'; readonly item: Item | undefined };

/**
 * The SDK repeats a write whose answer was lost, and the repeat is refused by its own effect. So each write has a nonce, which the item keeps as
 * its `lastWrite`: a refusal by an item with the own nonce is a success.
 * @see https://github.com/aws/aws-sdk-java-v2/issues/6580
 */
export class ConditionalItems {
  private readonly client: DynamoDBClient;
  private readonly tableName: string;

  constructor(client: DynamoDBClient, tableName: string) {
    this.client = client;
    this.tableName = tableName;
  }

  /** Reads an item, strongly consistent. */
  async read(id: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.tableName, Key: { id: { S: id } }, ConsistentRead: true });
    return (await wrapUnavailable(() => this.client.send(command))).Item;
  }

  /** Reads up to 100 items, eventually consistent, in any order. */
  async readMany(ids: readonly string[]): Promise<readonly Item[]> {
    const items: Item[] = [];
    let keys: Item[] = ids.map((id) => ({ id: { S: id } }));
    while (keys.length > 0) {
      const command = new BatchGetItemCommand({ RequestItems: { [this.tableName]: { Keys: keys } } });
      const { Responses, UnprocessedKeys } = await wrapUnavailable(() => this.client.send(command));
      items.push(...(Responses?.[this.tableName] ?? []));
      keys = UnprocessedKeys?.[this.tableName]?.Keys ?? [];
    }
    return items;
  }

  /** Writes an item unless there is one of its id; an expired one does not count. @param nonce the `lastWrite` of the item */
  create(item: Item, nonce: string, nowMs: number): Promise<WriteResult> {
    const command = new PutItemCommand({
      TableName: this.tableName,
      Item: item,
      ConditionExpression: 'attribute_not_exists(#id) OR #expires <= :now',
      ExpressionAttributeNames: { '#id': 'id', '#expires': 'expiresAtSeconds' },
      ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1000)) } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const write = async () => {
      await this.client.send(command);
      return item;
    };
    return this.written(item['id']?.S ?? '', nonce, write);
  }

  /** @param nonce the `lastWrite` that the update sets */
  update(id: string, nonce: string, expression: UpdateExpression): Promise<WriteResult> {
    const command = new UpdateItemCommand({
      TableName: this.tableName,
      Key: { id: { S: id } },
      ...expression.build(),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.written(id, nonce, async () => (await this.client.send(command)).Attributes ?? {});
  }

  private async written(id: string, nonce: string, write: () => Promise<Item>): Promise<WriteResult> {
    try {
      return { kind: 'written', item: await wrapUnavailable(write) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // DynamoDB returns the item with the refusal (`ALL_OLD`); from emulators that do not, it is read.
      const item = error.Item ?? (await this.read(id));
      return item !== undefined && lastWriteOf(item) === nonce ? { kind: 'written', item } : { kind: 'refused', item };
    }
  }
}
