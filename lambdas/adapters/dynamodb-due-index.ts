/** The alarms of jobs, in the sparse index `due`. */
import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { compareAlarmKeys, keyAfterMinutes, readAlarmKey } from '../core/job/alarm-key.ts';
import type { Job } from '../core/job/job.ts';
import { latestMs, readListKey } from '../core/job/list-key.ts';
import type { DueEntry, DuePosition, JobStore, UnfinishedEntry } from '../core/job/ports.ts';
import type { Item } from './job-item.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

/** The index holds more than the clock needs. */
const keysOnly = { ProjectionExpression: '#id, #alarmKey', ExpressionAttributeNames: { '#id': 'id' } } as const;

interface DueRange {
  readonly partition: string;
  /** A position with an id is that of an alarm, and the first alarm behind it is wanted; one without an id is a bound that no alarm has. */
  readonly after: DuePosition | undefined;
  readonly untilMs: number;
}

export function dynamoDbDueIndex(client: DynamoDBClient, TableName: string): Pick<JobStore, 'due' | 'pastDeadline' | 'unfinished'> {
  const query = (
    { partition, after, untilMs }: DueRange,
    { ExpressionAttributeNames, ExpressionAttributeValues, ...others }: Partial<QueryCommandInput>,
  ) => {
    const bound = after === undefined || after.id !== undefined ? undefined : after.key;
    const command = new QueryCommand({
      TableName,
      IndexName: jobTable.due.name,
      KeyConditionExpression: `#due = :partition AND ${bound === undefined ? '#alarmKey <= :until' : '#alarmKey BETWEEN :bound AND :until'}`,
      ExpressionAttributeNames: { '#due': 'due', '#alarmKey': 'alarmKey', ...ExpressionAttributeNames },
      ExpressionAttributeValues: {
        ':partition': { S: partition },
        ':until': { N: keyAfterMinutes(untilMs) },
        ...(bound === undefined ? {} : { ':bound': { N: bound } }),
        ...ExpressionAttributeValues,
      },
      ...(after?.id === undefined ? {} : { ExclusiveStartKey: dueKey(partition, after.key, after.id) }),
      ...others,
    });
    return wrapUnavailable(() => client.send(command));
  };

  return {
    async due(partition, after, untilMs, limit) {
      // DynamoDB refuses a start behind the end. A position can be behind it when it was kept from before the time was set back.
      if (after !== undefined && compareAlarmKeys(after.key, keyAfterMinutes(untilMs)) > 0) return [];
      const { Items = [] } = await query({ partition, after, untilMs }, { Limit: limit, ...keysOnly });
      return Items.map(toDueEntry);
    },

    async unfinished(partition, after, limit) {
      const { Items = [] } = await query({ partition, after, untilMs: latestMs }, { Limit: limit });
      return Items.map(toUnfinishedEntry);
    },

    // A page is what one query reads, 1 MB, which holds some 4,000 entries of the index.
    async pastDeadline(partition, after, nowMs) {
      const { Items = [], LastEvaluatedKey } = await query(
        { partition, after, untilMs: latestMs },
        {
          ...keysOnly,
          FilterExpression: '#deadlineMs <= :now',
          ExpressionAttributeNames: { ...keysOnly.ExpressionAttributeNames, '#deadlineMs': 'deadlineMs' },
          ExpressionAttributeValues: { ':now': { N: String(nowMs) } },
        },
      );
      return { entries: Items.map(toDueEntry), next: LastEvaluatedKey === undefined ? undefined : toDueEntry(LastEvaluatedKey) };
    },
  };
}

function toDueEntry(item: Item): DueEntry {
  const key = item['alarmKey']?.N ?? '';
  return { id: item['id']?.S ?? '', key, dueAtMs: readAlarmKey(key).dueAtMs };
}

function toUnfinishedEntry(item: Item): UnfinishedEntry {
  const { dueStatus, type, labels, listedAs } = item;
  const { createdAtMs } = readListKey(listedAs?.S ?? '');
  return { ...toDueEntry(item), createdAtMs, type: type?.S ?? '', labels: labels?.SS ?? [], status: dueStatus?.S as Job['status'] };
}

function dueKey(partition: string, key: string, id: string): Item {
  return { due: { S: partition }, alarmKey: { N: key }, id: { S: id } };
}
