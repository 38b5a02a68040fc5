/** Whether the index of alarms holds anything: of the clock alone, so that the API need not load a scan. */
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { AlarmProbe } from '../core/job/ports.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

/** Reads at most one entry. A page without any, but with a position to go on from, may be followed by some. */
export function dynamoDbAlarmProbe(client: DynamoDBClient, TableName: string): AlarmProbe {
  return {
    async hasAlarms() {
      const command = new ScanCommand({ TableName, IndexName: jobTable.due.name, Limit: 1, Select: 'COUNT' });
      const { Count = 0, LastEvaluatedKey } = await wrapUnavailable(() => client.send(command));
      return Count > 0 || LastEvaluatedKey !== undefined;
    },
  };
}
