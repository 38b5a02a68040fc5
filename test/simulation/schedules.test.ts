/** Schedules under faults of the clock, with the real clock, API and workers: T1 to T3 of docs/faults.md. */
import { faultAt, runScenario } from './scenario.ts';
import type { Simulation } from './simulation.ts';

const hourMs = 3_600_000;

/** The times that jobs stand for, as `HH:MM` from noon on. */
const fired = ({ scheduleChecker, scheduler }: Simulation, name = 'schedule') =>
  (scheduleChecker.known.get(name)?.jobs ?? [])
    .map(({ atMs }) => (atMs - scheduler.startMs) / 60_000)
    .sort((a, b) => a - b)
    .map((minute) => `${String(12 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`);

it('T0: without faults each time fires once, within a period of the clock', async () => {
  const simulation = await runScenario({ jobs: [], schedules: [{}, { name: 'every', isCron: false, minutes: 7 }] });
  expect(fired(simulation)).toEqual(['12:05', '12:10', '12:15', '12:20', '12:25', '12:30']);
  const jobs = simulation.scheduleChecker.known.get('schedule')?.jobs ?? [];
  for (const { atMs, madeMs } of jobs) expect(madeMs - atMs).toBeLessThan(61_000);
  expect(simulation.scheduleChecker.known.get('every')?.jobs).toHaveLength(4);
});

const requests = ['read control', 'due schedules', 'get schedule', 'write schedule', 'create', 'wake'] as const;
const cases = requests.flatMap((what) =>
  (['die before', 'die after', 'lose the answer', 'refuse'] as const).map((how) => [what, how] as const),
);

it.each(cases)('T1: a clock whose %s is to %s, alone and beside another one', async (what, how) => {
  for (const hasTwoClocks of [false, true])
    for (const nth of [1, 2, 3, 4, 5]) {
      const simulation = await runScenario({
        jobs: [],
        schedules: [{}],
        faults: { hasTwoClocks },
        inject: faultAt('clock', what, how, nth),
      });
      expect([nth, fired(simulation)]).toEqual([nth, ['12:05', '12:10', '12:15', '12:20', '12:25', '12:30']]);
    }
});

it('T2: a clock that is set back and runs ahead by up to ten minutes, differently in each run, beside another one', async () => {
  for (let randomSeed = 1; randomSeed <= 40; randomSeed++) {
    const faults = { clockSkewMs: 600_000, hasTwoClocks: randomSeed % 2 === 0 };
    const simulation = await runScenario({ jobs: [], randomSeed, schedules: [{}, { name: 'last', catchUp: 'last', minutes: 3 }], faults });
    expect([randomSeed, fired(simulation)]).toEqual([randomSeed, ['12:05', '12:10', '12:15', '12:20', '12:25', '12:30']]);
  }
});

it.each([
  [5, 'none', ['18:00', '18:30']],
  [5, 'last', ['17:30', '18:00', '18:30']],
  [5, 'all', undefined],
  [25, 'none', ['38:00', '38:30']],
  [25, 'last', ['37:30', '38:00', '38:30']],
  [25, 'all', undefined],
] as const)('T3: a clock that is off for %d hours, with catchUp %s', async (hours, catchUp, expected) => {
  // Off from 12:07 until 7 minutes before the last half-hour.
  const clockOff = [7 * 60_000, hours * hourMs + 47 * 60_000] as const;
  const simulation = await runScenario({
    jobs: [],
    schedules: [{ minutes: 30, catchUp, endAfterMs: (hours + 1) * hourMs + 30 * 60_000 }, { name: 'before' }],
    faults: { clockOff },
  });
  const all = Array.from({ length: 2 * hours + 3 }, (_, i) => 12 * 60 + 30 * (i + 1));
  const times = all.map((minute) => `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`);
  expect(fired(simulation)).toEqual(expected ?? times);
});
