/** The job store in one DynamoDB table: every decision is a condition on a single item. */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { UnavailableError } from '../core/contract/errors.ts';
import type { Job, JobPatch } from '../core/job/job.ts';
import type { JobStore } from '../core/job/ports.ts';
import { claimableStatuses } from '../core/job/states.ts';
import { dynamoDbDueIndex } from './dynamodb-due-index.ts';
import { dynamoDbListing } from './dynamodb-listing.ts';
import { changedAttributes, fromItem, type Item, lastWriteOf, newNonce, toItem } from './job-item.ts';
import { wrapUnavailable } from './unavailable.ts';
import { UpdateExpression } from './update-expression.ts';

type UpdateResult =
  /** The item after the update. */
  | { readonly kind: 'written'; readonly item: Item }
  /** The item that refused the condition. */
  | { readonly kind: 'refused'; readonly item: Item | undefined };

export function dynamoDbJobStore(client: DynamoDBClient, TableName: string): JobStore {
  const read = async (id: string): Promise<Item | undefined> => {
    const command = new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true });
    return (await wrapUnavailable(() => client.send(command))).Item;
  };

  /**
   * Finds the item that refused a condition: DynamoDB returns it with the refusal (`ALL_OLD`); from emulators that do not, it is read.
   * The SDK repeats a write whose answer was lost, and the repeat is refused by its own effect. The item's `lastWrite` shows that.
   * @see https://github.com/aws/aws-sdk-java-v2/issues/6580
   */
  const refusingItem = async (id: string, error: unknown): Promise<Item | undefined> => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item ?? (await read(id));
  };

  /** @param nonce the `lastWrite` of this update */
  const update = async (id: string, nonce: string, expression: UpdateExpression): Promise<UpdateResult> => {
    const command = new UpdateItemCommand({
      TableName,
      Key: { id: { S: id } },
      ...expression.build(),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      const { Attributes: item = {} } = await wrapUnavailable(() => client.send(command));
      return { kind: 'written', item };
    } catch (error) {
      const item = await refusingItem(id, error);
      return item !== undefined && lastWriteOf(item) === nonce ? { kind: 'written', item } : { kind: 'refused', item };
    }
  };

  return {
    ...dynamoDbDueIndex(client, TableName),
    ...dynamoDbListing(client, TableName),

    async create(job, nowMs) {
      const nonce = newNonce();
      const command = new PutItemCommand({
        TableName,
        Item: toItem(job, nonce),
        ConditionExpression: 'attribute_not_exists(#id) OR #expires <= :now',
        ExpressionAttributeNames: { '#id': 'id', '#expires': 'expiresAtSeconds' },
        ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1000)) } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await wrapUnavailable(() => client.send(command));
        return { kind: 'created' };
      } catch (error) {
        const item = await refusingItem(job.id, error);
        if (item === undefined) throw new UnavailableError('The record was refused because of another one, which is gone by now.');
        return lastWriteOf(item) === nonce ? { kind: 'created' } : { kind: 'exists', job: fromItem(item) };
      }
    },

    async get(id, nowMs) {
      return visible(await read(id), nowMs);
    },

    async getMany(ids, nowMs) {
      const jobs = new Map<string, Job>();
      let keys = ids.map((id) => ({ id: { S: id } }));
      while (keys.length > 0) {
        const RequestItems = { [TableName]: { Keys: keys } };
        const { Responses, UnprocessedKeys } = await wrapUnavailable(() => client.send(new BatchGetItemCommand({ RequestItems })));
        for (const item of Responses?.[TableName] ?? []) {
          const job = visible(item, nowMs);
          if (job !== undefined) jobs.set(job.id, job);
        }
        keys = (UnprocessedKeys?.[TableName]?.Keys ?? []) as typeof keys;
      }
      return ids.flatMap((id) => jobs.get(id) ?? []);
    },

    async claim(id, { type, leaseToken, nowMs, leaseEndsAtMs }) {
      const expression = new UpdateExpression({ status: 'running', leaseToken, leaseEndsAtMs, reason: undefined, lastWrite: leaseToken })
        .append('timeline', [{ atMs: nowMs, event: 'started' }])
        .copy('attempt', 'attemptsStarted')
        .setIfMissing('startedAtMs', nowMs)
        .require('type', '=', type)
        .require('notBeforeMs', '<=', nowMs)
        .requireOneOf('status', claimableStatuses);
      const { kind, item } = await update(id, leaseToken, expression);
      if (kind === 'written') return { kind: 'claimed', job: fromItem(item) };
      return item === undefined ? { kind: 'missing' } : { kind: 'refused', job: fromItem(item) };
    },

    async write(job, guard, patch) {
      const nonce = newNonce();
      const expression = new UpdateExpression({ ...changedAttributes(job, patch), lastWrite: nonce });
      if (guard.kind === 'lease') {
        expression.require('leaseToken', '=', guard.leaseToken).requireOneOf('status', ['running']);
        // A heartbeat that arrives after a later one must not shorten the lease.
        if (patch.leaseEndsAtMs !== undefined) expression.require('leaseEndsAtMs', '<=', patch.leaseEndsAtMs);
      } else {
        expression.require('revision', '=', guard.revision);
      }
      const { kind, item } = await update(job.id, nonce, expression);
      if (kind === 'written') return fromItem(item);
      const current = item === undefined ? undefined : fromItem(item);
      return guard.kind === 'lease' && isHeldLonger(current, guard.leaseToken, patch) ? current : undefined;
    },
  };
}

function isHeldLonger(job: Job | undefined, leaseToken: string, { leaseEndsAtMs }: JobPatch): boolean {
  return (
    job?.status === 'running' && job.leaseToken === leaseToken && leaseEndsAtMs !== undefined && (job.leaseEndsAtMs ?? 0) > leaseEndsAtMs
  );
}

/** DynamoDB deletes expired items within days; until then they are treated as gone. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html */
function visible(item: Item | undefined, nowMs: number): Job | undefined {
  if (item === undefined) return undefined;
  const job = fromItem(item);
  return job.expiresAtMs !== undefined && job.expiresAtMs <= nowMs ? undefined : job;
}
