/**
 * Gates, and those who wait at them: items in the jobs table, under keys that are not valid job ids. A gate is in the index `due` like the alarms of
 * jobs, and its line is a partition of that index: one item for each who waits, sorted by its order.
 */
import {
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { marshall, NumberValueImpl, unmarshall } from '@aws-sdk/util-dynamodb';
import { type GateRecord, type GateStore, gatePartition, lookEveryMs, type Waiter } from '../core/gate/gate-store.ts';
import { alarmKey, readAlarmKey } from '../core/job/alarm-key.ts';
import type { GateName } from '../core/job/gate.ts';
import { dynamoDbDueIndex } from './dynamodb-due-index.ts';
import type { Item } from './job-item.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

/** How long an item is kept that is no longer needed: no function may delete items. */
const keptSeconds = 86_400;
const keyOf = (id: string) => `gate#${id}`;
const idOf = (key: string) => key.slice('gate#'.length);
const waiterKey = (jobId: string) => `waiter#${jobId}`;
const linePartition = (gateId: string) => `line#${gateId}`;

const names = {
  '#id': 'id',
  '#owner': 'owner',
  '#type': 'type',
  '#holders': 'holders',
  '#places': 'places',
  '#crowded': 'crowdedAtMs',
  '#due': 'due',
  '#key': 'alarmKey',
  '#expires': jobTable.timeToLiveAttribute,
} as const;

interface Update {
  readonly set?: readonly string[];
  readonly remove?: readonly string[];
  /** Another clause, such as `ADD #holders :own`. */
  readonly clause?: string;
  readonly condition?: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** By name: the API loads this with a copy of the SDK of its own, and errors are the client's. */
function isRefused(error: unknown): error is Error & { readonly Item?: Item } {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

export function dynamoDbGateStore(client: DynamoDBClient, TableName: string): GateStore {
  const read = async (id: string): Promise<GateRecord | undefined> => {
    const command = new GetItemCommand({ TableName, Key: { id: { S: keyOf(id) } }, ConsistentRead: true });
    return toGate((await wrapUnavailable(() => client.send(command))).Item);
  };
  /** @returns the gate after the write, or the one that refused it */
  const update = async (id: string, change: Update): Promise<{ readonly isWritten: boolean; readonly gate: GateRecord | undefined }> => {
    const command = new UpdateItemCommand({ TableName, Key: { id: { S: keyOf(id) } }, ...expressionOf(change), ReturnValues: 'ALL_NEW' });
    try {
      return { isWritten: true, gate: toGate((await wrapUnavailable(() => client.send(command))).Attributes) };
    } catch (error) {
      if (!isRefused(error)) throw error;
      return { isWritten: false, gate: toGate(error.Item) ?? (await read(id)) };
    }
  };
  const updateWaiter = (jobId: string, change: Update) =>
    wrapUnavailable(() =>
      client.send(
        new UpdateItemCommand({ TableName, Key: { id: { S: waiterKey(jobId) } }, ...expressionOf(change), ReturnValues: 'ALL_NEW' }),
      ),
    );
  return {
    due: async (...request) =>
      (await dynamoDbDueIndex(client, TableName).due(...request)).map((entry) => ({ ...entry, id: idOf(entry.id) })),
    read,

    async take(gate, jobId, { places, isInTurn, nowMs }) {
      const hasRoom = 'attribute_not_exists(#holders) OR size(#holders) < :places';
      const mayComeIn = isInTurn ? hasRoom : `((${hasRoom}) AND attribute_not_exists(#crowded))`;
      const { isWritten, gate: after } = await update(gate.id, {
        ...kept,
        clause: 'ADD #holders :own',
        condition: `contains(#holders, :id) OR ${mayComeIn}`,
        values: { ...keptValues(gate, { places, nowMs }), ':own': new Set([jobId]), ':id': jobId },
      });
      return { isTaken: isWritten, state: after ?? { holders: [], places, crowdedAtMs: undefined } };
    },

    async leave(id, jobId) {
      const values = { ':own': new Set([jobId]) };
      return (await update(id, { clause: 'DELETE #holders :own', condition: 'attribute_exists(#id)', values })).gate;
    },

    async crowd(gate, { places, nowMs }) {
      const change = {
        set: [...kept.set, '#crowded = :now'],
        remove: kept.remove,
        values: { ...keptValues(gate, { places, nowMs }), ':now': nowMs },
      };
      return (await update(gate.id, change)).gate ?? { holders: [], places, crowdedAtMs: nowMs };
    },

    async uncrowd(id, sinceMs) {
      await update(id, { remove: ['#crowded'], condition: '#crowded = :since', values: { ':since': sinceMs } });
    },

    async postpone({ id, owner }, { places, dueAtMs }) {
      const values = { ':due': gatePartition, ':key': dueKey(owner, dueAtMs) };
      const set = ['#due = :due', '#key = :key'];
      // One that was closed meanwhile stays closed.
      const condition = 'attribute_exists(#due)';
      await update(
        id,
        places === undefined
          ? { set, remove: ['#places'], condition, values }
          : { set: [...set, '#places = :places'], condition, values: { ...values, ':places': places } },
      );
    },

    async close(id, nowMs) {
      const { isWritten } = await update(id, {
        set: ['#expires = :expires'],
        remove: ['#due', '#key'],
        condition: 'attribute_exists(#id) AND attribute_not_exists(#holders) AND attribute_not_exists(#crowded)',
        values: { ':expires': Math.floor(nowMs / 1000) + keptSeconds },
      });
      return isWritten;
    },

    async join(gateId, { jobId, order }, expiresAtMs) {
      const set = ['#due = :line', '#key = :order', '#expires = :expires'];
      const values = { ':line': linePartition(gateId), ':order': Math.floor(order), ':expires': Math.ceil(expiresAtMs / 1000) };
      await updateWaiter(jobId, { set, values });
    },

    async quit(jobId, nowMs) {
      const change = {
        set: ['#expires = :expires'],
        remove: ['#due', '#key'],
        condition: 'attribute_exists(#due)',
        values: { ':expires': Math.floor(nowMs / 1000) + keptSeconds },
      };
      await updateWaiter(jobId, change).catch((error: unknown) => {
        if (!isRefused(error)) throw error;
      });
    },

    async line(gateId, limit, after) {
      const command = new QueryCommand({
        TableName,
        IndexName: jobTable.due.name,
        KeyConditionExpression: '#due = :line',
        ProjectionExpression: '#id, #key',
        ExpressionAttributeNames: { '#due': names['#due'], '#id': names['#id'], '#key': names['#key'] },
        ExpressionAttributeValues: { ':line': { S: linePartition(gateId) } },
        Limit: limit,
        ...(after === undefined ? {} : { ExclusiveStartKey: lineKey(gateId, after) }),
      });
      const { Items = [] } = await wrapUnavailable(() => client.send(command));
      return Items.map(({ id, alarmKey: key }) => ({ jobId: (id?.S ?? '').slice(waiterKey('').length), order: Number(key?.N) }));
    },
  };
}

/** A gate in use is looked at by the clock, and does not expire. */
const kept = {
  set: ['#owner = :owner', '#type = :type', '#places = :places', '#due = if_not_exists(#due, :due)', '#key = if_not_exists(#key, :key)'],
  remove: ['#expires'],
} as const;

function keptValues({ owner, type }: GateName, { places, nowMs }: { readonly places: number; readonly nowMs: number }) {
  return { ':owner': owner, ':type': type, ':places': places, ':due': gatePartition, ':key': dueKey(owner, nowMs + lookEveryMs) };
}

function lineKey(gateId: string, { jobId, order }: Waiter): Item {
  return { due: { S: linePartition(gateId) }, alarmKey: { N: String(order) }, id: { S: waiterKey(jobId) } };
}

function dueKey(owner: string, dueAtMs: number) {
  return NumberValueImpl.from(alarmKey(owner, dueAtMs).replace(/0+$/, ''));
}

function expressionOf({ set = [], remove = [], clause = '', condition, values }: Update): Partial<UpdateItemCommandInput> {
  const UpdateExpression = [
    ...(set.length === 0 ? [] : [`SET ${set.join(', ')}`]),
    ...(remove.length === 0 ? [] : [`REMOVE ${remove.join(', ')}`]),
    clause,
  ]
    .join(' ')
    .trim();
  const text = `${UpdateExpression} ${condition ?? ''}`;
  return {
    UpdateExpression,
    ...(condition === undefined ? {} : { ConditionExpression: condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    ExpressionAttributeNames: Object.fromEntries(Object.entries(names).filter(([name]) => new RegExp(`${name}\\b`).test(text))),
    ExpressionAttributeValues: marshall(values, { convertClassInstanceToMap: true }),
  };
}

function toGate(item: Item | undefined): GateRecord | undefined {
  if (item === undefined || item['owner'] === undefined) return undefined;
  const { id, owner, type, holders, places, crowdedAtMs } = unmarshall(item);
  const key = item['alarmKey']?.N;
  return {
    ...{ id: idOf(String(id)), owner, type, places, crowdedAtMs },
    holders: [...((holders as ReadonlySet<string> | undefined) ?? [])],
    dueAtMs: key === undefined ? undefined : readAlarmKey(key).dueAtMs,
  };
}
