/** What a store of schedules must do, over DynamoDB's protocol and in memory: the tests of the core and the simulation rest on the latter. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbScheduleStore } from '../../lambdas/adapters/dynamodb-schedule-store.ts';
import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import { findJobs } from '../../lambdas/core/list/find-jobs.ts';
import { type Schedule, type ScheduleStore, scheduleId, schedulePartition } from '../../lambdas/core/schedule/schedule-record.ts';
import { createTables } from '../../local/resources.ts';
import { MemoryScheduleStore } from '../../testing/memory-schedule-store.ts';
import { Engine } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

const nowMs = 1_800_000_000_000;
let tables = 0;

async function openDynamoDb(client: DynamoDBClient = dynamoDbClient()): Promise<ScheduleStore> {
  tables += 1;
  const name = `schedules-${process.pid}-${tables}`;
  await createTables(client, name);
  return dynamoDbScheduleStore(client, name);
}

const openMemory = async (): Promise<ScheduleStore> => new MemoryScheduleStore(() => nowMs).connect(async (_, act) => act());

function newSchedule(changes: Partial<Schedule> = {}): Schedule {
  return {
    owner: 'ann',
    name: 'nightly',
    creation: 't1',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    rule: { kind: 'cron', cron: '0 3 * * *', timeZone: 'Europe/Berlin' },
    job: { type: 'work', tags: {}, maxAttempts: 3 },
    input: { kind: 'inline', json: '{"n":1.50}' },
    inputStoredAtMs: nowMs,
    overlap: 'skip',
    catchUp: 'last',
    jitterSeconds: 0,
    paused: false,
    startAtMs: undefined,
    endAtMs: undefined,
    definitionHash: 'h',
    nextAtMs: nowMs + 60_000,
    decision: undefined,
    lastJobId: undefined,
    lastFiring: undefined,
    revision: 0,
    ...changes,
  };
}

describe.each([
  ['DynamoDB', () => openDynamoDb()],
  ['memory', openMemory],
])('a store of schedules in %s', (_, open) => {
  let store: ScheduleStore;
  beforeEach(async () => {
    store = await open();
  });
  const id = scheduleId('ann', 'nightly');
  const due = (untilMs: number) => store.due(schedulePartition, undefined, untilMs, 10);

  it('keeps every member', async () => {
    const full = newSchedule({
      rule: { kind: 'every', every: { hours: 1, minutes: 30 } },
      job: { type: 'work', tags: { team: 'data' }, maxAttempts: 3, deadlineSeconds: 60 },
      input: { kind: 'stored', key: 'schedules/x', sizeBytes: 5_000, sha256: 'abc' },
      startAtMs: nowMs,
      endAtMs: nowMs + 1,
      decision: { atMs: nowMs, decidedAtMs: nowMs },
      lastJobId: deriveJobId('ann', { kind: 'key', key: 'k' }),
      lastFiring: { kind: 'skipped', atMs: nowMs, code: 'missed', detail: 'why' },
    });
    expect(await store.write(full, nowMs)).toEqual({ ...full, revision: 1 });
    expect(await store.get(id)).toEqual({ ...full, revision: 1 });
    const bare = newSchedule({ name: 'bare' });
    await store.write(bare, nowMs);
    expect(await store.get(scheduleId('ann', 'bare'))).toEqual({ ...bare, revision: 1 });
    expect(await store.get(scheduleId('bob', 'bare'))).toBeUndefined();
  });

  it('writes over the revision that was read, and over no other; of many at once one is written', async () => {
    const created = await Promise.all(Array.from({ length: 10 }, () => store.write(newSchedule(), nowMs)));
    expect(created.filter((one) => one !== undefined)).toHaveLength(1);
    const read = (await store.get(id)) as Schedule;
    const written = await Promise.all(Array.from({ length: 10 }, () => store.write({ ...read, nextAtMs: 5 }, 5)));
    expect(written.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await store.write(read, nowMs)).toBeUndefined();
    expect(await store.get(id)).toMatchObject({ revision: 2, nextAtMs: 5 });
  });

  it('does not bring back a schedule that was deleted meanwhile', async () => {
    const read = (await store.write(newSchedule(), nowMs)) as Schedule;
    expect(await store.remove(read, nowMs)).toBe(true);
    expect(await store.write(read, nowMs)).toBeUndefined();
    expect(await store.get(id)).toBeUndefined();
    expect(await store.remove(read, nowMs)).toBe(false);
    expect([await store.count('ann'), (await store.list('ann', 5, undefined)).schedules]).toEqual([0, []]);
    // Made again it has the revision of the first one, whose readers must not write it.
    const { removal } = await store.find(id);
    expect(await store.write(newSchedule({ creation: 't2' }), nowMs, removal)).toMatchObject({ revision: 1 });
    expect(await store.write(read, nowMs)).toBeUndefined();
    expect(await store.remove(read, nowMs)).toBe(false);
    expect(await store.get(id)).toMatchObject({ creation: 't2', revision: 1 });
  });

  it('is not made by a creation that was sent before it was deleted, and arrives after', async () => {
    expect(await store.find(id)).toEqual({ schedule: undefined, removal: undefined });
    await store.remove((await store.write(newSchedule(), nowMs)) as Schedule, nowMs);
    expect(await store.write(newSchedule({ creation: 'late' }), nowMs)).toBeUndefined();
    const { removal: first } = await store.find(id);
    await store.remove((await store.write(newSchedule(), nowMs, first)) as Schedule, nowMs);
    expect(await store.write(newSchedule({ creation: 'late' }), nowMs, first)).toBeUndefined();
    const { removal: second } = await store.find(id);
    expect(await store.write(newSchedule({ creation: 't3' }), nowMs, second)).toMatchObject({ creation: 't3' });
    expect((await store.find(id)).removal).toBeUndefined();
  });

  it('is found by the clock when it is due, and not after it was paused or deleted', async () => {
    let schedule = (await store.write(newSchedule(), nowMs + 60_000)) as Schedule;
    await store.write(newSchedule({ name: 'later' }), nowMs + 3_600_000);
    await store.write(newSchedule({ name: 'paused' }), undefined);
    expect(await due(nowMs)).toEqual([]);
    expect(await due(nowMs + 60_000)).toEqual([expect.objectContaining({ id, dueAtMs: nowMs + 60_000 })]);
    schedule = (await store.write(schedule, nowMs + 120_000)) as Schedule;
    expect(await due(nowMs + 60_000)).toEqual([]);
    await store.write(schedule, undefined);
    expect(await due(nowMs + 120_000)).toEqual([]);
    await store.remove((await store.get(scheduleId('ann', 'later'))) as Schedule, nowMs);
    expect(await due(nowMs + 9_000_000)).toEqual([]);
  });

  it('lists and counts the schedules of one owner by name, in pages', async () => {
    const names = ['a', 'B', 'b.1', 'b-2', 'b_3', 'c'];
    for (const name of names) await store.write(newSchedule({ name }), undefined);
    await store.write(newSchedule({ name: 'other', owner: 'bob' }), undefined);
    expect(await store.count('ann')).toBe(6);
    const listed: string[] = [];
    let after: string | undefined;
    do {
      const page = await store.list('ann', 2, after);
      listed.push(...page.schedules.map(({ name }) => name));
      after = page.next;
    } while (after !== undefined);
    expect(listed).toEqual([...names].sort());
    expect(await store.count('ann#0')).toBe(0);
  });
});

it('recognises its own write after an answer that was lost, since the SDK repeats it', async () => {
  const client = dynamoDbClient();
  const store = await openDynamoDb(client);
  let isLost = false;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      if (isLost || context['commandName'] !== 'PutItemCommand') return result;
      isLost = true;
      throw Object.assign(new Error('The answer is lost.'), { name: 'TimeoutError' });
    },
    { step: 'deserialize', priority: 'low' },
  );
  expect(await store.write(newSchedule(), nowMs)).toMatchObject({ revision: 1 });
  expect(isLost).toBe(true);
});

it('shows no schedule among the jobs of its owner, and no job among the schedules', async () => {
  const engine = await Engine.open();
  const { store, schedules } = engine.ports;
  const job = await engine.accept({ owner: 'ann' });
  await schedules.write(newSchedule(), nowMs);
  const deps = { store, runtime: engine.runtime, knownTypes: async () => [job.type], partitionsToRead: async () => 8 as const };
  for (const statuses of [undefined, ['queued' as const]]) {
    const { jobs } = await findJobs({ owner: 'ann', order: 'desc', statuses }, { limit: 10 }, deps);
    expect(jobs.map(({ id }) => id)).toEqual([job.id]);
  }
  expect((await schedules.list('ann', 10, undefined)).schedules.map(({ name }) => name)).toEqual(['nightly']);
});
