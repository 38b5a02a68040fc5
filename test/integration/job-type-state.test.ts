/** Pausing, draining and removing a job type, over the real store and queues. */
import { runClock } from '../../lambdas/core/reconcile/run-clock.ts';
import { delegateJob } from '../../lambdas/core/submit/child-job.ts';
import { Engine, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

const echo: TestWork = { run: async ({ text }) => ({ echo: text }) };
const later = 200_000;

it('a paused type keeps its jobs although they are woken, and goes on when it is resumed', async () => {
  const engine = await Engine.open();
  const { typeStates } = engine.ports;
  const job = await engine.accept();
  await typeStates.setState(engine.contract.name, 'paused');
  expect(await engine.wake(job, echo)).toEqual({ kind: 'acknowledge' });
  await engine.drain();
  engine.runtime.advance(later);
  expect(await engine.clock()).toMatchObject({ woken: 0, skippedTypes: [engine.contract.name] });
  expect(await engine.read(job)).toMatchObject({ status: 'queued', attempt: 1 });
  await typeStates.setState(engine.contract.name, 'active');
  expect(await engine.clock()).toMatchObject({ woken: 1, skippedTypes: [] });
  const [message] = await engine.drain();
  await engine.deliver(message?.Body ?? '', echo);
  expect((await engine.read(job)).status).toBe('succeeded');
});

it('a job of a paused type that was cancelled before its worker died is cancelled when its message comes again', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await engine.die(job);
  expect((await engine.cancel(job)).kind).toBe('requested');
  await engine.ports.typeStates.setState(engine.contract.name, 'paused');
  expect(await engine.wake(job, echo)).toMatchObject({ kind: 'retry-later' });
  engine.runtime.advance(later);
  expect(await engine.wake(job, echo)).toEqual({ kind: 'acknowledge' });
  expect((await engine.read(job)).status).toBe('cancelled');
});

it('under a pause, a cancel wakes the job of a lost worker to clean up', async () => {
  const engine = await Engine.open({ cleansUp: true });
  const job = await engine.accept();
  await engine.die(job);
  await engine.ports.typeStates.setState(engine.contract.name, 'paused');
  engine.runtime.advance(later);
  await engine.drain();
  expect(await engine.wake(job, echo)).toEqual({ kind: 'acknowledge' });
  expect((await engine.cancel(job)).kind).toBe('requested');
  const [message] = await engine.drain();
  const cleanUp = jest.fn();
  await engine.deliver(message?.Body ?? '', { ...echo, cleanUp } as TestWork);
  expect(cleanUp).toHaveBeenCalledTimes(1);
  expect((await engine.read(job)).status).toBe('cancelled');
});

it('the clock is not late with jobs of a paused type that reach their deadlines', async () => {
  const engine = await Engine.open({ cleansUp: true });
  const job = await engine.accept({ deadlineMs: engine.runtime.nowMs() + 3_600_000 });
  await engine.die(job);
  await engine.ports.typeStates.setState(engine.contract.name, 'paused');
  for (let minute = 0; minute < 90; minute++) {
    await engine.clock();
    engine.runtime.advance(60_000);
  }
  const lags = engine.logs.flatMap((line) => (JSON.parse(line) as { ClockLag?: number }).ClockLag ?? []);
  expect(lags.length).toBeGreaterThan(0);
  expect(Math.max(...lags)).toBeLessThan(10 * 60_000);
});

it('a job of a paused type that is due far ahead is kept without a message, and started after the pause', async () => {
  const engine = await Engine.open();
  const { typeStates } = engine.ports;
  const job = await engine.accept({ startAtMs: engine.runtime.nowMs() + 3_600_000 });
  await typeStates.setState(engine.contract.name, 'paused');
  engine.runtime.advance(3_600_000);
  expect(await engine.clock()).toMatchObject({ woken: 0, postponed: 1 });
  expect((await engine.read(job)).alarm?.kind).toBe('rescue');
  await typeStates.setState(engine.contract.name, 'active');
  engine.runtime.advance(later);
  expect(await engine.clock()).toMatchObject({ woken: 1 });
});

it('a job whose deadline passes during the pause ends all the same', async () => {
  const engine = await Engine.open();
  const late = await engine.accept({ deadlineMs: engine.runtime.nowMs() + 60_000 });
  const inTime = await engine.accept({ deadlineMs: engine.runtime.nowMs() + 86_400_000 });
  await engine.ports.typeStates.setState(engine.contract.name, 'paused');
  let expired = 0;
  for (let minute = 0; minute < 6; minute++) {
    engine.runtime.advance(60_000);
    expired += (await engine.clock()).expired;
  }
  expect(expired).toBe(1);
  expect(await engine.read(late)).toMatchObject({ status: 'failed', error: { code: 'deadline_exceeded' } });
  expect((await engine.read(inTime)).status).toBe('queued');
});

describe('what a job made', () => {
  /** A job that made something, and sleeps. */
  async function started(changes: { readonly deadlineMs?: number } = {}) {
    const engine = await Engine.open({ cleansUp: true });
    let undone = 0;
    const work: TestWork = {
      run: async ({ text }, ctx) => {
        await ctx.sleep('a while', { days: 2 });
        return { echo: text };
      },
      cleanUp: async () => {
        undone += 1;
        return 'undone';
      },
    };
    const deadlineMs = engine.runtime.nowMs() + (changes.deadlineMs ?? 86_400_000);
    const job = await engine.accept({ deadlineMs });
    await engine.wake(job, work);
    await engine.drain();
    return { engine, job, work, undone: () => undone };
  }

  it('does not live on for as long as a pause: a cancel is obeyed', async () => {
    const { engine, job, work, undone } = await started();
    await engine.ports.typeStates.setState(engine.contract.name, 'paused');
    expect((await engine.cancel(job)).kind).toBe('requested');
    const [message] = await engine.drain();
    await engine.deliver(message?.Body ?? '', work);
    expect([(await engine.read(job)).status, undone()]).toEqual(['cancelled', 1]);
  });

  // By its own alarm, and again in case that was lost: every five minutes, or once an hour where the queue is deep already.
  it.each([
    ['paused', 6],
    ['behind a deep queue', 2],
  ])('is undone at the deadline while its type is %s, by %d messages in half an hour', async (how, messages) => {
    const { engine, job, work, undone } = await started({ deadlineMs: 3_600_000 });
    if (how === 'paused') await engine.ports.typeStates.setState(engine.contract.name, 'paused');
    else for (let i = 0; i < 12; i++) await Promise.all(Array.from({ length: 10 }, () => engine.accept()));
    const before = engine.sent().length;
    engine.runtime.advance(3_600_000 + later);
    for (let minute = 0; minute < 30; minute++) {
      engine.runtime.advance(60_000);
      await engine.clock();
    }
    const about = engine
      .sent()
      .slice(before)
      .filter(({ body }) => String(body).includes(job.id));
    expect(about).toHaveLength(messages);
    await engine.deliver(String(about[0]?.body), work);
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'deadline_exceeded' } });
    expect(undone()).toBe(1);
  });
});

it('a draining type takes no delegated job for now, which is not a permanent failure', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await engine.ports.typeStates.setState(engine.contract.name, 'draining');
  const delegated = delegateJob(job, 'child', { type: engine.contract.name, input: { text: '' } }, engine.ports);
  await expect(delegated).rejects.toMatchObject({ code: 'job_type_draining', retryable: true });
  await engine.wake(job, echo);
  expect((await engine.read(job)).status).toBe('succeeded');
});

it('two operators who switch at the same moment both have their way', async () => {
  const engine = await Engine.open();
  const { typeStates, control } = engine.ports;
  await Promise.all([typeStates.setState('one', 'paused'), typeStates.setState('two', 'draining'), typeStates.setState('three', 'paused')]);
  expect((await control.read()).types).toEqual({ one: 'paused', two: 'draining', three: 'paused' });
});

it('the jobs of a type that is no longer deployed end as type_removed, waiting and scheduled ones, and those that come late', async () => {
  const engine = await Engine.open({ cleansUp: true });
  const { ports, contract } = engine;
  const queued = await engine.accept();
  const scheduled = await engine.accept({ startAtMs: engine.runtime.nowMs() + 3_600_000 });
  const started = await engine.accept();
  await engine.wake(started, {
    run: async ({ text }, ctx) => {
      await ctx.sleep('a while', { seconds: 60 });
      return { echo: text };
    },
  });
  await engine.clock();
  expect((await ports.control.read()).types).toEqual({ [contract.name]: 'active' });
  const after = { ...ports, catalogue: [] };
  engine.runtime.advance(later);
  expect(await runClock(after)).toMatchObject({ removed: 2 });
  engine.runtime.advance(3_600_000);
  expect(await runClock(after)).toMatchObject({ removed: 1 });
  for (const job of [queued, scheduled, started]) {
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'type_removed' }, alarm: undefined });
  }
  expect((await engine.read(started)).error?.details).toMatchObject({ cleanUp: expect.stringContaining('no longer deployed') });
  await runClock(after);
  // An API of the time before the deploy still takes one.
  const late = await engine.accept();
  engine.runtime.advance(3_600_000);
  expect(await runClock(after)).toMatchObject({ removed: 1 });
  expect(await engine.read(late)).toMatchObject({ status: 'failed', error: { code: 'type_removed' } });
});
