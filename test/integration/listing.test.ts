/** Lists and counts over DynamoDB's protocol: what they hold, and what they read for it. docs/http-api.md states the costs. */
import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb-job-store.ts';
import { itemSizeBytes } from '../../lambdas/adapters/item-size.ts';
import { toItem } from '../../lambdas/adapters/job-item.ts';
import { jobTable } from '../../lambdas/adapters/table-layout.ts';
import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { isTerminal, type JobStatus } from '../../lambdas/core/job/states.ts';
import { countJobs } from '../../lambdas/core/list/count-jobs.ts';
import { findJobs } from '../../lambdas/core/list/find-jobs.ts';
import type { JobFilter } from '../../lambdas/core/list/job-query.ts';
import { createTables } from '../../local/resources.ts';
import {
  countAll,
  expectedCounts,
  expectedKeys,
  listAll,
  listDeps,
  nowMs,
  pageSizes,
  populate,
  populations,
  questions,
} from '../support/listed-jobs.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

let tables = 0;

async function open() {
  tables += 1;
  const name = `listing-${process.pid}-${tables}`;
  const client = dynamoDbClient();
  await createTables(client, name);
  return { name, client, store: dynamoDbJobStore(client, name) };
}

it('are what a plain filter and count over all jobs are, over all pages, in both orders', async () => {
  const property = fc.asyncProperty(
    populations(40),
    fc.array(fc.tuple(questions, pageSizes), { minLength: 4, maxLength: 8 }),
    async (some, asked) => {
      const { store } = await open();
      const jobs = await populate(store, some);
      for (const [question, size] of asked) {
        expect([question, (await listAll(store, question, size)).keys]).toEqual([question, expectedKeys(jobs, question)]);
        const bounds = { ...size.bounds, alarms: 20_000 };
        expect([question, await countAll(store, question, bounds)]).toEqual([question, expectedCounts(jobs, question)]);
      }
    },
  );
  await fc.assert(property, { numRuns: 10, interruptAfterTimeLimit: 90_000 });
});

describe('what a list of 3,000 jobs reads, beside 3,000 of another owner', () => {
  const newest = 3_000;
  /** In flight are the newest, as usual; of each rare thing there are five, far apart. */
  const statusOf = (i: number): JobStatus => {
    if (i < 500) return i % 100 < 4 ? ((['scheduled', 'waiting', 'running', 'running'] as const)[i % 100] ?? 'queued') : 'queued';
    return i % 500 === 1 ? 'failed' : i % 500 === 2 ? 'cancelled' : 'succeeded';
  };
  const isRare = (i: number) => i > 500 && i % 500 === 3;

  function newJob(owner: string, i: number): Job {
    const status = statusOf(i);
    const createdAtMs = nowMs - i * 1_000;
    const alarm = status === 'scheduled' || status === 'waiting' ? 'timer' : 'rescue';
    return {
      ...{ id: deriveJobId(owner, { kind: 'key', key: String(i) }), owner, type: isRare(i) ? 'beta' : 'alpha', status, createdAtMs },
      tags: { team: 'data', ...(isRare(i) ? { run: String(i) } : {}) },
      alarm: isTerminal(status) ? undefined : { kind: alarm, dueAtMs: nowMs + (alarm === 'timer' ? 3_600_000 : 0) + i * 10 },
      ...{ input: { kind: 'inline', json: '{}' }, journal: {}, files: {}, timeline: [], revision: 1 },
    } as unknown as Job;
  }

  let client: DynamoDBClient;
  let store: ReturnType<typeof dynamoDbJobStore>;
  let reads = { entries: 0, alarms: 0, records: 0, requests: 0 };
  let entrySizes: readonly number[] = [];

  beforeAll(async () => {
    const opened = await open();
    ({ client, store } = opened);
    const owner = 'arn:aws:iam::123456789012:role/SomeDeploymentRole';
    const items = Array.from({ length: newest }, (_, i) => [newJob(owner, i), newJob('another', i)].map((job) => toItem(job, 'x'))).flat();
    for (let i = 0; i < items.length; i += 25) {
      const RequestItems = { [opened.name]: items.slice(i, i + 25).map((Item) => ({ PutRequest: { Item } })) };
      await client.send(new BatchWriteItemCommand({ RequestItems }));
    }
    entrySizes = ([jobTable.listing, jobTable.due] as const).map(({ partitionKey, sortKey, holds }) => {
      const kept = ['id', partitionKey, sortKey, ...holds];
      return Math.max(
        ...items.map((item) => itemSizeBytes(Object.fromEntries(Object.entries(item).filter(([name]) => kept.includes(name))))),
      );
    });
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await next(args);
        const { IndexName } = args.input as { readonly IndexName?: string };
        const output = result.output as { readonly ScannedCount?: number; readonly Responses?: Record<string, readonly unknown[]> };
        reads.requests += 1;
        if (context.commandName === 'QueryCommand') reads[IndexName === 'due' ? 'alarms' : 'entries'] += output.ScannedCount ?? 0;
        else if (context.commandName === 'BatchGetItemCommand') reads.records += Object.values(output.Responses ?? {}).flat().length;
        else throw new Error(`A list sends no ${context.commandName}.`);
        return result;
      },
      { step: 'initialize' },
    );
  });
  beforeEach(() => (reads = { entries: 0, alarms: 0, records: 0, requests: 0 }));

  const owner = 'arn:aws:iam::123456789012:role/SomeDeploymentRole';
  const time = (i: number) => nowMs - i * 1_000;

  // What is read at most: entries of `listing` and `ended`, alarms in `due`, records, requests.
  it.each<[string, JobFilter, number, readonly [entries: number, alarms: number, records: number, requests: number]]>([
    ['no filter', {}, 20, [64, 0, 20, 5]],
    ['a time', { sinceMs: time(1_004), untilMs: time(1_000) }, 5, [5, 0, 5, 5]],
    ['status=failed', { statuses: ['failed'] }, 5, [5, 0, 5, 5]],
    ['status=failed,cancelled', { statuses: ['failed', 'cancelled'] }, 10, [10, 0, 10, 9]],
    ['a rare type', { types: ['beta'] }, 5, [3_000, 0, 5, 25]],
    ['a rare tag', { tags: ['run'] }, 5, [3_000, 0, 5, 25]],
    ['a rare type of those that failed', { statuses: ['failed'], types: ['beta'] }, 0, [5, 0, 0, 4]],
    ['status=scheduled', { statuses: ['scheduled'] }, 5, [0, 1_000, 5, 50]],
    ['status=waiting', { statuses: ['waiting'] }, 5, [0, 1_000, 5, 50]],
    ['status=queued', { statuses: ['queued'] }, 20, [0, 1_000, 20, 50]],
    // Nothing in an index shows a claim, so these are sought among the jobs that may have started.
    ['status=running', { statuses: ['running'] }, 10, [0, 1_000, 490, 60]],
    ['status=succeeded', { statuses: ['succeeded'] }, 20, [1_500, 1_000, 80, 90]],
    ['status=running,failed', { statuses: ['running', 'failed'] }, 15, [5, 1_000, 495, 60]],
  ])('for %s', async (_which, filter, count, [entries, alarms, records, requests]) => {
    const { jobs, next } = await findJobs({ owner, order: 'desc', ...filter }, { limit: 20 }, listDeps(store));
    expect([jobs.length, next === undefined]).toEqual([count, count < 20]);
    expect(reads.entries).toBeLessThanOrEqual(entries);
    expect(reads.alarms).toBeLessThanOrEqual(alarms);
    expect(reads.records).toBeLessThanOrEqual(records);
    expect(reads.requests).toBeLessThanOrEqual(requests);
  });

  it('for counts: every entry once, the alarms, and no record', async () => {
    const { counts, next } = await countJobs({ owner }, listDeps(store));
    expect(next).toBeUndefined();
    expect(Object.fromEntries(counts)).toEqual({
      alpha: { unfinished: 500, succeeded: 2_485, failed: 5, cancelled: 5 },
      beta: { unfinished: 0, succeeded: 5, failed: 0, cancelled: 0 },
    });
    expect(reads).toMatchObject({ entries: 3_010, records: 0 });
    expect(reads.alarms).toBeLessThanOrEqual(1_000);
  });

  // Half a read unit is 4 KB, read eventually consistent.
  it('in read units: 16 entries of a list, or 14 alarms, for half of one', () => {
    const [listing = 0, due = 0] = entrySizes;
    expect(Math.floor(4096 / listing)).toBeGreaterThanOrEqual(16);
    expect(Math.floor(4096 / due)).toBeGreaterThanOrEqual(14);
  });
});
