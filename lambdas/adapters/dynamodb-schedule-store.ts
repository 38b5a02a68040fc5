/** Schedules: one item each in the jobs table, in the index `due` like the alarms of jobs, and in the index `listing` by name. */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { sha256Hex } from '../core/job/ids.ts';
import { type FoundSchedule, type Schedule, type ScheduleStore, scheduleId, schedulePartition } from '../core/schedule/schedule-record.ts';
import { dynamoDbDueIndex } from './dynamodb-due-index.ts';
import { dueAttributes, type Item, lastWriteOf, marshallOptions, newNonce } from './job-item.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

export function dynamoDbScheduleStore(client: DynamoDBClient, TableName: string): ScheduleStore {
  const read = async (id: string): Promise<Item | undefined> => {
    const command = new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true });
    return (await wrapUnavailable(() => client.send(command))).Item;
  };
  /** Puts an item in the place of the one that was read, or of none. @returns false on a conflict */
  const replace = async (schedule: Schedule, itemOf: (nonce: string) => Item, removal?: string): Promise<boolean> => {
    const { owner, name } = schedule;
    const nonce = newNonce();
    const command = new PutItemCommand({
      TableName,
      Item: itemOf(nonce),
      ...conditionOf(schedule, removal),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await wrapUnavailable(() => client.send(command));
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // The SDK repeats a write whose answer was lost, and the repeat is refused by its own effect.
      const item = error.Item ?? (await read(scheduleId(owner, name)));
      return item !== undefined && lastWriteOf(item) === nonce;
    }
  };
  const find = async (id: string): Promise<FoundSchedule> => {
    const item = await read(id);
    if (item !== undefined && !isRemoved(item)) return { schedule: fromItem(item), removal: undefined };
    return { schedule: undefined, removal: item === undefined ? undefined : lastWriteOf(item) };
  };
  const { due } = dynamoDbDueIndex(client, TableName);
  return {
    due,
    ...listing(client, TableName),

    find,

    get: async (id) => (await find(id)).schedule,

    async write(schedule, dueAtMs, removal) {
      const written = { ...schedule, revision: schedule.revision + 1 };
      return (await replace(schedule, (nonce) => toItem(written, dueAtMs, nonce), removal)) ? written : undefined;
    },

    // No function may delete items, so it is overwritten, and DynamoDB deletes it.
    remove: (schedule, nowMs) => replace(schedule, (nonce) => removedItem(schedule, nowMs, nonce)),
  };
}

/** A creation takes the place of nothing, or of the removal that it read. One that was deleted and made again may have the same revision. */
function conditionOf({ creation, revision }: Schedule, removal: string | undefined) {
  if (revision > 0)
    return {
      ConditionExpression: '#revision = :seen AND #creation = :creation',
      ExpressionAttributeNames: { '#revision': 'revision', '#creation': 'creation' },
      ExpressionAttributeValues: { ':seen': { N: String(revision) }, ':creation': { S: creation } },
    };
  // DynamoDB forgets a removal at its time, also between the read and the write.
  if (removal === undefined) return { ConditionExpression: 'attribute_not_exists(#id)', ExpressionAttributeNames: { '#id': 'id' } };
  return {
    ConditionExpression: 'attribute_not_exists(#id) OR (#isRemoved = :yes AND #lastWrite = :removal)',
    ExpressionAttributeNames: { '#id': 'id', '#isRemoved': 'isRemoved', '#lastWrite': 'lastWrite' },
    ExpressionAttributeValues: { ':yes': { BOOL: true }, ':removal': { S: removal } },
  };
}

/** A removed schedule is kept for this time. A clock that has read it before cannot bring it back, and neither can a creation that was sent before. */
const removedForSeconds = 7 * 86_400;

function removedItem({ owner, name, revision }: Schedule, nowMs: number, lastWrite: string): Item {
  const expiry = { [jobTable.timeToLiveAttribute]: Math.floor(nowMs / 1000) + removedForSeconds };
  return marshall({ id: scheduleId(owner, name), isRemoved: true, revision: revision + 1, lastWrite, ...expiry });
}

function isRemoved(item: Item): boolean {
  return item['isRemoved']?.BOOL === true;
}

/** The partition of an owner in the index `listing`. Those of jobs end in `#` and a digit, so no owner's name is like one of these. */
function listingPartition(owner: string): string {
  return `schedules of ${sha256Hex(owner).slice(0, 32)}`;
}

function listing(client: DynamoDBClient, TableName: string): Pick<ScheduleStore, 'list' | 'count'> {
  const query = (owner: string, more: Partial<QueryCommandInput>, after?: string) => {
    const command = new QueryCommand({
      TableName,
      IndexName: jobTable.listing.name,
      KeyConditionExpression: after === undefined ? '#listing = :owner' : '#listing = :owner AND #listedAs > :after',
      ExpressionAttributeNames: { '#listing': 'listing', ...(after === undefined ? {} : { '#listedAs': 'listedAs' }) },
      ExpressionAttributeValues: { ':owner': { S: listingPartition(owner) }, ...(after === undefined ? {} : { ':after': { S: after } }) },
      ...more,
    });
    return wrapUnavailable(() => client.send(command));
  };
  const readAll = async (ids: readonly string[]): Promise<ReadonlyMap<string, Schedule>> => {
    const found = new Map<string, Schedule>();
    let keys = ids.map((id) => ({ id: { S: id } }));
    while (keys.length > 0) {
      const command = new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys } } });
      const { Responses, UnprocessedKeys } = await wrapUnavailable(() => client.send(command));
      for (const item of Responses?.[TableName] ?? []) if (!isRemoved(item)) found.set(item['id']?.S ?? '', fromItem(item));
      keys = (UnprocessedKeys?.[TableName]?.Keys ?? []) as typeof keys;
    }
    return found;
  };
  return {
    async list(owner, limit, after) {
      const { Items = [], LastEvaluatedKey } = await query(owner, { Limit: limit }, after);
      const ids = Items.map((item) => item['id']?.S ?? '');
      const found = await readAll(ids);
      const next = LastEvaluatedKey === undefined ? undefined : Items.at(-1)?.['listedAs']?.S;
      return { schedules: ids.flatMap((id) => found.get(id) ?? []), next };
    },
    // One page of a query holds more entries than an owner may have schedules.
    async count(owner) {
      return (await query(owner, { Select: 'COUNT' })).Count ?? 0;
    },
  };
}

/** Attributes are named as the record's members; those that are undefined are not stored. */
function toItem(schedule: Schedule, dueAtMs: number | undefined, lastWrite: string): Item {
  const { owner, name } = schedule;
  const due = dueAtMs === undefined ? {} : dueAttributes(schedulePartition, owner, dueAtMs);
  const listed = { listing: listingPartition(owner), listedAs: name };
  return marshall({ id: scheduleId(owner, name), ...schedule, ...due, ...listed, lastWrite }, marshallOptions);
}

function fromItem(item: Item): Schedule {
  const { id: _id, due: _due, alarmKey: _key, listing: _listing, listedAs: _name, lastWrite: _nonce, ...members } = unmarshall(item);
  return {
    ...{ nextAtMs: undefined, decision: undefined, lastJobId: undefined, lastFiring: undefined },
    ...members,
  } as unknown as Schedule; // only `toItem` writes such items
}
