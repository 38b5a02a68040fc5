/** A deployment whose indexes get more partitions while it has jobs, over DynamoDB's protocol. */
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import type { PartitionCount } from '../../lambdas/core/job/index-partitions.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import type { JobStatus } from '../../lambdas/core/job/states.ts';
import { countJobs } from '../../lambdas/core/list/count-jobs.ts';
import { findJobs } from '../../lambdas/core/list/find-jobs.ts';
import { runClock } from '../../lambdas/core/reconcile/run-clock.ts';
import { Engine, graceMs } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

const clockOf = (engine: Engine, indexPartitions: PartitionCount) => runClock({ ...engine.ports, indexPartitions });

/** Accepts jobs as the API does, which first asks whether their type takes any. */
async function acceptMany(engine: Engine, count: number): Promise<readonly Job[]> {
  await engine.ports.typeStates.registerJobs(engine.contract.name);
  return Promise.all(Array.from({ length: count }, () => engine.accept({ owner: 'ann' })));
}

const idsOf = (jobs: readonly Pick<Job, 'id'>[]) => jobs.map(({ id }) => id).sort();

/** @returns the largest number of a partition in the table, by index */
async function largestPartitions({ tableName }: Engine) {
  const largest = { due: -1, listing: -1, ended: -1 };
  for await (const { Items = [] } of paginateScan({ client: dynamoDbClient() }, { TableName: tableName }))
    for (const item of Items)
      for (const index of ['due', 'listing', 'ended'] as const)
        largest[index] = Math.max(largest[index], Number(item[index]?.S?.split('#').at(-1) ?? -1));
  return largest;
}

function listDeps({ ports }: Engine) {
  const { typeStates } = ports;
  return { ...ports, knownTypes: () => typeStates.knownTypes(), partitionsToRead: () => typeStates.partitionsToRead() };
}

async function listed(engine: Engine, statuses?: readonly JobStatus[]): Promise<readonly string[]> {
  const { jobs } = await findJobs({ owner: 'ann', order: 'asc', statuses }, { limit: 100 }, listDeps(engine));
  return idsOf(jobs);
}

it('are written two minutes after the clock announced them, and stay when the setting shrinks; no job is lost to the clock or a list', async () => {
  const engine = await Engine.open();
  const { runtime } = engine;
  const before = await acceptMany(engine, 30);
  await clockOf(engine, 32);
  runtime.advance(115_000);
  const meanwhile = await acceptMany(engine, 10);
  expect(await largestPartitions(engine)).toMatchObject({ due: 7, listing: 3 });
  runtime.advance(10_000);
  const after = await acceptMany(engine, 60);
  for (const job of after.slice(0, 30)) await engine.cancel(job);
  const largest = await largestPartitions(engine);
  expect(largest.due).toBeGreaterThan(15);
  expect(largest.listing).toBeGreaterThan(7);
  expect(largest.ended).toBeGreaterThan(7);

  const all = [...before, ...meanwhile, ...after];
  expect(await listed(engine)).toEqual(idsOf(all));
  expect(await listed(engine, ['queued'])).toEqual(idsOf([...before, ...meanwhile, ...after.slice(30)]));
  expect(await listed(engine, ['cancelled'])).toEqual(idsOf(after.slice(0, 30)));
  const { counts } = await countJobs({ owner: 'ann' }, listDeps(engine));
  expect(counts.get(engine.contract.name)).toMatchObject({ unfinished: 70, cancelled: 30, succeeded: 0 });

  // All messages are lost, and the deploy is rolled back.
  await engine.drain();
  runtime.advance(2 * graceMs);
  const sentBefore = engine.sent().length;
  expect(await clockOf(engine, 8)).toMatchObject({ woken: 70, failed: 0 });
  expect(
    new Set(
      engine
        .sent()
        .slice(sentBefore)
        .map(({ body }) => (JSON.parse(String(body)) as { id: string }).id),
    ).size,
  ).toBe(70);
});

it('are searched by a clock that cannot read how many there are', async () => {
  const engine = await Engine.open();
  await clockOf(engine, 32);
  engine.runtime.advance(121_000);
  await acceptMany(engine, 40);
  engine.runtime.advance(2 * graceMs);
  const control = { ...engine.ports.control, read: () => Promise.reject(new Error('The table does not answer.')) };
  expect(await runClock({ ...engine.ports, control })).toMatchObject({ woken: 40 });
});

it('are still known to a process right after it has paused a type, and all are read where the number cannot be read again', async () => {
  const engine = await Engine.open();
  const { runtime, ports } = engine;
  await clockOf(engine, 32);
  runtime.advance(121_000);
  const jobs = await acceptMany(engine, 40);
  await ports.typeStates.setState('another', 'paused');
  expect(await listed(engine)).toEqual(idsOf(jobs));
  const blind = { ...ports.control, read: () => Promise.reject(new Error('The table does not answer.')) };
  const typeStates = new JobTypeStates({ ...ports, control: blind });
  expect([await typeStates.partitionsToRead(), typeStates.partitionsToWrite()]).toEqual([32, 8]);
});
