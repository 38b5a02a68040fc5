/** F47 in virtual time: the end of a job and its event, with a fault at each place between them, under all invariants. docs/faults.md links here. */
import { effect, faultAt, onlyJob, runScenario, type Scenario, sleep } from './scenario.ts';

const graceSeconds = 120;
const clockSeconds = 60;
const slackSeconds = 2;

/** @returns the events that the bus took, in order, each with the seconds since the job ended */
async function eventsIn(scenario: Scenario) {
  const simulation = await runScenario({ ...scenario, hasEvents: true });
  const job = onlyJob(simulation);
  const afterSeconds = (atMs: number) => (atMs - (job.finishedAtMs ?? Number.NaN)) / 1000;
  return { job, events: simulation.events.taken.map(({ event, atMs }) => ({ ...event, afterSeconds: afterSeconds(atMs) })) };
}
const ends = (events: readonly { readonly type: string; readonly id: string; readonly afterSeconds: number }[]) =>
  events.filter(({ type }) => type !== 'job.started');
/** The clock reads timers ahead, so it may put an event as soon as it runs. */
const latestSeconds = graceSeconds + clockSeconds + slackSeconds;
const putsOfEnds = (injection: Parameters<typeof faultAt>[2]) => faultAt('worker', 'put event', injection, 2);

it('F47: a job has an event of its start and one of its end, at once', async () => {
  const { events } = await eventsIn({ jobs: [{ operations: [effect, sleep(30)] }] });
  expect(events.map(({ type }) => type)).toEqual(['job.started', 'job.succeeded']);
  expect(events[1]?.afterSeconds).toBeLessThan(1);
});

it.each(['die before', 'refuse'] as const)(
  'F47: where the bus does not get it (%s), the clock puts the event within grace and period',
  async (fault) => {
    const { job, events } = await eventsIn({ jobs: [{ operations: [effect] }], inject: putsOfEnds(fault) });
    expect(job.status).toBe('succeeded');
    expect(ends(events)).toHaveLength(1);
    expect(ends(events)[0]?.afterSeconds).toBeLessThan(latestSeconds);
  },
);

it.each(['die after', 'lose the answer'] as const)(
  'F47: where the bus got it, and its sender does not know (%s), the event comes again under its id',
  async (fault) => {
    const { job, events } = await eventsIn({ jobs: [{ operations: [effect] }], inject: putsOfEnds(fault) });
    const [first, second] = ends(events);
    expect([job.status, ends(events).length]).toEqual(['succeeded', 2]);
    expect(first?.afterSeconds).toBeLessThan(1);
    expect(second?.id).toBe(first?.id);
    expect(second?.afterSeconds).toBeLessThan(latestSeconds);
  },
);

it('F47: an event that arrives late, after the clock has put it, has the same id as that of the clock', async () => {
  const { events } = await eventsIn({ jobs: [{ operations: [effect] }], inject: putsOfEnds({ doneAfterMs: 8_000 }) });
  expect(ends(events)).toHaveLength(2);
  expect(new Set(ends(events).map(({ id }) => id)).size).toBe(1);
});

it('F47: a cancel by the API, and a deadline that the clock finds, have their events too', async () => {
  const cancelled = await eventsIn({ jobs: [{ delaySeconds: 1_000, cancelAfterMs: 5_000 }] });
  expect(cancelled.events.map(({ type }) => type)).toEqual(['job.cancelled']);
  const expired = await eventsIn({
    jobs: [{ delaySeconds: 0, deadlineSeconds: 300 }],
    inject: (_, what) => (what === 'wake' ? 'refuse' : undefined),
  });
  expect(expired.events.map(({ type }) => type)).toEqual(['job.failed']);
});

it('F47: a bus that refuses everything for an hour holds up no job, and has each event in the end', async () => {
  const refusals = { count: 0 };
  const { job, events } = await eventsIn({
    jobs: [{ operations: [effect] }],
    inject: (_, what) => (what === 'put event' && ++refusals.count <= 7 ? 'refuse' : undefined),
  });
  expect([job.status, (job.finishedAtMs ?? 0) - job.createdAtMs < 5_000]).toEqual(['succeeded', true]);
  expect(ends(events)).toHaveLength(1);
});

it('F47: the event of a start is put once, and is lost where the bus refuses it', async () => {
  const { events } = await eventsIn({ jobs: [{ operations: [effect] }], inject: faultAt('worker', 'put event', 'refuse', 1) });
  expect(events.map(({ type }) => type)).toEqual(['job.succeeded']);
});
