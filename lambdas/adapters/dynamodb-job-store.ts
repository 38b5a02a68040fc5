/** The job store in one DynamoDB table: every decision is a condition on a single item. */
import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { UnavailableError } from '../core/contract/errors.ts';
import { behindMoment, compareAlarmKeys, readAlarmKey } from '../core/job/alarm-key.ts';
import type { Job, JobPatch } from '../core/job/job.ts';
import type { ClaimResult, DueEntry, DuePosition, JobStore, ListPosition } from '../core/job/ports.ts';
import { claimableStatuses } from '../core/job/states.ts';
import {
  changedAttributes,
  fromItem,
  type Item,
  lastWriteOf,
  listingKey,
  listingPartition,
  listingShards,
  marshallOptions,
  toItem,
} from './job-item.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

/** Thirteen digits, later than any alarm. */
const latestMs = 9_999_999_999_999;

export function dynamoDbJobStore(client: DynamoDBClient, TableName: string): JobStore {
  const read = async (id: string): Promise<Item | undefined> => {
    const { Item } = await wrapUnavailable(() =>
      client.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true })),
    );
    return Item;
  };

  /**
   * The item that refused a condition. DynamoDB hands it over with the refusal (`ALL_OLD`); emulators that do not are asked.
   * A write whose answer was lost is repeated by the SDK and then refused by its own effect: the item's `lastWrite` tells.
   * @see https://github.com/aws/aws-sdk-java-v2/issues/6580
   */
  const refusingItem = async (id: string, error: unknown): Promise<Item | undefined> => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item ?? (await read(id));
  };

  /** @returns the item after the update, or what refused it */
  const update = async (
    id: string,
    nonce: string,
    expression: UpdateExpression,
  ): Promise<{ done: Item } | { refusedBy: Item | undefined }> => {
    try {
      const { Attributes } = await wrapUnavailable(() =>
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: { id: { S: id } },
            ...expression.build(),
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return { done: Attributes ?? {} };
    } catch (error) {
      const item = await refusingItem(id, error);
      return item !== undefined && lastWriteOf(item) === nonce ? { done: item } : { refusedBy: item };
    }
  };

  /** A position with an id is that of an alarm, and the first one behind it is wanted; one without is a bound that no alarm has. */
  const queryDue = (partition: string, after: DuePosition | undefined, untilMs: number, changes: Partial<QueryCommandInput>) => {
    const { ExpressionAttributeNames, ExpressionAttributeValues, ...others } = changes;
    const until = behindMoment(untilMs);
    const bound = after === undefined || after.id !== undefined ? undefined : after.key;
    const start = after?.id === undefined ? {} : { ExclusiveStartKey: dueKey(partition, after.key, after.id) };
    const command = new QueryCommand({
      TableName,
      IndexName: jobTable.due.name,
      KeyConditionExpression: `#due = :partition AND ${bound === undefined ? '#wakeAtMs <= :until' : '#wakeAtMs BETWEEN :bound AND :until'}`,
      ExpressionAttributeNames: { '#due': 'due', '#wakeAtMs': 'wakeAtMs', ...ExpressionAttributeNames },
      ExpressionAttributeValues: {
        ':partition': { S: partition },
        ':until': { N: until },
        ...(bound === undefined ? {} : { ':bound': { N: bound } }),
        ...ExpressionAttributeValues,
      },
      ...start,
      ...others,
    });
    return wrapUnavailable(() => client.send(command));
  };

  return {
    async create(job, nowMs) {
      const nonce = newNonce();
      try {
        await wrapUnavailable(() =>
          client.send(
            new PutItemCommand({
              TableName,
              Item: toItem(job, nonce),
              ConditionExpression: 'attribute_not_exists(#id) OR #expires <= :now',
              ExpressionAttributeNames: { '#id': 'id', '#expires': 'expiresAtSeconds' },
              ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1000)) } },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
          ),
        );
        return { kind: 'created' };
      } catch (error) {
        const item = await refusingItem(job.id, error);
        if (item === undefined) throw new UnavailableError('The record was refused by another one, which is gone by now.');
        if (lastWriteOf(item) === nonce) return { kind: 'created' };
        return { kind: 'exists', job: fromItem(item) };
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

    async claim(id, { type, leaseToken, nowMs, leaseEndsAtMs }): Promise<ClaimResult> {
      const expression = new UpdateExpression({ status: 'running', leaseToken, leaseEndsAtMs, reason: undefined, lastWrite: leaseToken })
        .append('timeline', [{ atMs: nowMs, event: 'started' }])
        .copy('attempt', 'attemptsStarted')
        .setIfMissing('startedAtMs', nowMs)
        .require('#type = :type', { type })
        .require('#notBeforeMs <= :now', { now: nowMs }, 'notBeforeMs')
        .requireOneOf('status', claimableStatuses);
      const result = await update(id, leaseToken, expression);
      if ('done' in result) return { kind: 'claimed', job: fromItem(result.done) };
      return result.refusedBy === undefined ? { kind: 'missing' } : { kind: 'refused', job: fromItem(result.refusedBy) };
    },

    async write(job, guard, patch) {
      const nonce = newNonce();
      const expression = new UpdateExpression({ ...changedAttributes(job, patch), lastWrite: nonce });
      if ('leaseToken' in guard) {
        expression.require('#leaseToken = :heldLease', { heldLease: guard.leaseToken }, 'leaseToken').requireOneOf('status', ['running']);
        // A heartbeat that arrives after a later one must not shorten the lease.
        if (patch.leaseEndsAtMs !== undefined) expression.require('#leaseEndsAtMs <= :leaseEndsAtMs', {});
      } else {
        expression.require('#revision = :seenRevision', { seenRevision: guard.revision }, 'revision');
      }
      const result = await update(job.id, nonce, expression);
      if ('done' in result) return fromItem(result.done);
      const now = result.refusedBy === undefined ? undefined : fromItem(result.refusedBy);
      return 'leaseToken' in guard && isHeldLonger(now, guard.leaseToken, patch) ? now : undefined;
    },

    async due(partition, after, untilMs, limit) {
      // DynamoDB refuses a start behind the end, which a position kept from before a step back of the time may be.
      if (after !== undefined && compareAlarmKeys(after.key, behindMoment(untilMs)) > 0) return [];
      const { Items = [] } = await queryDue(partition, after, untilMs, { Limit: limit });
      return Items.map(toDueEntry);
    },

    // A page is what one query reads, 1 MB, which holds some 8,000 entries of the index.
    async pastDeadline(partition, after, nowMs) {
      const { Items = [], LastEvaluatedKey } = await queryDue(partition, after, latestMs, {
        FilterExpression: '#deadlineMs <= :now',
        ExpressionAttributeNames: { '#deadlineMs': 'deadlineMs' },
        ExpressionAttributeValues: { ':now': { N: String(nowMs) } },
      });
      return { entries: Items.map(toDueEntry), next: LastEvaluatedKey === undefined ? undefined : toDueEntry(LastEvaluatedKey) };
    },

    async list(owner, limit, after) {
      const shards = await Promise.all(
        Array.from({ length: listingShards }, (_, shard) =>
          wrapUnavailable(() =>
            client.send(
              new QueryCommand({
                TableName,
                IndexName: jobTable.listing.name,
                KeyConditionExpression: after === undefined ? '#listing = :partition' : '#listing = :partition AND #listedAs < :after',
                ExpressionAttributeNames: { '#listing': 'listing', ...(after === undefined ? {} : { '#listedAs': 'listedAs' }) },
                ExpressionAttributeValues: {
                  ':partition': { S: listingPartition(owner, shard) },
                  ...(after === undefined ? {} : { ':after': { S: listingKey(after) } }),
                },
                ScanIndexForward: false,
                Limit: limit,
              }),
            ),
          ),
        ),
      );
      const keys = shards.flatMap(({ Items = [] }) => Items.map((item) => item['listedAs']?.S ?? ''));
      return keys.sort().reverse().slice(0, limit).map(toPosition);
    },
  };
}

function isHeldLonger(job: Job | undefined, leaseToken: string, { leaseEndsAtMs }: JobPatch): boolean {
  return (
    job?.status === 'running' && job.leaseToken === leaseToken && leaseEndsAtMs !== undefined && (job.leaseEndsAtMs ?? 0) > leaseEndsAtMs
  );
}

/** DynamoDB deletes expired items within days; until then they are gone for us. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html */
function visible(item: Item | undefined, nowMs: number): Job | undefined {
  if (item === undefined) return undefined;
  const job = fromItem(item);
  return job.expiresAtMs !== undefined && job.expiresAtMs <= nowMs ? undefined : job;
}

function toDueEntry(item: Item): DueEntry {
  const key = item['wakeAtMs']?.N ?? '';
  return { id: item['id']?.S ?? '', key, wakeAtMs: readAlarmKey(key).wakeAtMs };
}

function dueKey(partition: string, key: string, id: string): Item {
  return { due: { S: partition }, wakeAtMs: { N: key }, id: { S: id } };
}

function toPosition(listedAs: string): ListPosition {
  const [createdAtMs = '', id = ''] = listedAs.split('#');
  return { createdAtMs: Number(createdAtMs), id };
}

function newNonce(): string {
  return randomUUID().slice(0, 8);
}

/** Builds an update that also counts the item's revision. Every attribute goes through a placeholder, since many names are reserved words. */
class UpdateExpression {
  private readonly sets: string[] = [];
  private readonly removes: string[] = [];
  private readonly conditions: string[] = [];
  private readonly names: Record<string, string> = { '#revision': 'revision' };
  private readonly values: Record<string, unknown> = { ':one': 1 };

  /** @param attributes new values; undefined removes */
  constructor(attributes: Record<string, unknown>) {
    for (const [name, value] of Object.entries(attributes)) {
      this.names[`#${name}`] = name;
      if (value === undefined) {
        this.removes.push(`#${name}`);
      } else {
        this.sets.push(`#${name} = :${name}`);
        this.values[`:${name}`] = value;
      }
    }
  }

  append(list: string, entries: readonly unknown[]): this {
    this.names[`#${list}`] = list;
    this.sets.push(`#${list} = list_append(#${list}, :${list})`);
    this.values[`:${list}`] = entries;
    return this;
  }

  copy(from: string, to: string): this {
    Object.assign(this.names, { [`#${from}`]: from, [`#${to}`]: to });
    this.sets.push(`#${to} = #${from}`);
    return this;
  }

  setIfMissing(name: string, value: unknown): this {
    this.names[`#${name}`] = name;
    this.values[`:${name}`] = value;
    this.sets.push(`#${name} = if_not_exists(#${name}, :${name})`);
    return this;
  }

  /** @param name the attribute in the condition, where it is not named as the value */
  require(condition: string, values: Record<string, unknown>, name?: string): this {
    this.conditions.push(condition);
    for (const [key, value] of Object.entries(values)) {
      this.names[`#${name ?? key}`] = name ?? key;
      this.values[`:${key}`] = value;
    }
    return this;
  }

  requireOneOf(name: string, allowed: readonly string[]): this {
    const values = Object.fromEntries(allowed.map((value, i) => [`${name}${i}`, value]));
    const list = Object.keys(values).map((key) => `:${key}`);
    return this.require(`#${name} IN (${list.join(', ')})`, values, name);
  }

  build() {
    const removal = this.removes.length > 0 ? ` REMOVE ${this.removes.join(', ')}` : '';
    return {
      UpdateExpression: `SET ${this.sets.join(', ')}${removal} ADD #revision :one`,
      ConditionExpression: this.conditions.join(' AND '),
      ExpressionAttributeNames: this.names,
      ExpressionAttributeValues: marshall(this.values, marshallOptions),
    };
  }
}
