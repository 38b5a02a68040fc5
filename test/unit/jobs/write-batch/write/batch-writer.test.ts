import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import type { CheckedRow } from '../../../../../lambdas/jobs/write-batch/rows/row-check.ts';
import { Batch, rejectedRow } from '../../../../../lambdas/jobs/write-batch/write/batch.ts';
import { BatchWriter } from '../../../../../lambdas/jobs/write-batch/write/batch-writer.ts';
import { RateLimit } from '../../../../../lambdas/jobs/write-batch/write/rate-limit.ts';

const position = { offset: 0, line: 0 };
const checked = (key: string, line: number, requestBytes = 100): CheckedRow => ({
  key,
  request: { PutRequest: { Item: { id: { S: key }, line: { N: String(line) } } } },
  requestBytes,
  writeUnits: 1,
});
function batchOf(keys: readonly string[], firstLine: number): Batch {
  const batch = new Batch(position);
  for (const [i, key] of keys.entries()) {
    batch.add({ line: firstLine + i, raw: {}, checked: checked(key, firstLine + i) }, { offset: firstLine + i, line: firstLine + i });
  }
  return batch;
}

describe('a batch', () => {
  it('takes 25 keys, and any number of rows of a key that it holds', () => {
    const batch = batchOf(
      Array.from({ length: 25 }, (_, i) => `k${i}`),
      1,
    );
    expect(batch.hasRoomFor(checked('k3', 26))).toBe(true);
    expect(batch.hasRoomFor(checked('new', 26))).toBe(false);
  });

  it('sends the last row of each key', () => {
    expect(batchOf(['a', 'b', 'a'], 1).requests()).toEqual([checked('a', 3).request, checked('b', 2).request]);
  });

  it('stays below 16 MB', () => {
    const batch = new Batch(position);
    for (let line = 1; batch.hasRoomFor(checked(`k${line}`, line, 4_000_000)); line++) {
      batch.add({ line, raw: {}, checked: checked(`k${line}`, line, 4_000_000) }, position);
    }
    expect(batch.rows).toHaveLength(4);
  });

  it('is full with a MiB of rejected rows, counted in bytes rather than characters', () => {
    const batch = new Batch(position);
    batch.reject(rejectedRow(1, 'bad', '€'.repeat(340_000)), position);
    expect(batch.isFull).toBe(false);
    batch.reject(rejectedRow(2, 'bad', '€'.repeat(10_000)), position);
    expect(batch.isFull).toBe(true);
  });

  it('is full with a thousand rows of one key, so that memory is bounded', () =>
    expect(
      batchOf(
        Array.from({ length: 1_000 }, () => 'a'),
        1,
      ).isFull,
    ).toBe(true));
});

describe('batches on their way', () => {
  it('leave the last row of each key in the table, however long each takes, and count in order', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 3 }), ms: fc.nat(4) }),
          {
            maxLength: 25,
          },
        ),
        async (plan) => {
          const table = new Map<string, string>();
          const committed: number[] = [];
          const delays = new Map<Batch, number>();
          const writer = new BatchWriter({
            signal: new AbortController().signal,
            send: async (batch) => {
              await wait(delays.get(batch));
              for (const { PutRequest: put } of batch.requests()) table.set(put?.Item?.['id']?.S ?? '', put?.Item?.['line']?.N ?? '');
              return [];
            },
            commit: (batch) => committed.push(batch.end.offset),
          });
          const expected = new Map<string, string>();
          let line = 1;
          for (const { keys, ms } of plan) {
            const batch = batchOf(keys, line);
            delays.set(batch, ms);
            for (const key of keys) expected.set(key, String(line++));
            await writer.start(batch);
          }
          await writer.drain();
          expect(table).toEqual(expected);
          expect(committed).toEqual(committed.toSorted((a, b) => a - b));
          expect(committed).toHaveLength(plan.length);
        },
      ),
      { numRuns: 40 },
    ));

  it('are several at once where their keys differ', async () => {
    let [now, most] = [0, 0];
    const writer = new BatchWriter({
      signal: new AbortController().signal,
      send: async () => {
        most = Math.max(most, ++now);
        await wait(5);
        now -= 1;
        return [];
      },
      commit: () => undefined,
      maxInFlight: 3,
    });
    for (let i = 0; i < 9; i++) await writer.start(batchOf([`k${i}`], i));
    await writer.drain();
    expect(most).toBe(3);
  });

  it.each([{ maxUncommitted: 5 }, { maxUncommittedBytes: 5 * batchOf(['k'], 1).bytes }])(
    'do not pile up behind a slow one: %j',
    async (limit) => {
      let started = 0;
      let finishFirst = () => {};
      const first = new Promise<void>((resolve) => {
        finishFirst = resolve;
      });
      const writer = new BatchWriter({
        signal: new AbortController().signal,
        send: async () => {
          started += 1;
          if (started === 1) await first;
          return [];
        },
        commit: () => undefined,
        ...limit,
      });
      const all = (async () => {
        for (let i = 0; i < 20; i++) await writer.start(batchOf([`k${i}`], i));
        await writer.drain();
      })();
      await wait(20);
      expect(started).toBe(5);
      finishFirst();
      await all;
      expect(started).toBe(20);
    },
  );

  it('end together when one fails, and what was written before the gap is committed', async () => {
    const committed: number[] = [];
    const ended: string[] = [];
    const writer = new BatchWriter({
      signal: new AbortController().signal,
      send: async (batch, signal) => {
        const key = batch.rows[0]?.checked.key ?? '';
        if (key === 'fails') throw new Error('throttled');
        if (key === 'waits') await wait(60_000, undefined, { signal }).finally(() => ended.push(key));
        return [];
      },
      commit: (batch) => committed.push(batch.end.line),
    });
    await writer.start(batchOf(['first'], 1));
    await writer.start(batchOf(['waits'], 2));
    await writer.start(batchOf(['later'], 3));
    await writer.start(batchOf(['fails'], 4));
    await expect(writer.drain()).rejects.toThrow('throttled');
    await writer.stop();
    expect([committed, ended]).toEqual([[1], ['waits']]);
  });
});

describe('a limit of write units', () => {
  it("is kept over any stretch of time, but for one second's store and one item that is larger", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.record({ units: fc.integer({ min: 1, max: 400 }), idleMs: fc.nat(3_000) }), { minLength: 1, maxLength: 60 }),
        (rate, takes) => {
          const limit = new RateLimit(rate, 0);
          let nowMs = 0;
          let before = 0;
          for (const { units, idleMs } of takes) {
            nowMs += idleMs;
            nowMs += limit.take(units, nowMs);
            before += Math.min(units, rate);
            expect(before).toBeLessThanOrEqual(rate * (1 + nowMs / 1000) + 1e-6);
            before += units - Math.min(units, rate);
          }
        },
      ),
    ));

  it('does not wait while it is not used up', () => expect(new RateLimit(10, 0).take(10, 0)).toBe(0));

  it('lets those behind a large item wait for its debt', () => {
    const limit = new RateLimit(10, 0);
    expect(limit.take(30, 0)).toBe(0);
    expect(limit.take(1, 0)).toBe(2_100);
  });
});
