import fc from 'fast-check';
import { alarmKey, compareAlarmKeys, readAlarmKey } from '../../../../lambdas/core/job/alarm-key.ts';
import type { DueEntry } from '../../../../lambdas/core/job/ports.ts';
import { DueAlarms, duePageSize, type ReadDue } from '../../../../lambdas/core/reconcile/due-alarms.ts';

const nowMs = 1_800_000_000_000;
const freshSinceMs = nowMs - 300_000;

function inOrder(entries: readonly DueEntry[]): readonly DueEntry[] {
  return [...entries].sort((a, b) => compareAlarmKeys(a.key, b.key) || (a.id < b.id ? -1 : 1));
}

function entriesOf(owner: string, times: readonly number[]): readonly DueEntry[] {
  return times.map((dueAtMs, i) => ({ id: `${owner}-${i}`, key: alarmKey(owner, dueAtMs), dueAtMs }));
}

/** One partition, read as DynamoDB does. */
function reading(entries: readonly DueEntry[]) {
  const sorted = inOrder(entries);
  const state = { reads: 0 };
  const read: ReadDue = async (_partition, after, untilMs) => {
    state.reads += 1;
    const first = after === undefined ? 0 : sorted.findIndex((entry) => isBehind(entry, after.key, after.id));
    if (first === -1) return [];
    return sorted.slice(first, first + duePageSize).filter(({ key }) => readAlarmKey(key).minuteStartMs <= untilMs);
  };
  return { read, state };
}

function isBehind(entry: DueEntry, key: string, id: string | undefined): boolean {
  const order = compareAlarmKeys(entry.key, key);
  return order > 0 || (order === 0 && id !== undefined && entry.id > id);
}

async function dealAll(alarms: DueAlarms): Promise<readonly DueEntry[]> {
  const dealt: DueEntry[] = [];
  while (true) {
    const some = await alarms.next(20);
    dealt.push(...some);
    if (some.length < 20) return dealt;
  }
}

it('deals out each due alarm once, for any owners, times and numbers', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          owner: fc.constantFrom('ann', 'bob', 'cy', 'dee'),
          count: fc.integer({ min: 1, max: 450 }),
          fromMs: fc.integer({ min: -3_600_000, max: 90_000 }),
          stepMs: fc.constantFrom(0, 1, 700, 20_000),
        }),
        { maxLength: 6 },
      ),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (floods, random) => {
        const entries = floods.flatMap(({ owner, count, fromMs, stepMs }, i) =>
          entriesOf(
            owner,
            Array.from({ length: count }, (_, j) => nowMs + fromMs + j * stepMs),
          ).map((entry) => ({ ...entry, id: `${i} ${entry.id}` })),
        );
        const alarms = new DueAlarms(reading(entries).read, nowMs);
        expect(await alarms.survey('p', { freshSinceMs, cursor: undefined, isOver: () => false })).toBeUndefined();
        alarms.arrange(random);
        const dealt = await dealAll(alarms);
        const overdue = entries.filter(({ dueAtMs }) => dueAtMs <= nowMs).map(({ id }) => id);
        expect(dealt.map(({ id }) => id).sort()).toEqual(overdue.sort());
        expect(alarms.size).toBe(0);
      },
    ),
    { numRuns: 60 },
  ));

it("deals out one alarm of each owner in turn, and each owner's oldest first", async () => {
  const entries = [
    ...entriesOf('flood', Array(5_000).fill(nowMs - 1)),
    ...entriesOf('ann', [nowMs - 5, nowMs - 60_000]),
    ...entriesOf('bob', [nowMs]),
  ];
  const alarms = new DueAlarms(reading(entries).read, nowMs);
  await alarms.survey('p', { freshSinceMs, cursor: undefined, isOver: () => false });
  alarms.arrange(0.5);
  const first = await alarms.next(6);
  expect(first.map(({ id }) => id).filter((id) => !id.startsWith('flood'))).toEqual(expect.arrayContaining(['ann-0', 'ann-1', 'bob-0']));
  expect(first.findIndex(({ id }) => id === 'ann-1')).toBeLessThan(first.findIndex(({ id }) => id === 'ann-0'));
});

it('finds an owner behind 100,000 alarms of another with a handful of reads', async () => {
  const entries = [...entriesOf('flood', Array(100_000).fill(nowMs - 120_000)), ...entriesOf('ann', [nowMs - 60_000])];
  const { read, state } = reading(entries);
  const alarms = new DueAlarms(read, nowMs);
  await alarms.survey('p', { freshSinceMs, cursor: undefined, isOver: () => false });
  expect(state.reads).toBeLessThanOrEqual(3);
  alarms.arrange(0);
  expect((await alarms.next(2)).map(({ id }) => id)).toContain('ann-0');
});

it('surveys a backlog in parts when its time is over, each from where the last one stopped', async () => {
  const minutes = Array.from({ length: 30 }, (_, i) => nowMs - (100 - i) * 60_000);
  const entries = [
    ...minutes.flatMap((atMs, i) => entriesOf(`flood${i % 2}`, Array(300).fill(atMs)).map((e) => ({ ...e, id: `${i} ${e.id}` }))),
  ];
  const found = new Set<string>();
  let cursor: Awaited<ReturnType<DueAlarms['survey']>>;
  let rounds = 0;
  do {
    const alarms = new DueAlarms(reading(entries).read, nowMs);
    cursor = await alarms.survey('p', { freshSinceMs, cursor, isOver: () => true });
    alarms.arrange(0);
    for (const { id } of await alarms.next(10_000)) found.add(id);
    rounds += 1;
  } while (cursor !== undefined && rounds < 100);
  expect(rounds).toBeGreaterThan(10);
  expect(found.size).toBe(entries.length);
});

it('keeps the cursor of a backlog whose head could not be read, so that the next survey does not start again', async () => {
  const cursor = { key: alarmKey('ann', nowMs - 3_600_000) };
  const alarms = new DueAlarms(async () => undefined, nowMs);
  expect(await alarms.survey('p', { freshSinceMs, cursor, isOver: () => false })).toEqual(cursor);
});
