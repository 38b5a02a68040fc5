/** What the clock says of jobs that no worker takes, by which an alarm rises. */
import { Engine, graceMs } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

/** The waits that the clock has reported, in minutes. */
const waits = ({ logs }: Engine) =>
  logs.flatMap((line) => {
    const { OldestWait } = JSON.parse(line) as { readonly OldestWait?: number };
    return OldestWait === undefined ? [] : [Math.round(OldestWait / 60_000)];
  });

async function letPass(engine: Engine, minutes: number): Promise<void> {
  engine.runtime.advance(minutes * 60_000);
  await engine.clock();
}

it('is how long the oldest job has been allowed to start, again and again until a worker takes it', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await letPass(engine, 1);
  expect(waits(engine)).toEqual([]);
  for (const _ of [1, 2, 3]) await letPass(engine, graceMs / 60_000 + 1);
  expect(waits(engine)).toEqual([4, 7, 10]);
  expect((await engine.wake(job, { run: async () => ({ echo: 'done' }) })).kind).toBe('acknowledge');
  await letPass(engine, 10);
  expect(waits(engine)).toEqual([4, 7, 10]);
});

it('counts a delayed job from its start, and a job that is meant to wait not at all', async () => {
  const engine = await Engine.open();
  await engine.accept({ startAtMs: engine.runtime.nowMs() + 10 * 60_000 });
  await letPass(engine, 9);
  await letPass(engine, 4);
  expect(waits(engine)).toEqual([3]);
  const paused = await Engine.open();
  await paused.accept();
  await paused.ports.typeStates.setState(paused.contract.name, 'paused');
  await letPass(paused, 30);
  expect(waits(paused)).toEqual([]);
});

it('is seen behind a deep queue, whose jobs are not woken', async () => {
  const engine = await Engine.open();
  const { queues } = engine.ports;
  Object.assign(engine.ports, { queues: { ...queues, depth: async () => 1_000 } });
  await engine.accept();
  await letPass(engine, 20);
  await letPass(engine, 20);
  expect(waits(engine)).toEqual([20, 40]);
  expect(engine.sent()).toHaveLength(1);
});

it('is said to be nothing while nothing is unfinished, and no partition is searched', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await engine.wake(job, { run: async () => ({ echo: 'done' }) });
  await engine.clock();
  const before = engine.calls.length;
  await letPass(engine, 60);
  expect(waits(engine)).toEqual([]);
  expect(engine.calls.slice(before).map(({ name }) => name)).toEqual(['GetItemCommand', 'ScanCommand']);
});

it('searches everything where it could not be read whether there is anything', async () => {
  const engine = await Engine.open();
  const { store } = engine.ports;
  const hasAlarms = async () => {
    throw new Error('The index does not answer.');
  };
  Object.assign(engine.ports, { store: { ...store, hasAlarms } });
  await engine.accept();
  await letPass(engine, 3);
  expect(waits(engine)).toEqual([3]);
  expect(engine.logs.some((line) => line.includes('Whether there are alarms could not be read'))).toBe(true);
});
