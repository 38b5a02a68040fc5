/** What a store of gates must do, over DynamoDB's protocol and in memory: the tests of the core and the simulation rest on the latter. */
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbGateStore } from '../../lambdas/adapters/dynamodb-gate-store.ts';
import { type GateStore, gatePartition, lookEveryMs } from '../../lambdas/core/gate/gate-store.ts';
import { createTables } from '../../local/resources.ts';
import { MemoryGateStore } from '../../testing/memory-gate-store.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

const nowMs = 1_800_000_000_000;
let tables = 0;

async function openDynamoDb(): Promise<GateStore> {
  tables += 1;
  const name = `gates-${process.pid}-${tables}`;
  const client = dynamoDbClient();
  await createTables(client, name);
  return dynamoDbGateStore(client, name);
}

const openMemory = async (): Promise<GateStore> => new MemoryGateStore(() => nowMs).connect(async (_, act) => act());
const gate = { id: 'g1', owner: 'ann', type: 'work' };
const arrive = { places: 2, isInTurn: false, nowMs };
const inTurn = { ...arrive, isInTurn: true };

describe.each([
  ['DynamoDB', openDynamoDb],
  ['memory', openMemory],
])('a store of gates in %s', (_, open) => {
  let store: GateStore;
  beforeEach(async () => {
    store = await open();
  });

  it('has no gate before the first job', async () => {
    expect(await store.read('g1')).toBeUndefined();
    expect(await store.leave('g1', 'job_a')).toBeUndefined();
    expect(await store.read('g1')).toBeUndefined();
  });

  it('lets in as many as there are places, each once, and says who holds them', async () => {
    expect((await store.take(gate, 'job_a', arrive)).isTaken).toBe(true);
    expect((await store.take(gate, 'job_a', arrive)).isTaken).toBe(true);
    expect((await store.take(gate, 'job_b', arrive)).state.holders.toSorted()).toEqual(['job_a', 'job_b']);
    const refused = await store.take(gate, 'job_c', arrive);
    expect(refused).toMatchObject({ isTaken: false, state: { places: 2, crowdedAtMs: undefined } });
    expect(refused.state.holders).toHaveLength(2);
    // Repeated, by one that holds a place, it changes nothing.
    expect((await store.take(gate, 'job_b', arrive)).isTaken).toBe(true);
    expect(await store.read('g1')).toMatchObject({ ...gate, places: 2, dueAtMs: nowMs + lookEveryMs });
  });

  it('of many that take one place at the same time one gets it', async () => {
    const ids = Array.from({ length: 12 }, (__, i) => `job_${i}`);
    const taken = await Promise.all(ids.map((id) => store.take(gate, id, { ...arrive, places: 1 })));
    expect(taken.filter(({ isTaken }) => isTaken)).toHaveLength(1);
    expect((await store.read('g1'))?.holders).toHaveLength(1);
  });

  it('frees a place once, and takes back one that no job holds', async () => {
    await store.take(gate, 'job_a', { ...arrive, places: 1 });
    expect(await store.leave('g1', 'job_z')).toMatchObject({ holders: ['job_a'] });
    expect(await store.leave('g1', 'job_a')).toMatchObject({ holders: [], places: 1 });
    expect(await store.leave('g1', 'job_a')).toMatchObject({ holders: [] });
    expect((await store.take(gate, 'job_b', { ...arrive, places: 1 })).isTaken).toBe(true);
  });

  it('lets no job overtake while it is crowded, but the one whose turn it is', async () => {
    expect(await store.crowd(gate, arrive)).toMatchObject({ holders: [], places: 2, crowdedAtMs: nowMs });
    expect(await store.take(gate, 'job_a', arrive)).toMatchObject({ isTaken: false, state: { crowdedAtMs: nowMs } });
    expect((await store.take(gate, 'job_b', inTurn)).isTaken).toBe(true);
    await store.crowd(gate, { places: 2, nowMs: nowMs + 5 });
    await store.uncrowd('g1', nowMs);
    expect((await store.read('g1'))?.crowdedAtMs).toBe(nowMs + 5);
    await store.uncrowd('g1', nowMs + 5);
    expect((await store.read('g1'))?.crowdedAtMs).toBeUndefined();
    expect((await store.take(gate, 'job_a', arrive)).isTaken).toBe(true);
  });

  it('orders those in line by their numbers, lets each be in it once, and out of it', async () => {
    await store.join('g1', { jobId: 'job_b', order: nowMs + 2 }, nowMs + 1e6);
    await store.join('g1', { jobId: 'job_a', order: nowMs - 600_000 }, nowMs + 1e6);
    await store.join('g1', { jobId: 'job_c', order: nowMs + 1 }, nowMs + 1e6);
    await store.join('g1', { jobId: 'job_c', order: nowMs + 1 }, nowMs + 1e6);
    await store.join('g2', { jobId: 'job_d', order: nowMs }, nowMs + 1e6);
    expect(await store.line('g1', 10)).toEqual([
      { jobId: 'job_a', order: nowMs - 600_000 },
      { jobId: 'job_c', order: nowMs + 1 },
      { jobId: 'job_b', order: nowMs + 2 },
    ]);
    expect((await store.line('g1', 10, { jobId: 'job_a', order: nowMs - 600_000 })).map(({ jobId }) => jobId)).toEqual(['job_c', 'job_b']);
    expect(await store.line('g1', 10, { jobId: 'job_b', order: nowMs + 2 })).toEqual([]);
    await store.quit('job_a', nowMs);
    await store.quit('job_a', nowMs);
    await store.quit('job_z', nowMs);
    expect((await store.line('g1', 1)).map(({ jobId }) => jobId)).toEqual(['job_c']);
    await store.join('g1', { jobId: 'job_a', order: nowMs }, nowMs + 1e6);
    expect((await store.line('g1', 2)).map(({ jobId }) => jobId)).toEqual(['job_a', 'job_c']);
  });

  it('shows the clock the gates that are due, closes one that is empty, and opens it again', async () => {
    const due = async (untilMs: number) => (await store.due(gatePartition, undefined, untilMs, 10)).map(({ id }) => id);
    await store.take(gate, 'job_a', arrive);
    await store.take({ ...gate, id: 'g2', owner: 'bob' }, 'job_a', { ...arrive, nowMs: nowMs + 900_000 });
    expect(await due(nowMs + lookEveryMs)).toEqual(['g1']);
    expect(await store.close('g1', nowMs)).toBe(false);
    await store.postpone(gate, { places: 3, dueAtMs: nowMs + 2_000_000 });
    expect(await due(nowMs + lookEveryMs)).toEqual([]);
    expect(await store.read('g1')).toMatchObject({ places: 3, dueAtMs: nowMs + 2_000_000 });
    await store.leave('g1', 'job_a');
    expect(await store.close('g1', nowMs)).toBe(true);
    expect(await due(nowMs + 9_000_000)).toEqual(['g2']);
    await store.postpone(gate, { places: undefined, dueAtMs: nowMs });
    expect(await due(nowMs + 9_000_000)).toEqual(['g2']);
    await store.take(gate, 'job_b', arrive);
    expect(await due(nowMs + lookEveryMs)).toEqual(['g1']);
    await store.postpone(gate, { places: undefined, dueAtMs: nowMs + 1_000 });
    expect(await store.read('g1')).toMatchObject({ places: undefined, holders: ['job_b'] });
  });

  it('holds a hundred', async () => {
    const ids = Array.from({ length: 100 }, (__, i) => `job_${String(i).padStart(26, '0')}`);
    for (const id of ids) await store.take(gate, id, { ...arrive, places: 100 });
    expect((await store.read('g1'))?.holders.toSorted()).toEqual(ids);
    expect((await store.take(gate, 'job_z', { ...arrive, places: 100 })).isTaken).toBe(false);
  });
});
