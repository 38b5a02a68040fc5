/** What the API shows of the jobs that a launch delegated, over DynamoDB's protocol. */
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb-job-store.ts';
import { followedJobs } from '../../lambdas/api/resources/followed-jobs.ts';
import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { delegatedId } from '../../lambdas/core/submit/child-job.ts';
import { contract } from '../../lambdas/jobs/launch-instances/contract.ts';
import { createTables } from '../../local/resources.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

const createdAtMs = 1_800_000_000_000;
const dayMs = 86_400_000;
const launch = { id: deriveJobId('ann', { kind: 'key', key: 'launch' }), owner: 'ann', type: 'launch-instances', createdAtMs } as Job;
const names = ['terminate', ...Array.from({ length: 100 }, (_, i) => `terminate-${i + 2}`)];

function termination(name: string, expiresAtMs?: number): Job {
  return {
    id: delegatedId(launch, name),
    owner: 'ann',
    type: 'terminate-instances',
    version: 1,
    status: expiresAtMs === undefined ? 'running' : 'succeeded',
    input: { kind: 'inline', json: '{}' },
    submissionHash: 'h',
    createdAtMs,
    notBeforeMs: createdAtMs,
    deadlineMs: createdAtMs + dayMs,
    attempt: 1,
    maxAttempts: 3,
    crashes: 0,
    expiresAtMs,
    journal: {},
    files: {},
    tags: {},
    timeline: [],
    revision: 1,
  } as unknown as Job;
}

async function storeOf(jobs: readonly Job[]) {
  const client = dynamoDbClient();
  const table = `followed-${process.pid}-${jobs.length}`;
  await createTables(client, table);
  const store = dynamoDbJobStore(client, table);
  for (const job of jobs) await store.create(job, createdAtMs);
  return store;
}

it('finds those behind others whose records expired, up to the last that a launch may have', async () => {
  const expired = names.slice(0, 3).map((name) => termination(name, createdAtMs + dayMs));
  const kept = [termination('terminate-4'), termination('terminate-6'), termination('terminate-101')];
  const store = await storeOf([...expired, ...kept]);
  const found = await followedJobs(launch, contract, store, createdAtMs + 2 * dayMs);
  expect(found?.map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
});

it('finds all of them, and asks for one more at most while no record can have expired', async () => {
  const all = names.slice(0, 2).map((name) => termination(name));
  const store = await storeOf(all);
  const asked: string[] = [];
  const counted = {
    get: (id: string, nowMs: number) => {
      asked.push(id);
      return store.get(id, nowMs);
    },
    getMany: store.getMany,
  };
  const found = await followedJobs(launch, contract, counted, createdAtMs + dayMs - 1);
  expect(found?.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  expect(asked).toHaveLength(3);
  expect((await followedJobs(launch, contract, store, createdAtMs + 2 * dayMs))?.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
});
