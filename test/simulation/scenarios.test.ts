/** The fault catalogue in virtual time: each scenario injects one fault at its point, under all invariants. docs/faults.md links here. */
import { queueLimits } from '../../lambdas/core/contract/queue-limits.ts';
import { noFaults, plainJob, poison } from './plan.ts';
import {
  bareEffect,
  countDeliveries,
  create,
  deliveriesOf,
  effect,
  faultAt,
  hang,
  jobsOf,
  onlyJob,
  runScenario,
  sleep,
  startedAfterSeconds,
  tokensOf,
  work,
} from './scenario.ts';
import { Simulation } from './simulation.ts';
import { plainWork } from './workload.ts';

const graceSeconds = 120;
const leaseSeconds = 120;
const clockSeconds = 60;
/** Requests take some milliseconds; a trigger polls. */
const slackSeconds = 1;
/** Longest delay that counts as on time, including requests. */
const onTimeSeconds = 1.1;
const keyed = { key: 'k1' };

describe('accepting', () => {
  it('F01: a process that dies before the write has created no job, and its key can be sent again', async () => {
    const simulation = await runScenario({ jobs: [{ ...keyed, operations: [effect] }], inject: faultAt('api', 'create', 'die before', 1) });
    expect(onlyJob(simulation).status).toBe('succeeded');
  });

  it('F02: a process that dies after the write has created the job, and a repeated submission gets the same job', async () => {
    const simulation = await runScenario({ jobs: [{ ...keyed, operations: [effect] }], inject: faultAt('api', 'create', 'die after', 1) });
    expect(onlyJob(simulation).status).toBe('succeeded');
    expect(simulation.accepted.size).toBe(1);
  });

  it('F03: a job whose message could not be sent starts within grace and one period of the clock', async () => {
    const job = onlyJob(await runScenario({ jobs: [{ operations: [effect] }], inject: faultAt('api', 'wake', 'refuse', 1) }));
    expect(job.status).toBe('succeeded');
    expect(startedAfterSeconds(job)).toBeGreaterThan(graceSeconds - 1);
    expect(startedAfterSeconds(job)).toBeLessThan(graceSeconds + clockSeconds + slackSeconds);
  });

  it('F04: a message whose write failed is dropped, and the answer is 503', async () => {
    const simulation = await runScenario({ jobs: [{ operations: [effect] }], inject: faultAt('api', 'create', 'refuse') });
    expect(jobsOf(simulation)).toEqual([]);
    expect(simulation.checker.answers.map(({ status }) => status)).toEqual([503]);
  });

  it('F05: a message that overtakes its write is received once more, and the job starts at once', async () => {
    const job = onlyJob(await runScenario({ jobs: [{ operations: [effect] }], inject: faultAt('api', 'create', { delayMs: 1_500 }, 1) }));
    expect(startedAfterSeconds(job)).toBeLessThan(4);
  });

  it('F06: a write that was done and never answered creates one job', async () => {
    const simulation = await runScenario({
      jobs: [{ ...keyed, callers: 3, operations: [effect] }],
      inject: faultAt('api', 'create', 'lose the answer', 1),
    });
    expect(onlyJob(simulation).status).toBe('succeeded');
  });

  it('F07, F08: a write that was refused is answered with 503, and a repeated submission succeeds', async () => {
    const simulation = await runScenario({ jobs: [{ ...keyed, operations: [effect] }], inject: faultAt('api', 'create', 'refuse', 1) });
    expect(simulation.checker.answers.filter(({ method }) => method === 'POST').map(({ status }) => status)).toEqual([503, 202]);
    expect(onlyJob(simulation).status).toBe('succeeded');
  });

  it('F09: four submissions with one key at the same instant create one job and get the same answer', async () => {
    const simulation = await runScenario({ jobs: [{ ...keyed, callers: 4, operations: [effect] }] });
    const answers = simulation.checker.answers.filter(({ method }) => method === 'POST');
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(new Set(answers.map(({ body }) => body.id))).toEqual(new Set([onlyJob(simulation).id]));
  });
});

describe('messages', () => {
  it('F10, F11, F12, F13: duplicate and late messages do the work once', async () => {
    const faults = { doubleMessage: 1, delayMessage: 1 };
    const simulation = await runScenario({
      jobs: Array.from({ length: 8 }, () => ({ operations: [effect, work(8), bareEffect] })),
      faults,
    });
    expect(jobsOf(simulation).map(({ status, attempt, crashes }) => [status, attempt, crashes])).toEqual(
      Array(8).fill(['succeeded', 1, 0]),
    );
  });

  it('F14: a job whose every message is lost is started by the clock', async () => {
    const job = onlyJob(await runScenario({ jobs: [{ operations: [effect] }], inject: faultAt('api', 'wake', 'refuse') }));
    expect(job.status).toBe('succeeded');
  });

  it('F15: a purged queue loses no job', async () => {
    const jobs = Array.from({ length: 8 }, () => ({ delaySeconds: 30, operations: [effect] }));
    const simulation = await runScenario({ jobs, faults: { purgeAfterMs: 10_000 } });
    for (const job of jobsOf(simulation)) {
      expect(job.status).toBe('succeeded');
      expect(startedAfterSeconds(job)).toBeLessThan(30 + graceSeconds + clockSeconds + slackSeconds);
    }
  });

  it('F16: a message that is not a wake-up goes to the dead-letter queue, once', async () => {
    const simulation = await runScenario({ jobs: [{ operations: [effect], readAfterMs: [310_000] }], faults: { forgeMessage: 1 } });
    for (const { deadLetters } of simulation.queues.values()) expect(deadLetters).toEqual([{ body: '{"v":9}', reason: 'not_a_wake_up' }]);
  });
});

describe('workers', () => {
  it('F17: a worker that dies before the claim leaves the job to the next delivery or the clock', async () => {
    const job = onlyJob(await runScenario({ jobs: [{ operations: [effect] }], inject: faultAt('worker', 'claim', 'die before', 1) }));
    expect([job.status, job.attempt, job.crashes]).toEqual(['succeeded', 1, 0]);
    expect(startedAfterSeconds(job)).toBeLessThan(graceSeconds + clockSeconds + slackSeconds);
  });

  it('F18: a worker that dies after the claim is replaced within its lease and one period of the clock', async () => {
    const job = onlyJob(await runScenario({ jobs: [{ operations: [effect] }], inject: faultAt('worker', 'claim', 'die after', 1) }));
    expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
    expect(job.timeline.map(({ event }) => event)).toContain('worker_lost');
    expect(startedAfterSeconds(job, 2) - startedAfterSeconds(job)).toBeLessThan(leaseSeconds + clockSeconds + slackSeconds);
  });

  it('F18: while the clock does not run, the redelivered message brings the replacement', async () => {
    const faults = { clockOff: [0, 19 * 60_000] as const };
    const job = onlyJob(
      await runScenario({ jobs: [{ operations: [effect] }], faults, inject: faultAt('worker', 'claim', 'die after', 1) }),
    );
    // Six times the function's time-out, as AWS asks for.
    expect(startedAfterSeconds(job, 2) - startedAfterSeconds(job)).toBeLessThan(6 * 60 + slackSeconds);
  });

  it('F19: a worker that dies between an effect and its checkpoint repeats the effect with the same token', async () => {
    const simulation = await runScenario({
      jobs: [{ operations: [effect, bareEffect] }],
      inject: faultAt('worker', 'effect e0', 'die after', 1),
    });
    const job = onlyJob(simulation);
    expect([job.status, tokensOf(simulation, job)]).toEqual(['succeeded', 1]);
  });

  it('F20: a worker that dies between checkpoint and completion is replaced by one that resumes after the checkpoint', async () => {
    const simulation = await runScenario({ jobs: [{ operations: [effect, work(1)] }], inject: faultAt('worker', 'write', 'die after', 1) });
    expect(onlyJob(simulation).status).toBe('succeeded');
    expect(simulation.trace.filter((line) => line.includes('dies'))).toHaveLength(1);
  });

  it('F21: the message of a worker that dies after the completion is redelivered and acknowledged', async () => {
    const job = onlyJob(await runScenario({ jobs: [{ operations: [bareEffect] }], inject: faultAt('worker', 'write', 'die after', 1) }));
    expect([job.status, job.crashes]).toEqual(['succeeded', 0]);
  });

  it('F22: a poison job ends as worker_crashed, with a dead letter', async () => {
    const simulation = await runScenario({ jobs: [{ operations: [{ does: 'die', times: poison }] }] });
    const job = onlyJob(simulation);
    expect([job.status, job.error?.code, job.crashes]).toEqual(['failed', 'worker_crashed', 4]);
    expect([...simulation.queues.values()].flatMap(({ deadLetters }) => deadLetters.map(({ reason }) => reason))).toEqual([
      'worker_crashed',
    ]);
  });

  it('F23: a worker that hangs has its signal aborted, and spends its attempts', async () => {
    const job = onlyJob(await runScenario({ jobs: [{ operations: [hang], maxAttempts: 2 }] }));
    expect([job.status, job.error?.code, job.attempt]).toEqual(['failed', 'invocation_timed_out', 2]);
  });

  it('F23: a worker that hangs and ignores its signal ends with its process, and spends its attempts too', async () => {
    const simulation = await runScenario({ jobs: [{ operations: [hang], ignoresSignal: true, maxAttempts: 2 }] });
    const job = onlyJob(simulation);
    expect([job.status, job.error?.code, job.attempt, job.crashes]).toEqual(['failed', 'invocation_timed_out', 2, 0]);
    expect(simulation.trace.filter((line) => line.includes('ends itself'))).toHaveLength(2);
  });

  it('F23: a save that lands after its worker handed the job over changes nothing', async () => {
    let writes = 0;
    const inject = (machine: string, what: string) => {
      if (machine !== 'worker-1' || what !== 'write') return undefined;
      writes += 1;
      // The save of the step that ends after 45 seconds: its answer is awaited until the code is given up.
      return writes === 12 ? { doneAfterMs: 80_000 } : undefined;
    };
    const jobs = [{ operations: [{ does: 'long', parts: 14 }] as const, ignoresSignal: true, maxAttempts: 2 }];
    const simulation = await runScenario({ jobs, inject });
    const job = onlyJob(simulation);
    expect(simulation.trace.filter((line) => /no answer, and done 80 s later|ends itself/.test(line))).toHaveLength(2);
    expect(job.timeline.filter(({ event }) => event === 'attempt_failed').map(({ attempt }) => attempt)).toContain(1);
  });

  it('F24: a worker that was frozen beyond its lease changes nothing afterwards', async () => {
    const simulation = await runScenario({
      jobs: [{ operations: [create, effect, hang] }],
      inject: faultAt('worker', 'effect e1', { freezeMs: 300_000 }, 1),
    });
    const job = onlyJob(simulation);
    expect([job.status, job.timeline.filter(({ event }) => event === 'worker_lost').length]).toEqual(['failed', 1]);
  });

  it('F25: heartbeats that fail for a while have no effect while the lease lasts', async () => {
    let beats = 0;
    const inject = (machine: string, what: string) => {
      if (!machine.startsWith('worker') || what !== 'write') return undefined;
      beats += 1;
      return beats <= 2 ? ('refuse' as const) : undefined;
    };
    const job = onlyJob(await runScenario({ jobs: [{ operations: Array(5).fill(work(8)) }], inject }));
    expect([job.status, job.attempt, job.crashes]).toEqual(['succeeded', 1, 0]);
  });

  it('F25: a heartbeat between a save that lands late and the end of its run takes nothing from the timeline', async () => {
    let writes = 0;
    const inject = (machine: string, what: string) => {
      if (machine !== 'worker-1' || what !== 'write') return undefined;
      writes += 1;
      // The save of the step, the heartbeat, and the write that ends the run.
      return [{ doneAfterMs: 27_000 }, undefined, { doneAfterMs: 80_000 }][writes - 1];
    };
    // Read when the save has landed and the last write has not.
    const simulation = await runScenario({ jobs: [{ operations: [work(5), effect], readAfterMs: [60_000] }], inject });
    const job = onlyJob(simulation);
    expect([job.status, job.attempt, job.crashes]).toEqual(['succeeded', 1, 0]);
    expect(job.timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'step', 'sleeping', 'started', 'succeeded']);
  });

  it('F26: a claim that was done and never answered is recognised by its lease token', async () => {
    const job = onlyJob(await runScenario({ jobs: [{ operations: [effect] }], inject: faultAt('worker', 'claim', 'lose the answer', 1) }));
    expect([job.status, job.crashes]).toEqual(['succeeded', 0]);
    expect(startedAfterSeconds(job)).toBeLessThan(slackSeconds);
  });

  it('F27: a completion that was done and never answered stays as it is', async () => {
    const job = onlyJob(
      await runScenario({ jobs: [{ operations: [bareEffect] }], inject: faultAt('worker', 'write', 'lose the answer', 1) }),
    );
    expect([job.status, job.crashes]).toEqual(['succeeded', 0]);
  });

  it('F28: a completion that is refused until the lease ends is written by the next run, without repeating the effect', async () => {
    const requests: string[] = [];
    const inject = (machine: string, what: string) => {
      requests.push(what);
      // The first write stores the step.
      return machine === 'worker-1' && what === 'write' && requests.filter((request) => request === 'write').length > 1
        ? 'refuse'
        : undefined;
    };
    const job = onlyJob(await runScenario({ jobs: [{ operations: [effect, work(8), work(8), work(8)] }], inject }));
    expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
    expect(requests.filter((request) => request.startsWith('effect'))).toHaveLength(1);
    const again = startedAfterSeconds(job, 2) - startedAfterSeconds(job);
    expect(again).toBeGreaterThan(leaseSeconds - slackSeconds);
    expect(again).toBeLessThan(leaseSeconds + clockSeconds + slackSeconds);
  });

  it('F29: work that is longer than an invocation continues in the next, and spends no attempt', async () => {
    const inject = (_machine: string, what: string) => (what.startsWith('effect') ? { delayMs: 8_000 } : undefined);
    const job = onlyJob(await runScenario({ jobs: [{ operations: Array(12).fill(effect) }], inject }));
    expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
    expect(job.timeline.filter(({ event }) => event === 'sleeping').length).toBeGreaterThan(0);
  });

  describe('batches', () => {
    // The first job of a type writes the type's state, which takes a moment; all others are submitted together.
    const jobs = Array.from({ length: 9 }, (_, i) => ({ operations: [effect], submitAfterMs: i === 0 ? 0 : 1_000 }));
    // The clock would wake jobs whose messages the queue has to redeliver.
    const faults = { clockOff: [0, 19 * 60_000] as const };

    it('F30: only the failed message of a batch is redelivered', async () => {
      const simulation = await runScenario({ jobs, faults, inject: faultAt('worker', 'claim', 'refuse', 2) });
      const [, failed] = /will come again.*"messageId":"(\d+)"/.exec(simulation.trace.join('\n')) ?? [];
      expect(deliveriesOf(simulation).find(({ ids }) => ids.includes(String(failed)))?.ids.length).toBeGreaterThan(1);
      expect(jobsOf(simulation).map(({ status }) => status)).toEqual(Array(9).fill('succeeded'));
      const counts = countDeliveries(simulation);
      expect(counts).toEqual(new Map([...counts.keys()].map((id) => [id, id === failed ? 2 : 1])));
    });

    it('F31: all messages of a batch that failed are redelivered, and each job runs once', async () => {
      const firstBatch = (machine: string, what: string) => (machine === 'worker-2' && what === 'claim' ? 'refuse' : undefined);
      const simulation = await runScenario({ jobs, faults, inject: firstBatch });
      const failed = deliveriesOf(simulation).find(({ machine }) => machine === 'worker-2')?.ids ?? [];
      expect(failed.length).toBeGreaterThan(1);
      expect(jobsOf(simulation).map(({ status, attempt }) => [status, attempt])).toEqual(Array(9).fill(['succeeded', 1]));
      const counts = countDeliveries(simulation);
      expect(counts).toEqual(new Map([...counts.keys()].map((id) => [id, failed.includes(id) ? 2 : 1])));
    });
  });

  it('F32: an hour of throttled invocations spends no attempt, and causes no dead letter', async () => {
    const jobs = [effect, create].map((operation) => ({ operations: [operation], deadlineSeconds: 7_200 }));
    const simulation = await runScenario({ jobs, faults: { throttled: [0, 3_600_000] } });
    expect(jobsOf(simulation).map(({ status, attempt, crashes }) => [status, attempt, crashes])).toEqual(
      Array(2).fill(['succeeded', 1, 0]),
    );
    for (const job of jobsOf(simulation)) expect(startedAfterSeconds(job)).toBeGreaterThan(3_500);
    for (const { deadLetters } of simulation.queues.values()) expect(deadLetters).toEqual([]);
    // More often than the three to five receives after which queues usually dead-letter a message.
    expect(Math.max(...[...simulation.queues.values()].map(({ maxReceives }) => maxReceives))).toBeGreaterThan(5);
  });

  it('F32: only a message that was received a thousand times without success is moved to the dead-letter queue', async () => {
    const simulation = new Simulation({ randomSeed: 1, jobs: [], faults: noFaults });
    const queue = simulation.replaceQueue({ ...plainWork, timeoutSeconds: 1 }, { isThrottled: true });
    queue.send('{"v":1}', 0);
    await simulation.scheduler.run(() => queue.isEmpty, Number.POSITIVE_INFINITY);
    expect(queue.maxReceives).toBe(queueLimits(plainWork).maxReceiveCount);
    expect(queue.deadLetters).toEqual([{ body: '{"v":1}', reason: 'received_too_often' }]);
  });
});

describe('operators', () => {
  const submitAfterMs = 60_000;

  it.each(['plain-work', 'tidy-work'] as const)(
    'P1: a paused type, %s, accepts jobs, keeps them, and runs them when it is resumed',
    async (type) => {
      const operations = [type === 'tidy-work' ? create : effect];
      const simulation = await runScenario({
        jobs: [{ operations, submitAfterMs, readAfterMs: [60_000] }],
        faults: { typeState: { type, state: 'paused', span: [0, 600_000] } },
      });
      const job = onlyJob(simulation);
      const look = simulation.checker.answers.find(({ method, status }) => method === 'GET' && status === 200);
      expect([look?.body.status, look?.body.reason]).toMatchObject(['queued', { code: 'paused', until: null }]);
      expect(job.status).toBe('succeeded');
      expect(startedAfterSeconds(job)).toBeGreaterThan(600 - 60 - slackSeconds);
      expect(startedAfterSeconds(job)).toBeLessThan(600 - 60 + graceSeconds + clockSeconds + slackSeconds);
    },
  );

  it.each([
    ['a cancel', { cancelAfterMs: 300_000 }, 5],
    ['a deadline', { deadlineSeconds: 1 }, graceSeconds + 5 * clockSeconds],
  ] as const)(
    'P1: while its type is paused, the resources of a sleeping job are cleaned up after %s',
    async (_what, job, withinSeconds) => {
      const simulation = await runScenario({
        jobs: [{ ...job, operations: [create, sleep(1_400)] }],
        faults: { typeState: { type: 'tidy-work', state: 'paused', span: [30_000, 1_200_000] } },
      });
      const ended = onlyJob(simulation);
      const endAskedMs = ended.cancelRequestedAtMs ?? ended.deadlineMs;
      expect((ended.finishedAtMs ?? 0) - endAskedMs).toBeLessThan((withinSeconds + slackSeconds) * 1000);
    },
  );

  it('P2: a draining type completes its jobs, and accepts no new ones', async () => {
    const simulation = await runScenario({
      jobs: [{ operations: [effect, sleep(120), effect] }, { operations: [effect], submitAfterMs }],
      faults: { typeState: { type: 'plain-work', state: 'draining', span: [10_000, 600_000] } },
    });
    expect(onlyJob(simulation).status).toBe('succeeded');
    expect(
      simulation.checker.answers.filter(({ path, method }) => method === 'POST' && path === '/v1/jobs').map(({ status }) => status),
    ).toEqual([202, 409]);
  });
});

describe('cancel and deadline', () => {
  it.each([
    ['before the work', { delaySeconds: 60, cancelAfterMs: 1_000, operations: [effect] }, 'cancelled'],
    ['during the work', { operations: [create, hang], cancelAfterMs: 5_000 }, 'cancelled'],
    ['after the work', { operations: [effect], cancelAfterMs: 60_000 }, 'succeeded'],
    ['while it sleeps, with something to clean up', { operations: [create, sleep(600)], cancelAfterMs: 60_000 }, 'cancelled'],
  ] as const)('F33: a cancel %s leads to the status that is true', async (_when, job, status) => {
    expect(onlyJob(await runScenario({ jobs: [job] })).status).toBe(status);
  });

  it.each(Array.from({ length: 30 }, (_, i) => [i * 2]))(
    'F33: a cancel at the moment of the completion, after %i ms, has one outcome',
    async (cancelAfterMs) => {
      expect(['cancelled', 'succeeded']).toContain(onlyJob(await runScenario({ jobs: [{ operations: [effect], cancelAfterMs }] })).status);
    },
  );

  it('F34: a worker that ignores its cancel is stopped by the end of its lease, and its resources are cleaned up', async () => {
    const simulation = await runScenario({ jobs: [{ operations: [create, hang], ignoresSignal: true, cancelAfterMs: 5_000 }] });
    const job = onlyJob(simulation);
    expect(job.status).toBe('cancelled');
    expect((job.finishedAtMs ?? 0) - (job.cancelRequestedAtMs ?? 0)).toBeLessThan((leaseSeconds + clockSeconds) * 1000);
  });

  it.each([
    ['queued', { operations: [effect] }, { throttled: [0, 10 * 60_000] as const }],
    ['asleep', { operations: [create, sleep(1_400)] }, {}],
    ['running', { operations: [create, hang], maxAttempts: 4 }, {}],
  ])('F35: a deadline that passes while the job is %s ends it, with a clean-up', async (_where, job, faults) => {
    const ended = onlyJob(await runScenario({ jobs: [{ ...job, deadlineSeconds: 5 }], faults }));
    expect([ended.status, ended.error?.code]).toEqual(['failed', 'deadline_exceeded']);
    expect((ended.finishedAtMs ?? 0) - ended.deadlineMs).toBeLessThan((graceSeconds + clockSeconds) * 1000);
  });
});

describe('the clock', () => {
  it('F36: a clock that was off for a day starts what is overdue in its first run', async () => {
    const offSeconds = 86_400;
    const jobs = Array.from({ length: 8 }, () => ({ operations: [effect], deadlineSeconds: 2 * offSeconds }));
    const simulation = await runScenario({ jobs, faults: { clockOff: [0, offSeconds * 1000] }, inject: faultAt('api', 'wake', 'refuse') });
    for (const job of jobsOf(simulation)) {
      expect(job.status).toBe('succeeded');
      expect(startedAfterSeconds(job)).toBeGreaterThan(offSeconds - slackSeconds);
      expect(startedAfterSeconds(job)).toBeLessThan(offSeconds + clockSeconds + slackSeconds);
    }
  });

  it('F37: two runs at the same time, one of which dies half-way, send one message', async () => {
    const simulation = await runScenario({
      jobs: [{ operations: [effect] }],
      faults: { hasTwoClocks: true },
      inject: (machine, what) =>
        faultAt('api', 'wake', 'refuse')(machine, what) ?? (machine === 'clock-5' && what === 'write' ? 'die before' : undefined),
    });
    const job = onlyJob(simulation);
    expect(simulation.checker.sends.get(job.id)).toHaveLength(1);
  });

  it('F39: an index that lags by more than a minute causes no second message', async () => {
    for (const submitAfterMs of [0, 15_000, 30_000, 45_000]) {
      const simulation = await runScenario({
        jobs: Array.from({ length: 4 }, () => ({ operations: [effect], submitAfterMs })),
        faults: { indexLagMs: 90_000, hasTwoClocks: true },
        inject: faultAt('api', 'wake', 'refuse'),
      });
      for (const { id, status } of jobsOf(simulation)) expect([status, simulation.checker.sends.get(id)?.length]).toEqual(['succeeded', 1]);
    }
  });

  it.each([1, 59, 899, 1_000, 1_900])('starts a job that is delayed by %i s within a second of its time', async (delaySeconds) => {
    const job = onlyJob(await runScenario({ jobs: [{ delaySeconds, operations: [effect] }] }));
    expect(startedAfterSeconds(job)).toBeGreaterThanOrEqual(delaySeconds);
    expect(startedAfterSeconds(job)).toBeLessThan(delaySeconds + onTimeSeconds);
  });

  it.each([5, 890, 1_300])('ends a sleep of %i s within a second of its end', async (seconds) => {
    const job = onlyJob(await runScenario({ jobs: [{ operations: [sleep(seconds)] }] }));
    const slept = startedAfterSeconds(job, 2) - startedAfterSeconds(job);
    expect(slept).toBeGreaterThanOrEqual(seconds);
    expect(slept).toBeLessThan(seconds + onTimeSeconds);
  });
});

describe('machines and deploys', () => {
  it('F40: clocks that differ by a minute start no job twice, and none earlier than they differ', async () => {
    for (let randomSeed = 0; randomSeed < 20; randomSeed++) {
      const jobs = [{ ...plainJob, operations: [create, effect, hang], delaySeconds: 60 }];
      const { violations } = await new Simulation({ randomSeed, jobs, faults: { ...noFaults, skewMs: 29_000 } }).run();
      expect(violations).toEqual([]);
    }
  });

  it('F41: a deploy of the same version lets a sleeping job continue', async () => {
    const simulation = await runScenario({ jobs: [{ operations: [effect, sleep(60), effect] }], faults: { deployAfterMs: 30_000 } });
    expect(onlyJob(simulation).status).toBe('succeeded');
  });

  it('F41: a deploy of another version fails a job with steps or a checkpoint, and runs one without', async () => {
    const faults = { deployAfterMs: 30_000, deployRaisesVersion: true };
    const simulation = await runScenario({
      jobs: [{ operations: [effect, sleep(60), effect] }, { delaySeconds: 60, operations: [effect] }],
      faults,
    });
    expect(jobsOf(simulation).map(({ status, error }) => [status, error?.code])).toEqual([
      ['failed', 'version_mismatch'],
      ['succeeded', undefined],
    ]);
  });

  it('F42: jobs of a type that a deploy removes end as type_removed, even if the clock never ran while the type existed', async () => {
    const simulation = await runScenario({
      jobs: [{ operations: [create, sleep(600)] }, { delaySeconds: 1_200, operations: [create] }, { operations: [effect] }],
      faults: { deployAfterMs: 30_000, deployRemoves: 'tidy-work', clockOff: [0, 900_000] },
    });
    expect(jobsOf(simulation).map(({ status, error }) => [status, error?.code, error?.details?.['cleanUp'] !== undefined])).toEqual([
      ['failed', 'type_removed', true],
      ['failed', 'type_removed', false],
      ['succeeded', undefined, false],
    ]);
  });

  it('F42: a cancelled job of a removed type is not shown as cancelled while its resources are left', async () => {
    const faults = { deployAfterMs: 30_000, deployRemoves: 'tidy-work' } as const;
    const simulation = await runScenario({ jobs: [{ operations: [create, sleep(3_000)], cancelAfterMs: 60_000 }], faults });
    const job = onlyJob(simulation);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'type_removed', details: { cleanUp: expect.any(String) } } });
    expect(job.finishedAtMs).toBeLessThan((job.cancelRequestedAtMs ?? 0) + (graceSeconds + clockSeconds + slackSeconds) * 1000);
  });
});
