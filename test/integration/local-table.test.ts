/** The jobs table of the local mode: made again by an earlier version, and after a kill between an index and its table. */
import { CreateTableCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { fewestPartitions } from '../../lambdas/core/job/index-partitions.ts';
import { endedPartition, indexedEnds } from '../../lambdas/core/job/list-key.ts';
import { releaseLeases } from '../../local/release-leases.ts';
import { repairIndexes } from '../../local/repair-indexes.ts';
import { createTables } from '../../local/resources.ts';
import { Engine } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

it('of an earlier version is refused, with what to do', async () => {
  const client = dynamoDbClient();
  await client.send(
    new CreateTableCommand({
      TableName: 'old-jobs',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await expect(createTables(client, 'old-jobs')).rejects.toThrow(/made by an earlier version: its index due .* Delete the data folder/);
});

it('of this version is opened again', async () => {
  await createTables(dynamoDbClient(), 'new-jobs');
  await createTables(dynamoDbClient(), 'new-jobs');
});

it.each(indexedEnds)('whose index says that a job %s that has not ended, is repaired', async (status) => {
  const engine = await Engine.open();
  const client = dynamoDbClient();
  const jobs = [await engine.accept(), await engine.accept()] as const;
  const failed = await engine.accept();
  await engine.cancel(failed);
  const [wrong] = jobs;
  await client.send(
    new UpdateItemCommand({
      TableName: engine.tableName,
      Key: { id: { S: wrong.id } },
      UpdateExpression: 'SET #ended = :ended',
      ExpressionAttributeNames: { '#ended': 'ended' },
      ExpressionAttributeValues: { ':ended': { S: endedPartition(wrong, status, fewestPartitions).name } },
    }),
  );
  const idsIn = async (IndexName: string) => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: engine.tableName, IndexName }));
    return Items.map((item) => item['id']?.S).sort();
  };
  expect(await idsIn('ended')).toEqual([wrong.id, failed.id].sort());
  await repairIndexes(client, engine.tableName);
  expect(await idsIn('ended')).toEqual([failed.id]);
  expect(await idsIn('due')).toEqual(jobs.map(({ id }) => id).sort());
  expect(await engine.read(wrong)).toMatchObject({ status: 'queued' });
});

it('that a killed process left is opened without its leases: its jobs start again at once, as after a lease that ran out', async () => {
  const engine = await Engine.open();
  const { runtime, tableName, ports } = engine;
  const [killed, waiting] = [await engine.accept(), await engine.accept()];
  await engine.die(killed);
  await engine.drain();
  const running = await repairIndexes(dynamoDbClient(), tableName);
  expect(running).toEqual([killed.id]);
  await releaseLeases([...running, waiting.id], ports.store, runtime.nowMs());
  expect(await engine.clock()).toMatchObject({ woken: 1, failed: 0 });
  await engine.wake(killed, { run: async ({ text }) => ({ echo: text }) });
  expect(await engine.read(killed)).toMatchObject({ status: 'succeeded', crashes: 1 });
  expect((await engine.read(waiting)).alarm).toEqual(waiting.alarm);
});

it('that a killed process left with more running jobs than one request reads is opened as well', async () => {
  const engine = await Engine.open();
  const jobs = await Promise.all(Array.from({ length: 101 }, () => engine.accept()));
  await Promise.all(jobs.map((job) => engine.die(job)));
  await engine.drain();
  await releaseLeases(await repairIndexes(dynamoDbClient(), engine.tableName), engine.ports.store, engine.runtime.nowMs());
  expect(await engine.clock()).toMatchObject({ woken: 101 });
});
