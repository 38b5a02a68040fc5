/**
 * What a job store must do: the one that is deployed, over DynamoDB's protocol on dynalite (by `npm run test:dynamodb` on Amazon's DynamoDB Local), and
 * the test kit's in memory, which must do the same.
 */
import { BatchWriteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb-job-store.ts';
import { itemSizeBytes } from '../../lambdas/adapters/item-size.ts';
import { toItem } from '../../lambdas/adapters/job-item.ts';
import { alarmPartition } from '../../lambdas/core/job/alarm.ts';
import { keyAfterOwner } from '../../lambdas/core/job/alarm-key.ts';
import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import { fewestPartitions } from '../../lambdas/core/job/index-partitions.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import {
  above,
  below,
  endedPartitions,
  type KeyRange,
  keysBetween,
  labelOf,
  labelsOf,
  latestMs,
  listKey,
  listPartitions,
} from '../../lambdas/core/job/list-key.ts';
import type { Guard, JobStore, ListPage } from '../../lambdas/core/job/ports.ts';
import { parseExactJson } from '../../lambdas/text/exact-json.ts';
import { createTables } from '../../local/resources.ts';
import { MemoryJobStore } from '../../testing/memory-job-store.ts';
import { callWrongly } from '../models/record-calls.ts';
import { isDynamoDbLocal, useEmulators } from '../support/use-emulators.ts';

useEmulators();

const nowMs = 1_800_000_000_000;
const lease = { type: 'work', nowMs, leaseEndsAtMs: nowMs + 120_000 };
let tables = 0;
let jobs = 0;

async function openDynamoDb() {
  tables += 1;
  const name = `store-${process.pid}-${tables}`;
  const client = dynamoDbClient();
  await createTables(client, name);
  return { client, store: dynamoDbJobStore(client, name) };
}

/** The time of its index, which does not lag behind here. */
const openMemory = async () => ({ store: new MemoryJobStore(() => nowMs).connect(async (_, act) => act()) });

function newJob(changes: Partial<Job> = {}): Job {
  jobs += 1;
  return {
    id: deriveJobId('ann', { kind: 'key', key: `${process.pid} ${jobs}` }),
    owner: 'ann',
    type: 'work',
    version: 1,
    status: 'queued',
    input: { kind: 'inline', json: '{}' },
    submissionHash: 'h',
    createdAtMs: nowMs,
    notBeforeMs: nowMs,
    deadlineMs: nowMs + 3_600_000,
    attempt: 1,
    maxAttempts: 3,
    crashes: 0,
    alarm: { kind: 'rescue', dueAtMs: nowMs + 120_000 },
    journal: {},
    files: {},
    tags: {},
    timeline: [{ atMs: nowMs, event: 'queued' }],
    revision: 1,
    ...changes,
  } as Job;
}

const partitionOf = (job: Job, kind: 'timer' | 'rescue' = 'rescue') => alarmPartition(job, kind, fewestPartitions);

/** The next request of a command is done, and its answer lost: the SDK repeats it. */
function loseNextAnswer(client: DynamoDBClient): void {
  let isLost = false;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      if (isLost) return answer;
      isLost = true;
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $retryable: {} });
    },
    { step: 'finalizeRequest', priority: 'low', name: 'loseNextAnswer' },
  );
}

const idsOf = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id);

describe.each([
  ['DynamoDB', openDynamoDb],
  ['the test kit', openMemory],
] as const)('the job store of %s', (which, open: () => Promise<{ readonly store: JobStore }>) => {
  describe('creating', () => {
    it('writes a record once; the second writer gets the first record', async () => {
      const { store } = await open();
      const job = newJob();
      expect(await store.create(job, nowMs)).toEqual({ kind: 'created' });
      expect(await store.create({ ...job, submissionHash: 'other' }, nowMs)).toMatchObject({
        kind: 'exists',
        job: { submissionHash: 'h' },
      });
    });

    it('lets one of ten at the same moment win', async () => {
      const { store } = await open();
      const job = newJob();
      const all = await Promise.all(Array.from({ length: 10 }, () => store.create(job, nowMs)));
      expect(all.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    });

    it('takes an expired record for gone, also before DynamoDB deletes it', async () => {
      const { store } = await open();
      const job = newJob({ status: 'succeeded', alarm: undefined, expiresAtMs: nowMs - 1_000 });
      await store.create(job, nowMs - 10_000);
      expect(await store.get(job.id, nowMs)).toBeUndefined();
      expect(await store.getMany([job.id], nowMs)).toEqual([]);
      expect(await store.create(newJob({ id: job.id }), nowMs)).toEqual({ kind: 'created' });
    });

    it('gives back what it was given: numbers, empty and nested maps, names that JavaScript has a meaning for', async () => {
      const { store } = await open();
      const job = newJob({
        tags: { constructor: 'c', toString: 't', 'a.b #c': ':v' },
        journal: { 'step:constructor': { kind: 'inline', json: '1e400' } },
        error: {
          code: 'c',
          message: '',
          retryable: true,
          details: { empty: {}, list: [[], null, 0.1, -0], deep: { constructor: { x: 9007199254740991 } } },
        },
        progress: { fraction: 0.1, message: null },
      });
      await store.create(job, nowMs);
      expect(await store.get(job.id, nowMs)).toMatchObject(JSON.parse(JSON.stringify(job)));
    });

    it('gives back numbers of more digits than a double holds, and the digits of a BigInt', async () => {
      const { store } = await open();
      const details = '{"exact":0.12345678901234567890,"big":123456789012345678901234567890,"deep":[{"x":1e400}]}';
      const error = { code: 'c', message: '', retryable: false, details: parseExactJson(details) as Record<string, unknown> };
      const job = newJob({ error, pendingOutcome: { status: 'failed', error, cleanUpFailures: 1 } });
      await store.create(job, nowMs);
      const created = await store.get(job.id, nowMs);
      const written = await store.write(job, { kind: 'revision', revision: 1 }, { error, attempt: 2 });
      for (const found of [created, written]) {
        expect(JSON.stringify(found?.error?.details)).toBe(details);
        expect(JSON.stringify(found?.pendingOutcome)).toContain(details);
      }
    });

    it('keeps nothing of what its caller changes afterwards', async () => {
      const { store } = await open();
      const tags: Record<string, string> = { team: 'blue' };
      const job = newJob({ tags });
      await store.create(job, nowMs);
      tags['team'] = 'red';
      expect((await store.get(job.id, nowMs))?.tags).toEqual({ team: 'blue' });
    });

    it('expires a record in whole seconds, never early', async () => {
      const { store } = await open();
      const job = newJob({ status: 'succeeded', alarm: undefined, expiresAtMs: nowMs + 1_001 });
      await store.create(job, nowMs);
      expect((await store.get(job.id, nowMs + 1_999))?.expiresAtMs).toBe(nowMs + 2_000);
      expect(await store.get(job.id, nowMs + 2_000)).toBeUndefined();
    });
  });

  describe('claiming', () => {
    it('gives the lease to one of ten, with the whole record', async () => {
      const { store } = await open();
      const job = newJob();
      await store.create(job, nowMs);
      const all = await Promise.all(Array.from({ length: 10 }, (_, i) => store.claim(job.id, { ...lease, leaseToken: `t${i}` })));
      const [won, ...others] = all.filter(({ kind }) => kind === 'claimed');
      expect(others).toEqual([]);
      expect(won).toMatchObject({
        job: { status: 'running', leaseEndsAtMs: lease.leaseEndsAtMs, revision: 2, timeline: [{}, { event: 'started' }] },
      });
      expect(all.filter(({ kind }) => kind === 'refused')).toHaveLength(9);
    });

    it.each([
      ['of another type', { type: 'other' }],
      ['whose time has not come', { notBeforeMs: nowMs + 1 }],
      ['that runs', { status: 'running', leaseToken: 'x', leaseEndsAtMs: nowMs - 1 }],
      ['that has ended', { status: 'succeeded' }],
      ['that was cancelled', { status: 'cancelled' }],
    ] as const)('refuses a job %s, and shows it as it is', async (_which, changes) => {
      const { store } = await open();
      const job = newJob(changes);
      await store.create(job, nowMs);
      expect(await store.claim(job.id, { ...lease, leaseToken: 't' })).toMatchObject({ kind: 'refused', job: { id: job.id, ...changes } });
      expect((await store.get(job.id, nowMs))?.revision).toBe(1);
    });

    it('makes no record of what is missing', async () => {
      const { store } = await open();
      const { id } = newJob();
      expect(await store.claim(id, { ...lease, leaseToken: 't' })).toEqual({ kind: 'missing' });
      expect(await store.get(id, nowMs)).toBeUndefined();
    });
  });

  describe('writing', () => {
    it('is for the holder of the lease alone, and only while the job runs', async () => {
      const { store } = await open();
      const job = newJob();
      await store.create(job, nowMs);
      await store.claim(job.id, { ...lease, leaseToken: 'mine' });
      expect(await store.write(job, { kind: 'lease', leaseToken: 'stale' }, { attempt: 9 })).toBeUndefined();
      // A heartbeat that arrives late: done already, by the one after it.
      await store.write(job, { kind: 'lease', leaseToken: 'mine' }, { leaseEndsAtMs: lease.leaseEndsAtMs + 2_000 });
      const late = await store.write(job, { kind: 'lease', leaseToken: 'mine' }, { leaseEndsAtMs: lease.leaseEndsAtMs + 1_000 });
      expect(late?.leaseEndsAtMs).toBe(lease.leaseEndsAtMs + 2_000);
      expect(await store.write(job, { kind: 'lease', leaseToken: 'mine' }, { status: 'succeeded', alarm: undefined })).toMatchObject({
        status: 'succeeded',
      });
      expect(await store.write(job, { kind: 'lease', leaseToken: 'mine' }, { status: 'failed' })).toBeUndefined();
      expect(await store.get(job.id, nowMs)).toMatchObject({ status: 'succeeded', attempt: 1, revision: 4 });
    });

    it.each([
      ['none', undefined, { notices: 1 }],
      ['one', 1, { notices: 2 }],
    ] as const)(
      'that has seen %s of its notices is refused once there is another, which leaves the lease as it is',
      async (_which, notices, another) => {
        const { store } = await open();
        const job = newJob(notices === undefined ? {} : { notices });
        await store.create(job, nowMs);
        await store.claim(job.id, { ...lease, leaseToken: 'mine' });
        const seen: Guard = { kind: 'lease', leaseToken: 'mine', notices: notices ?? 0 };
        expect(await store.write(job, seen, { attempt: 2 })).toMatchObject({ attempt: 2 });
        expect(await store.write(job, { ...seen, leaseToken: 'stale' }, { attempt: 9 })).toBeUndefined();
        expect(await store.write(job, { kind: 'revision', revision: 3 }, another)).toMatchObject(another);
        expect(await store.write(job, seen, { status: 'waiting' })).toBeUndefined();
        expect(await store.get(job.id, nowMs)).toMatchObject({ status: 'running', attempt: 2, leaseToken: 'mine', ...another });
        expect(await store.write(job, { ...seen, ...another }, { status: 'waiting' })).toMatchObject({ status: 'waiting' });
      },
    );

    it('keeps signals and what a job waits for, as they were given', async () => {
      const { store } = await open();
      const signal = {
        id: 'i',
        name: 'go',
        payload: { kind: 'inline', json: '1.10' },
        payloadHash: 'h',
        atMs: nowMs,
        by: 'ann',
        afterEntries: 1,
      } as const;
      const job = newJob({
        signals: [signal, { ...signal, id: 'j', isAfterCancel: true }],
        awaits: [{ kind: 'signal', name: 'go' }],
        notices: 2,
      });
      await store.create(job, nowMs);
      expect(await store.get(job.id, nowMs)).toMatchObject({ signals: job.signals, awaits: job.awaits, notices: 2 });
      const written = await store.write(job, { kind: 'revision', revision: 1 }, { awaits: undefined });
      expect([written?.awaits, written?.signals]).toEqual([undefined, job.signals]);
    });

    it('over a revision is refused when the job was written since; of ten at the same moment one wins', async () => {
      const { store } = await open();
      const job = newJob();
      await store.create(job, nowMs);
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, i) => store.write(job, { kind: 'revision', revision: 1 }, { attempt: i + 2 })),
      );
      expect(all.filter((written) => written !== undefined)).toHaveLength(1);
      expect(await store.write(job, { kind: 'revision', revision: 1 }, { attempt: 99 })).toBeUndefined();
    });

    it('removes what a patch has as undefined, and leaves alone what it does not name', async () => {
      const { store } = await open();
      const job = newJob({ reason: { code: 'sleeping' }, checkpoint: '1', journal: { 'step:a': { kind: 'inline', json: '1' } } });
      await store.create(job, nowMs);
      const written = await store.write(job, { kind: 'revision', revision: 1 }, { reason: undefined, journal: {} });
      expect(written).toMatchObject({ checkpoint: '1', journal: {} });
      expect(written?.reason).toBeUndefined();
    });

    it('makes no record of what is missing', async () => {
      const { store } = await open();
      const job = newJob();
      expect(await store.write(job, { kind: 'revision', revision: 1 }, { attempt: 2 })).toBeUndefined();
      expect(await store.get(job.id, nowMs)).toBeUndefined();
    });
  });

  describe('a record of more than 400 KB', () => {
    // DynamoDB's limit: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items
    const maxBytes = 400 * 1024;
    const refusal = (message: string) =>
      expect.objectContaining({ name: 'ValidationException', message: expect.stringContaining(message) });
    const sizeOf = (job: Job) => itemSizeBytes(toItem(job, 'lastNonce'));

    // Dynalite counts the letters of a text, not its bytes in UTF-8.
    const letters = which === 'DynamoDB' && !isDynamoDbLocal ? ['x'] : ['x', '果'];
    it.each(letters)('is not created, and one of a little less is, of the letter %s', async (letter) => {
      const { store } = await open();
      const room = maxBytes - sizeOf(newJob({ checkpoint: '' }));
      // Numbers have no size to the byte: AWS says approximately, and so do emulators.
      const filled = (bytes: number) => newJob({ checkpoint: letter.repeat(Math.floor((room + bytes) / Buffer.byteLength(letter))) });
      expect(await store.create(filled(-200), nowMs)).toEqual({ kind: 'created' });
      const tooLarge = filled(200);
      await expect(callWrongly(() => store.create(tooLarge, nowMs))).rejects.toEqual(
        refusal('Item size has exceeded the maximum allowed size'),
      );
      expect(await store.get(tooLarge.id, nowMs)).toBeUndefined();
    });

    it('is not written, by a worker or anyone else, and stays as it was', async () => {
      const { store } = await open();
      const job = newJob({ checkpoint: 'x'.repeat(200_000) });
      await store.create(job, nowMs);
      await store.claim(job.id, { ...lease, leaseToken: 'mine' });
      const journal = { 'step:a': { kind: 'inline', json: 'y'.repeat(220_000) } } as const;
      for (const guard of [{ kind: 'lease', leaseToken: 'mine' } as const, { kind: 'revision', revision: 2 } as const]) {
        await expect(store.write(job, guard, { journal })).rejects.toEqual(
          refusal('Item size to update has exceeded the maximum allowed size'),
        );
      }
      expect(await store.get(job.id, nowMs)).toMatchObject({ revision: 2, journal: {}, checkpoint: job.checkpoint });
      // Another patch takes the room that this one needs.
      expect(await store.write(job, { kind: 'revision', revision: 2 }, { journal, checkpoint: undefined })).toMatchObject({ revision: 3 });
    });
  });

  describe('the index of alarms', () => {
    /** In one partition, of some owners. */
    const inPartition = (partition: string, count: number, changes: (i: number) => Partial<Job>) => {
      const jobs: Job[] = [];
      while (jobs.length < count) {
        const job = newJob(changes(jobs.length));
        if (partitionOf(job, job.alarm?.kind) === partition) jobs.push(job);
      }
      return jobs;
    };

    it('holds what has not ended by minute, then owner, then time, up to a moment and a number', async () => {
      const { store } = await open();
      const all = inPartition('rescue#work#3', 24, (i) => ({
        owner: `owner-${i % 3}`,
        alarm: { kind: 'rescue', dueAtMs: nowMs + ((i * 37) % 24) * 10_000 },
      }));
      for (const job of all) await store.create(job, nowMs);
      const entries = await store.due('rescue#work#3', undefined, nowMs + 1_000_000, 100);
      expect(entries).toHaveLength(24);
      const minutes = entries.map(({ dueAtMs }) => Math.floor(dueAtMs / 60_000));
      expect(minutes).toEqual([...minutes].sort());
      for (const minute of new Set(minutes)) {
        const ofMinute = entries.filter((_, i) => minutes[i] === minute);
        const owners = ofMinute.map(({ id }) => all.find((job) => job.id === id)?.owner);
        const runs = owners.filter((owner, i) => owner !== owners[i - 1]);
        expect(runs).toHaveLength(new Set(owners).size);
        for (const one of new Set(owners)) {
          const times = ofMinute.filter((_, i) => owners[i] === one).map(({ dueAtMs }) => dueAtMs);
          expect(times).toEqual([...times].sort((a, b) => a - b));
        }
      }
      expect(await store.due('rescue#work#3', undefined, nowMs + 1_000_000, 2)).toEqual(entries.slice(0, 2));
      expect(await store.due('rescue#work#3', undefined, nowMs - 1, 100)).toEqual([]);
      const early = await store.due('rescue#work#3', undefined, nowMs + 60_000, 100);
      expect(early.map(({ dueAtMs }) => dueAtMs).every((dueAtMs) => dueAtMs < nowMs + 120_000)).toBe(true);
    });

    it('is read on behind an alarm, whether it is still there or not, also among alarms of one moment', async () => {
      const { store } = await open();
      const all = inPartition('timer#5', 25, () => ({ alarm: { kind: 'timer', dueAtMs: nowMs } }));
      for (const job of all) await store.create(job, nowMs);
      const found: string[] = [];
      let after: Awaited<ReturnType<typeof store.due>>[number] | undefined;
      while (true) {
        const page = await store.due('timer#5', after, nowMs, 10);
        found.push(...idsOf(page));
        after = page.at(-1);
        if (after === undefined) break;
        const gone = all.find(({ id }) => id === after?.id) as Job;
        await store.write(gone, { kind: 'revision', revision: 1 }, { alarm: undefined });
      }
      expect(found.sort()).toEqual(idsOf(all).sort());
    });

    it('is stepped through owner by owner, for any number of alarms of one', async () => {
      const { store } = await open();
      const owners = ['ann', 'bob', 'cy', 'dee'];
      const all = inPartition('timer#2', 40, (i) => ({
        owner: owners[i % 10 === 0 ? 1 + ((i / 10) % 3) : 0] as string,
        alarm: { kind: 'timer', dueAtMs: nowMs + i },
      }));
      for (const job of all) await store.create(job, nowMs);
      const seen: (string | undefined)[] = [];
      let after: Parameters<typeof store.due>[1];
      while (true) {
        const [entry] = await store.due('timer#2', after, nowMs + 59_000, 1);
        if (entry === undefined) break;
        seen.push(all.find(({ id }) => id === entry.id)?.owner);
        after = { key: keyAfterOwner(entry.key) };
      }
      expect(seen.sort()).toEqual(owners);
    });

    it('has nothing behind a position that is itself behind the moment, as after a step back of the time', async () => {
      const { store } = await open();
      const [job] = inPartition('timer#3', 1, () => ({ alarm: { kind: 'timer', dueAtMs: nowMs } }));
      await store.create(job as Job, nowMs);
      const [entry] = await store.due('timer#3', undefined, nowMs, 10);
      expect(entry?.id).toBe(job?.id);
      for (const untilMs of [nowMs - 1, nowMs - 60_000, 0]) {
        // DynamoDB refuses bounds in the wrong order, and a start outside of them.
        expect(await store.due('timer#3', entry, untilMs, 10)).toEqual([]);
        expect(await store.due('timer#3', { key: keyAfterOwner(entry?.key ?? '') }, untilMs, 10)).toEqual([]);
        expect(await store.due('timer#3', { key: String(nowMs) }, untilMs, 10)).toEqual([]);
      }
    });

    it('follows the alarm from one partition to another, and out', async () => {
      const { store } = await open();
      const job = newJob();
      await store.create(job, nowMs);
      await store.write(job, { kind: 'revision', revision: 1 }, { alarm: { kind: 'timer', dueAtMs: nowMs + 5 } });
      expect(await store.due(partitionOf(job), undefined, nowMs + 1_000_000, 10)).toEqual([]);
      const entry = { id: job.id, key: expect.any(String), dueAtMs: nowMs + 5 };
      expect(await store.due(partitionOf(job, 'timer'), undefined, nowMs + 5, 10)).toEqual([entry]);
      await store.write(job, { kind: 'revision', revision: 2 }, { alarm: undefined });
      expect(await store.due(partitionOf(job, 'timer'), undefined, nowMs + 1_000_000, 10)).toEqual([]);
    });

    it('knows the deadlines without the records, behind a position too', async () => {
      const { store } = await open();
      const [first, second] = inPartition('rescue#work#0', 2, (i) => ({
        deadlineMs: nowMs,
        alarm: { kind: 'rescue', dueAtMs: nowMs + i * 60_000 },
      }));
      for (const job of [first, second]) await store.create(job as Job, nowMs);
      const late = async (...args: [Parameters<typeof store.pastDeadline>[1], number]) => store.pastDeadline('rescue#work#0', ...args);
      expect(await late(undefined, nowMs - 1)).toEqual({ entries: [], next: undefined });
      const { entries, next } = await late({ key: '0' }, nowMs);
      expect([idsOf(entries), next]).toEqual([[first?.id, second?.id], undefined]);
      expect(idsOf((await late(entries[0], nowMs)).entries)).toEqual([second?.id]);
    });
  });

  describe('reading', () => {
    it('many keeps the order, leaves out what is missing, and asks again for what one answer cannot hold', async () => {
      const { store } = await open();
      // 100 of 180 KB: more than the 16 MB of one answer.
      const all = Array.from({ length: 100 }, () => newJob({ checkpoint: 'x'.repeat(180_000) }));
      await Promise.all(all.map((job) => store.create(job, nowMs)));
      const ids = all.map(({ id }) => id).reverse();
      ids[50] = newJob().id;
      const found = await store.getMany(ids, nowMs);
      expect(found.map(({ id }) => id)).toEqual(ids.filter((_, i) => i !== 50));
    });

    it('a partition of a list reads a range of it in both orders, page by page, and only entries that pass a filter', async () => {
      const { store } = await open();
      const jobs = Array.from({ length: 40 }, (_, i) =>
        newJob({
          createdAtMs: nowMs + Math.floor(i / 3),
          type: i % 2 === 0 ? 'work' : 'other',
          tags: i % 4 < 2 ? { team: 'a', 'x:y': 'z' } : {},
        }),
      );
      for (const job of [...jobs, newJob({ owner: 'bob' })]) await store.create(job, nowMs);
      for (const order of ['asc', 'desc'] as const) {
        const filter = { types: ['work', 'none'], labels: [labelOf('team:a'), labelOf('x:y:z')] };
        const found: string[] = [];
        for (const partition of listPartitions('ann', fewestPartitions)) {
          let keys: KeyRange | undefined = keysBetween(nowMs + 2, nowMs + 9);
          const ofPartition: string[] = [];
          while (keys !== undefined) {
            const page: ListPage = await store.list(partition, { keys, order, filter, limit: 2 });
            expect(page.read).toBeLessThanOrEqual(2);
            ofPartition.push(...page.entries.map(listKey));
            keys = page.readTo === undefined ? undefined : order === 'asc' ? above(keys, page.readTo) : below(keys, page.readTo);
          }
          expect(ofPartition).toEqual(order === 'asc' ? [...ofPartition].sort() : [...ofPartition].sort().reverse());
          found.push(...ofPartition);
        }
        const expected = jobs.filter(
          ({ createdAtMs, type, tags }) =>
            createdAtMs >= nowMs + 2 && createdAtMs <= nowMs + 9 && type === 'work' && tags['team'] !== undefined,
        );
        expect(found.sort()).toEqual(expected.map(listKey).sort());
      }
    });

    it('the index of ends holds jobs that failed or were cancelled, and no others, until their id is used again', async () => {
      const { store } = await open();
      const ends = ['succeeded', 'failed', 'cancelled'] as const;
      const jobs = ends.map((status) => ({ status, job: newJob() }));
      for (const { status, job } of jobs) {
        await store.create(job, nowMs);
        await store.write(job, { kind: 'revision', revision: 1 }, { status, alarm: undefined, expiresAtMs: nowMs + 1_000 });
      }
      const idsIn = async (status: 'failed' | 'cancelled') => {
        const page = { keys: keysBetween(0, latestMs), order: 'asc', filter: { labels: [] }, limit: 10 } as const;
        const pages = await Promise.all(endedPartitions('ann', status, fewestPartitions).map((partition) => store.list(partition, page)));
        return pages.flatMap(({ entries }) => entries.map(({ id }) => id));
      };
      expect(await idsIn('failed')).toEqual([jobs[1]?.job.id]);
      expect(await idsIn('cancelled')).toEqual([jobs[2]?.job.id]);
      await store.create(newJob({ id: jobs[1]?.job.id ?? '' }), nowMs + 2_000);
      expect(await idsIn('failed')).toEqual([]);
    });

    it('alarms shows what a list needs of their jobs, with the status of the time when the alarm was set', async () => {
      const { store } = await open();
      const job = newJob({ tags: { team: 'a' } });
      await store.create(job, nowMs);
      const read = async () => store.unfinished(partitionOf(job), undefined, 10);
      const { id, createdAtMs, type } = job;
      const entry = { id, createdAtMs, type, dueAtMs: job.alarm?.dueAtMs, status: 'queued' };
      expect(await read()).toMatchObject([entry]);
      expect((await read())[0]?.labels.toSorted()).toEqual([...labelsOf(job.tags)].sort());
      await store.claim(id, { ...lease, leaseToken: 't' });
      expect(await read()).toMatchObject([entry]);
      await store.write(job, { kind: 'lease', leaseToken: 't' }, { status: 'waiting', alarm: { kind: 'rescue', dueAtMs: nowMs + 9 } });
      expect(await read()).toMatchObject([{ ...entry, dueAtMs: nowMs + 9, status: 'waiting' }]);
      await store.write(
        { ...job, status: 'waiting' },
        { kind: 'revision', revision: 3 },
        { alarm: { kind: 'rescue', dueAtMs: nowMs + 10 } },
      );
      expect(await read()).toMatchObject([{ status: 'waiting' }]);
    });
  });
});

describe('an answer that was lost', () => {
  it('is known as one’s own when the SDK asks again: create', async () => {
    const { client, store } = await openDynamoDb();
    loseNextAnswer(client);
    expect(await store.create(newJob(), nowMs)).toEqual({ kind: 'created' });
  });

  it('is known as one’s own when the SDK asks again: claim', async () => {
    const { client, store } = await openDynamoDb();
    const job = newJob();
    await store.create(job, nowMs);
    loseNextAnswer(client);
    expect(await store.claim(job.id, { ...lease, leaseToken: 't' })).toMatchObject({ kind: 'claimed', job: { revision: 2 } });
  });

  it.each<Guard>([
    { kind: 'lease', leaseToken: 't' },
    { kind: 'revision', revision: 2 },
  ])('is known as one’s own when the SDK asks again: write, guarded by %j', async (guard) => {
    const { client, store } = await openDynamoDb();
    const job = newJob();
    await store.create(job, nowMs);
    await store.claim(job.id, { ...lease, leaseToken: 't' });
    loseNextAnswer(client);
    expect(await store.write(job, guard, { status: 'succeeded', alarm: undefined })).toMatchObject({ status: 'succeeded', revision: 3 });
  });
});

// More than 1 MB of the index, which is what DynamoDB reads for one query.
it('the index of alarms in DynamoDB finds deadlines behind more alarms than one query reads', async () => {
  const { client, store } = await openDynamoDb();
  const TableName = `store-${process.pid}-${tables}`;
  const padding = 'x'.repeat(1_500);
  const late = newJob({ deadlineMs: nowMs });
  const due = 'rescue#work#0';
  // Long ids take the place of thousands of alarms.
  for (let i = 0; i < 900; i += 25) {
    const puts = Array.from({ length: 25 }, (_, j) => ({
      PutRequest: {
        Item: {
          id: { S: `${padding}${i + j}` },
          due: { S: due },
          alarmKey: { N: String(nowMs + i + j) },
          deadlineMs: { N: String(nowMs + 1) },
        },
      },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
  }
  await client.send(
    new PutItemCommand({
      TableName,
      Item: { id: { S: late.id }, due: { S: due }, alarmKey: { N: String(nowMs + 5_000) }, deadlineMs: { N: String(nowMs) } },
    }),
  );
  const found: string[] = [];
  let after: Parameters<typeof store.pastDeadline>[1] = { key: '0' };
  while (after !== undefined) {
    const page: Awaited<ReturnType<typeof store.pastDeadline>> = await store.pastDeadline(due, after, nowMs);
    found.push(...idsOf(page.entries));
    after = page.next;
  }
  expect(found).toEqual([late.id]);
});
