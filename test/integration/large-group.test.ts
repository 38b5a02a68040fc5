/** A group of 10,000 jobs in memory, whose members end in the worst order: all batches are complete in the last second. What is written is counted by item and second. */
import { itemSizeBytes } from '../../lambdas/adapters/item-size.ts';
import { toItem } from '../../lambdas/adapters/job-item.ts';
import type { JobStore } from '../../lambdas/core/job/ports.ts';
import type { Carry } from '../../testing/carry.ts';
import { type GroupAnswer, GroupBench, many } from '../support/group-bench.ts';

/** The table refuses more write units a second for one item. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
const maxUnits = 1_000;
const batches = 100;
const batchSize = 100;
/** Members that end in each second. */
const perSecond = 1_000;

class CountingBench extends GroupBench {
  /** Write units by item and second, refused writes included. */
  readonly units = new Map<string, number>();
  refused = 0;

  constructor() {
    super();
    const connect = this.jobs.connect.bind(this.jobs);
    this.jobs.connect = (carry, observer) => this.counting(connect(carry, observer));
    this.tallies.onWrite = (key) => this.count(key);
  }

  private counting<Store extends JobStore>(store: Store): Store {
    return {
      ...store,
      write: async (job, guard, patch) => {
        const written = await store.write(job, guard, patch);
        this.count(job.id);
        if (written === undefined) this.refused += 1;
        return written;
      },
      claim: async (id, claim) => {
        this.count(id);
        return store.claim(id, claim);
      },
      completeShard: async (shard, ended) => {
        const group = await store.completeShard(shard, ended);
        this.count(shard.id);
        return group;
      },
    };
  }

  count(key: string): void {
    const job = this.jobs.rows.get(key)?.job;
    const kilobytes = job === undefined ? 1 : Math.ceil(itemSizeBytes(toItem(job, 'n')) / 1024);
    const second = `${key} ${Math.floor(this.nowMs / 1000)}`;
    this.units.set(second, (this.units.get(second) ?? 0) + kilobytes);
  }

  /** @returns the most write units that one item of these had in a second */
  most(isOne: (key: string) => boolean): number {
    return Math.max(...[...this.units].map(([key, units]) => (isOne(key) ? units : 0)));
  }
}

/** Requests of members at one moment take some milliseconds each, in an order of their own. */
const slow: Carry = async (_, act) => {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
  return act();
};

it('ends once, counts every member, and writes no item more often than the table allows', async () => {
  const bench = new CountingBench();
  const { id } = (await bench.api().post<GroupAnswer>('/v1/groups')).body;
  for (let i = 0; i < batches; i++) {
    bench.nowMs += 100;
    expect((await bench.batch(many(batchSize), id, { key: `batch ${i}` })).status).toBe(200);
  }
  await bench.seal(id);
  await bench.wake(id);
  const members = [...bench.jobs.rows.values()].flatMap(({ job }) => (job.group === undefined ? [] : [job]));
  expect(members).toHaveLength(batches * batchSize);
  // The first of every batch, the second of every batch, and so on.
  const order = members.toSorted((a, b) => (a.group?.position ?? 0) - (b.group?.position ?? 0)).map((job) => job.id);
  bench.woken.length = 0;
  for (let i = 0; i < order.length; i += perSecond) {
    bench.nowMs += 1_000;
    await Promise.all(order.slice(i, i + perSecond).map((member) => bench.wake(member, slow)));
    const { counts } = await bench.group(id);
    expect(counts).toMatchObject({ succeeded: i + perSecond, unfinished: order.length - i - perSecond });
  }
  expect(bench.woken.filter((woken) => woken === id)).toEqual([id]);
  await bench.settle();
  expect(await bench.group(id)).toMatchObject({ status: 'succeeded', counts: { total: 10_000, succeeded: 10_000, unfinished: 0 } });
  const isTally = (key: string) => key.startsWith('group#');
  const isGroup = (key: string) => key.startsWith(id);
  // What docs/decisions/0045 says.
  expect(bench.most(isTally)).toBe(perSecond / batches);
  expect(bench.most(isGroup)).toBeLessThanOrEqual(0.8 * maxUnits);
  expect(bench.refused).toBe(0);
});
