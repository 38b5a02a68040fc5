/** How the results of the demonstrations are shown. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { local } from '../resources.ts';

/** @param result of a query */
export function showRows(title: string, result: unknown): void {
  const { columns, rows } = (result ?? { columns: [], rows: [] }) as { columns: { name: string }[]; rows: unknown[][] };
  console.log(title);
  console.table(rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]))));
}

/** @param result of a batch write @param columns of the table that are shown */
export async function showBatch(result: unknown, columns: readonly string[]): Promise<void> {
  console.log('The batch write, and some of its rows in the table:', result);
  const { Items = [] } = await dynamoDbClient().send(new ScanCommand({ TableName: local.scratchTable, Limit: 3 }));
  console.table(Items.map((item) => Object.fromEntries(columns.map((name) => [name, item[name]?.S ?? item[name]?.N]))));
}

/** @param result of a launch */
export function showInstances(result: unknown): void {
  const { instances, terminateAt } = (result ?? { instances: [], terminateAt: null }) as {
    instances: object[];
    terminateAt: string | null;
  };
  console.log(`The instances, which a second job will terminate at ${terminateAt}:`);
  console.table(instances);
}

export const launch = {
  title: 'launch 2 instances',
  key: 'demo-launch',
  body: {
    type: 'launch-instances',
    input: {
      imageId: 'ami-0abc1234',
      instanceTypes: ['t4g.small', 't4g.medium'],
      subnetIds: ['subnet-1'],
      count: 2,
      timeToLiveSeconds: 3_600,
    },
  },
};
