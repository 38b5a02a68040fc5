/** The fault catalogue in virtual time: one fault each, at its point, and the judgement of every invariant over what follows. docs/faults.md links here. */
import { queueLimits } from '../../lambdas/core/contract/queue-limits.ts';
import { History } from './history.ts';
import { noFaults, plainJob, poison } from './plan.ts';
import {
  at,
  bareEffect,
  countDeliveries,
  create,
  deliveriesOf,
  effect,
  hang,
  jobsOf,
  onlyJob,
  sleep,
  startedAfterSeconds,
  tell,
  tokensOf,
  work,
} from './told.ts';
import { plainWork } from './work.ts';

const graceSeconds = 120;
const leaseSeconds = 120;
const clockSeconds = 60;
/** Requests take some milliseconds; a trigger polls. */
const slackSeconds = 1;
/** What is on time, with the requests that it takes. */
const onTimeSeconds = 1.1;
const keyed = { key: 'k1' };

describe('accepting', () => {
  it('F01: a process that dies before the write has made no job, and the same key may be sent again', async () => {
    const history = await tell({ jobs: [{ ...keyed, operations: [effect] }], inject: at('api', 'create', 'die before', 1) });
    expect(onlyJob(history).status).toBe('succeeded');
  });

  it('F02: a process that dies after the write has made the job, and the repeat gets the same one', async () => {
    const history = await tell({ jobs: [{ ...keyed, operations: [effect] }], inject: at('api', 'create', 'die after', 1) });
    expect(onlyJob(history).status).toBe('succeeded');
    expect(history.accepted.size).toBe(1);
  });

  it('F03: a job whose message could not be sent starts within grace and one period of the clock', async () => {
    const job = onlyJob(await tell({ jobs: [{ operations: [effect] }], inject: at('api', 'wake', 'refuse', 1) }));
    expect(job.status).toBe('succeeded');
    expect(startedAfterSeconds(job)).toBeGreaterThan(graceSeconds - 1);
    expect(startedAfterSeconds(job)).toBeLessThan(graceSeconds + clockSeconds + slackSeconds);
  });

  it('F04: a message whose write failed is dropped, and the caller is told to try again', async () => {
    const history = await tell({ jobs: [{ operations: [effect] }], inject: at('api', 'create', 'refuse') });
    expect(jobsOf(history)).toEqual([]);
    expect(history.judge.answers.map(({ status }) => status)).toEqual([503]);
  });

  it('F05: a message that overtakes its write is looked at again, and the job starts at once', async () => {
    const job = onlyJob(await tell({ jobs: [{ operations: [effect] }], inject: at('api', 'create', { delayMs: 1_500 }, 1) }));
    expect(startedAfterSeconds(job)).toBeLessThan(4);
  });

  it('F06: a write that was done and never answered makes one job', async () => {
    const history = await tell({
      jobs: [{ ...keyed, callers: 3, operations: [effect] }],
      inject: at('api', 'create', 'lose the answer', 1),
    });
    expect(onlyJob(history).status).toBe('succeeded');
  });

  it('F07, F08: a write that was refused is answered with 503, and a repeat succeeds', async () => {
    const history = await tell({ jobs: [{ ...keyed, operations: [effect] }], inject: at('api', 'create', 'refuse', 1) });
    expect(history.judge.answers.filter(({ method }) => method === 'POST').map(({ status }) => status)).toEqual([503, 202]);
    expect(onlyJob(history).status).toBe('succeeded');
  });

  it('F09: four submissions with one key at the same instant make one job and get one answer', async () => {
    const history = await tell({ jobs: [{ ...keyed, callers: 4, operations: [effect] }] });
    const answers = history.judge.answers.filter(({ method }) => method === 'POST');
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(new Set(answers.map(({ body }) => body.id))).toEqual(new Set([onlyJob(history).id]));
  });
});

describe('messages', () => {
  it('F10, F11, F12, F13: doubled and late messages do the work once', async () => {
    const faults = { doubleMessage: 1, delayMessage: 1 };
    const history = await tell({ jobs: Array.from({ length: 8 }, () => ({ operations: [effect, work(8), bareEffect] })), faults });
    expect(jobsOf(history).map(({ status, attempt, crashes }) => [status, attempt, crashes])).toEqual(Array(8).fill(['succeeded', 1, 0]));
  });

  it('F14: a job whose every message is lost is started by the clock', async () => {
    const job = onlyJob(await tell({ jobs: [{ operations: [effect] }], inject: at('api', 'wake', 'refuse') }));
    expect(job.status).toBe('succeeded');
  });

  it('F15: a purged queue loses no job', async () => {
    const jobs = Array.from({ length: 8 }, () => ({ delaySeconds: 30, operations: [effect] }));
    const history = await tell({ jobs, faults: { purgeAfterMs: 10_000 } });
    for (const job of jobsOf(history)) {
      expect(job.status).toBe('succeeded');
      expect(startedAfterSeconds(job)).toBeLessThan(30 + graceSeconds + clockSeconds + slackSeconds);
    }
  });

  it('F16: a message that is none of ours goes to the dead-letter queue, once', async () => {
    const history = await tell({ jobs: [{ operations: [effect], lookAfterMs: [310_000] }], faults: { forgeMessage: 1 } });
    for (const { deadLetters } of history.queues.values()) expect(deadLetters).toEqual([{ body: '{"v":9}', reason: 'not_a_wake_up' }]);
  });
});

describe('workers', () => {
  it('F17: a worker that dies before the claim leaves the job to the next delivery or the clock', async () => {
    const job = onlyJob(await tell({ jobs: [{ operations: [effect] }], inject: at('worker', 'claim', 'die before', 1) }));
    expect([job.status, job.attempt, job.crashes]).toEqual(['succeeded', 1, 0]);
    expect(startedAfterSeconds(job)).toBeLessThan(graceSeconds + clockSeconds + slackSeconds);
  });

  it('F18: a worker that dies after the claim is replaced within its lease and one period of the clock', async () => {
    const job = onlyJob(await tell({ jobs: [{ operations: [effect] }], inject: at('worker', 'claim', 'die after', 1) }));
    expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
    expect(job.timeline.map(({ event }) => event)).toContain('worker_lost');
    expect(startedAfterSeconds(job, 2) - startedAfterSeconds(job)).toBeLessThan(leaseSeconds + clockSeconds + slackSeconds);
  });

  it('F18: where the clock leaves the queue alone, the redelivered message brings the replacement', async () => {
    const faults = { clockOff: [0, 19 * 60_000] as const };
    const job = onlyJob(await tell({ jobs: [{ operations: [effect] }], faults, inject: at('worker', 'claim', 'die after', 1) }));
    // Six times the function's time-out, as AWS asks for.
    expect(startedAfterSeconds(job, 2) - startedAfterSeconds(job)).toBeLessThan(6 * 60 + slackSeconds);
  });

  it('F19: a worker that dies between an effect and its checkpoint: the repeat carries the same token', async () => {
    const history = await tell({ jobs: [{ operations: [effect, bareEffect] }], inject: at('worker', 'effect e0', 'die after', 1) });
    const job = onlyJob(history);
    expect([job.status, tokensOf(history, job)]).toEqual(['succeeded', 1]);
  });

  it('F20: a worker that dies between checkpoint and finish: another resumes behind the checkpoint', async () => {
    const history = await tell({ jobs: [{ operations: [effect, work(1)] }], inject: at('worker', 'write', 'die after', 1) });
    expect(onlyJob(history).status).toBe('succeeded');
    expect(history.lines.filter((line) => line.includes('dies'))).toHaveLength(1);
  });

  it('F21: a worker that dies after the finish: the message comes again and is acknowledged', async () => {
    const job = onlyJob(await tell({ jobs: [{ operations: [bareEffect] }], inject: at('worker', 'write', 'die after', 1) }));
    expect([job.status, job.crashes]).toEqual(['succeeded', 0]);
  });

  it('F22: a poison job ends as worker_crashed, with a dead letter', async () => {
    const history = await tell({ jobs: [{ operations: [{ does: 'die', times: poison }] }] });
    const job = onlyJob(history);
    expect([job.status, job.error?.code, job.crashes]).toEqual(['failed', 'worker_crashed', 4]);
    expect([...history.queues.values()].flatMap(({ deadLetters }) => deadLetters.map(({ reason }) => reason))).toEqual(['worker_crashed']);
  });

  it('F23: a worker that hangs is told to stop, and spends its attempts', async () => {
    const job = onlyJob(await tell({ jobs: [{ operations: [hang], maxAttempts: 2 }] }));
    expect([job.status, job.error?.code, job.attempt]).toEqual(['failed', 'attempt_timed_out', 2]);
  });

  it('F23: one that hangs and does not listen ends with its process, and spends its attempts all the same', async () => {
    const history = await tell({ jobs: [{ operations: [hang], isDeaf: true, maxAttempts: 2 }] });
    const job = onlyJob(history);
    expect([job.status, job.error?.code, job.attempt, job.crashes]).toEqual(['failed', 'attempt_timed_out', 2, 0]);
    expect(history.lines.filter((line) => line.includes('ends itself'))).toHaveLength(2);
  });

  it('F24: a worker that was frozen beyond its lease changes nothing afterwards', async () => {
    const history = await tell({
      jobs: [{ operations: [create, effect, hang] }],
      inject: at('worker', 'effect e1', { freezeMs: 300_000 }, 1),
    });
    const job = onlyJob(history);
    expect([job.status, job.timeline.filter(({ event }) => event === 'worker_lost').length]).toEqual(['failed', 1]);
  });

  it('F25: heartbeats that fail for a while cost nothing while the lease lasts', async () => {
    let beats = 0;
    const inject = (machine: string, what: string) => {
      if (!machine.startsWith('worker') || what !== 'write') return undefined;
      beats += 1;
      return beats <= 2 ? ('refuse' as const) : undefined;
    };
    const job = onlyJob(await tell({ jobs: [{ operations: Array(5).fill(work(8)) }], inject }));
    expect([job.status, job.attempt, job.crashes]).toEqual(['succeeded', 1, 0]);
  });

  it('F26: a claim that was done and never answered is known by its lease token', async () => {
    const job = onlyJob(await tell({ jobs: [{ operations: [effect] }], inject: at('worker', 'claim', 'lose the answer', 1) }));
    expect([job.status, job.crashes]).toEqual(['succeeded', 0]);
    expect(startedAfterSeconds(job)).toBeLessThan(slackSeconds);
  });

  it('F27: a finish that was done and never answered stays what it is', async () => {
    const job = onlyJob(await tell({ jobs: [{ operations: [bareEffect] }], inject: at('worker', 'write', 'lose the answer', 1) }));
    expect([job.status, job.crashes]).toEqual(['succeeded', 0]);
  });

  it('F28: a finish that is refused until the lease ends is made by the next run, without the effect again', async () => {
    const requests: string[] = [];
    const inject = (machine: string, what: string) => {
      requests.push(what);
      // The first write remembers the step.
      return machine === 'worker-1' && what === 'write' && requests.filter((request) => request === 'write').length > 1
        ? 'refuse'
        : undefined;
    };
    const job = onlyJob(await tell({ jobs: [{ operations: [effect, work(8), work(8), work(8)] }], inject }));
    expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
    expect(requests.filter((request) => request.startsWith('effect'))).toHaveLength(1);
    const again = startedAfterSeconds(job, 2) - startedAfterSeconds(job);
    expect(again).toBeGreaterThan(leaseSeconds - slackSeconds);
    expect(again).toBeLessThan(leaseSeconds + clockSeconds + slackSeconds);
  });

  it('F29: work that is longer than an invocation goes on in the next, and spends no attempt', async () => {
    const inject = (_machine: string, what: string) => (what.startsWith('effect') ? { delayMs: 8_000 } : undefined);
    const job = onlyJob(await tell({ jobs: [{ operations: Array(12).fill(effect) }], inject }));
    expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
    expect(job.timeline.filter(({ event }) => event === 'sleeping').length).toBeGreaterThan(0);
  });

  describe('batches', () => {
    // The first job of a type makes it known, which takes a moment; all others come at once.
    const jobs = Array.from({ length: 9 }, (_, i) => ({ operations: [effect], submitAfterMs: i === 0 ? 0 : 1_000 }));
    // The clock would wake what the queue is to deliver again.
    const faults = { clockOff: [0, 19 * 60_000] as const };

    it('F30: of a batch with one message that failed only that one comes again', async () => {
      const history = await tell({ jobs, faults, inject: at('worker', 'claim', 'refuse', 2) });
      const [, failed] = /will come again.*"messageId":"(\d+)"/.exec(history.lines.join('\n')) ?? [];
      expect(deliveriesOf(history).find(({ ids }) => ids.includes(String(failed)))?.ids.length).toBeGreaterThan(1);
      expect(jobsOf(history).map(({ status }) => status)).toEqual(Array(9).fill('succeeded'));
      const counts = countDeliveries(history);
      expect(counts).toEqual(new Map([...counts.keys()].map((id) => [id, id === failed ? 2 : 1])));
    });

    it('F31: of a batch that failed as a whole all messages come again, and each job is done once', async () => {
      const firstBatch = (machine: string, what: string) => (machine === 'worker-2' && what === 'claim' ? 'refuse' : undefined);
      const history = await tell({ jobs, faults, inject: firstBatch });
      const failed = deliveriesOf(history).find(({ machine }) => machine === 'worker-2')?.ids ?? [];
      expect(failed.length).toBeGreaterThan(1);
      expect(jobsOf(history).map(({ status, attempt }) => [status, attempt])).toEqual(Array(9).fill(['succeeded', 1]));
      const counts = countDeliveries(history);
      expect(counts).toEqual(new Map([...counts.keys()].map((id) => [id, failed.includes(id) ? 2 : 1])));
    });
  });

  it('F32: an hour of throttled invocations spends no attempt, and nothing is a dead letter for it', async () => {
    const jobs = [effect, create].map((operation) => ({ operations: [operation], deadlineSeconds: 7_200 }));
    const history = await tell({ jobs, faults: { throttled: [0, 3_600_000] } });
    expect(jobsOf(history).map(({ status, attempt, crashes }) => [status, attempt, crashes])).toEqual(Array(2).fill(['succeeded', 1, 0]));
    for (const job of jobsOf(history)) expect(startedAfterSeconds(job)).toBeGreaterThan(3_500);
    for (const { deadLetters } of history.queues.values()) expect(deadLetters).toEqual([]);
    // More often than the three to five times after which a queue is usually told to give a message up.
    expect(Math.max(...[...history.queues.values()].map(({ mostReceives }) => mostReceives))).toBeGreaterThan(5);
  });

  it('F32: only a message that was received a thousand times in vain is given up', async () => {
    const history = new History({ chance: 1, jobs: [], faults: noFaults });
    const queue = history.replaceQueue({ ...plainWork, timeoutSeconds: 1 }, { isThrottled: true });
    queue.send('{"v":1}', 0);
    await history.scheduler.run(() => queue.isEmpty, Number.POSITIVE_INFINITY);
    expect(queue.mostReceives).toBe(queueLimits(plainWork).maxReceiveCount);
    expect(queue.deadLetters).toEqual([{ body: '{"v":1}', reason: 'received_too_often' }]);
  });
});

describe('operators', () => {
  const submitAfterMs = 60_000;

  it.each(['plain-work', 'tidy-work'] as const)(
    'P1: a paused type, %s, takes jobs and keeps them, and runs them when it is resumed',
    async (type) => {
      const operations = [type === 'tidy-work' ? create : effect];
      const history = await tell({
        jobs: [{ operations, submitAfterMs, lookAfterMs: [60_000] }],
        faults: { switched: { type, state: 'paused', span: [0, 600_000] } },
      });
      const job = onlyJob(history);
      const look = history.judge.answers.find(({ method, status }) => method === 'GET' && status === 200);
      expect([look?.body.status, look?.body.reason]).toMatchObject(['queued', { code: 'paused', until: null }]);
      expect(job.status).toBe('succeeded');
      expect(startedAfterSeconds(job)).toBeGreaterThan(600 - 60 - slackSeconds);
      expect(startedAfterSeconds(job)).toBeLessThan(600 - 60 + graceSeconds + clockSeconds + slackSeconds);
    },
  );

  it.each([
    ['a cancel', { cancelAfterMs: 300_000 }, 5],
    ['a deadline', { deadlineSeconds: 1 }, graceSeconds + 5 * clockSeconds],
  ] as const)('P1: under a pause, what a sleeping job made is undone after %s', async (_what, job, withinSeconds) => {
    const history = await tell({
      jobs: [{ ...job, operations: [create, sleep(1_400)] }],
      faults: { switched: { type: 'tidy-work', state: 'paused', span: [30_000, 1_200_000] } },
    });
    const ended = onlyJob(history);
    const endAskedMs = ended.cancelRequestedAtMs ?? ended.deadlineMs;
    expect((ended.finishedAtMs ?? 0) - endAskedMs).toBeLessThan((withinSeconds + slackSeconds) * 1000);
  });

  it('P2: a draining type finishes what it has, and takes nothing new', async () => {
    const history = await tell({
      jobs: [{ operations: [effect, sleep(120), effect] }, { operations: [effect], submitAfterMs }],
      faults: { switched: { type: 'plain-work', state: 'draining', span: [10_000, 600_000] } },
    });
    expect(onlyJob(history).status).toBe('succeeded');
    expect(
      history.judge.answers.filter(({ path, method }) => method === 'POST' && path === '/v1/jobs').map(({ status }) => status),
    ).toEqual([202, 409]);
  });
});

describe('cancel and deadline', () => {
  it.each([
    ['before the work', { delaySeconds: 60, cancelAfterMs: 1_000, operations: [effect] }, 'cancelled'],
    ['during the work', { operations: [create, hang], cancelAfterMs: 5_000 }, 'cancelled'],
    ['after the work', { operations: [effect], cancelAfterMs: 60_000 }, 'succeeded'],
    ['while it sleeps, with something to clean up', { operations: [create, sleep(600)], cancelAfterMs: 60_000 }, 'cancelled'],
  ] as const)('F33: a cancel %s tells the truth', async (_when, job, status) => {
    expect(onlyJob(await tell({ jobs: [job] })).status).toBe(status);
  });

  it.each(Array.from({ length: 30 }, (_, i) => [i * 2]))(
    'F33: a cancel at the moment of the finish, %i ms in, has one outcome',
    async (cancelAfterMs) => {
      expect(['cancelled', 'succeeded']).toContain(onlyJob(await tell({ jobs: [{ operations: [effect], cancelAfterMs }] })).status);
    },
  );

  it('F34: a worker that ignores its cancel is cut off by the end of its lease, and what it made is undone', async () => {
    const history = await tell({ jobs: [{ operations: [create, hang], isDeaf: true, cancelAfterMs: 5_000 }] });
    const job = onlyJob(history);
    expect(job.status).toBe('cancelled');
    expect((job.finishedAtMs ?? 0) - (job.cancelRequestedAtMs ?? 0)).toBeLessThan((leaseSeconds + clockSeconds) * 1000);
  });

  it.each([
    ['queued', { operations: [effect] }, { throttled: [0, 10 * 60_000] as const }],
    ['asleep', { operations: [create, sleep(1_400)] }, {}],
    ['running', { operations: [create, hang], maxAttempts: 4 }, {}],
  ])('F35: a deadline that passes while the job is %s ends it, cleaned up', async (_where, job, faults) => {
    const ended = onlyJob(await tell({ jobs: [{ ...job, deadlineSeconds: 5 }], faults }));
    expect([ended.status, ended.error?.code]).toEqual(['failed', 'deadline_exceeded']);
    expect((ended.finishedAtMs ?? 0) - ended.deadlineMs).toBeLessThan((graceSeconds + clockSeconds) * 1000);
  });
});

describe('the clock', () => {
  it('F36: one that was off for a day starts what is overdue in its first run', async () => {
    const offSeconds = 86_400;
    const jobs = Array.from({ length: 8 }, () => ({ operations: [effect], deadlineSeconds: 2 * offSeconds }));
    const history = await tell({ jobs, faults: { clockOff: [0, offSeconds * 1000] }, inject: at('api', 'wake', 'refuse') });
    for (const job of jobsOf(history)) {
      expect(job.status).toBe('succeeded');
      expect(startedAfterSeconds(job)).toBeGreaterThan(offSeconds - slackSeconds);
      expect(startedAfterSeconds(job)).toBeLessThan(offSeconds + clockSeconds + slackSeconds);
    }
  });

  it('F37: two at once, one of which dies half-way, send one message', async () => {
    const history = await tell({
      jobs: [{ operations: [effect] }],
      faults: { hasTwoClocks: true },
      inject: (machine, what) =>
        at('api', 'wake', 'refuse')(machine, what) ?? (machine === 'clock-5' && what === 'write' ? 'die before' : undefined),
    });
    const job = onlyJob(history);
    expect(history.judge.sends.get(job.id)).toHaveLength(1);
  });

  it('F39: an index that is behind by a minute and more wakes nobody twice', async () => {
    for (const submitAfterMs of [0, 15_000, 30_000, 45_000]) {
      const history = await tell({
        jobs: Array.from({ length: 4 }, () => ({ operations: [effect], submitAfterMs })),
        faults: { indexLagMs: 90_000, hasTwoClocks: true },
        inject: at('api', 'wake', 'refuse'),
      });
      for (const { id, status } of jobsOf(history)) expect([status, history.judge.sends.get(id)?.length]).toEqual(['succeeded', 1]);
    }
  });

  it.each([1, 59, 899, 1_000, 1_900])('starts a job that is delayed by %i s within a second after', async (delaySeconds) => {
    const job = onlyJob(await tell({ jobs: [{ delaySeconds, operations: [effect] }] }));
    expect(startedAfterSeconds(job)).toBeGreaterThanOrEqual(delaySeconds);
    expect(startedAfterSeconds(job)).toBeLessThan(delaySeconds + onTimeSeconds);
  });

  it.each([5, 890, 1_300])('ends a sleep of %i s within a second after', async (seconds) => {
    const job = onlyJob(await tell({ jobs: [{ operations: [sleep(seconds)] }] }));
    const slept = startedAfterSeconds(job, 2) - startedAfterSeconds(job);
    expect(slept).toBeGreaterThanOrEqual(seconds);
    expect(slept).toBeLessThan(seconds + onTimeSeconds);
  });
});

describe('machines and deploys', () => {
  it('F40: clocks that differ by a minute start nothing twice, and nothing earlier than they differ', async () => {
    for (let chance = 0; chance < 20; chance++) {
      const jobs = [{ ...plainJob, operations: [create, effect, hang], delaySeconds: 60 }];
      const { breaches } = await new History({ chance, jobs, faults: { ...noFaults, skewMs: 29_000 } }).run();
      expect(breaches).toEqual([]);
    }
  });

  it('F41: a deploy of the same version lets a sleeping job go on', async () => {
    const history = await tell({ jobs: [{ operations: [effect, sleep(60), effect] }], faults: { deployAfterMs: 30_000 } });
    expect(onlyJob(history).status).toBe('succeeded');
  });

  it('F41: a deploy of another version fails a job that remembers something, and runs one that does not', async () => {
    const faults = { deployAfterMs: 30_000, deployRaisesVersion: true };
    const history = await tell({ jobs: [{ operations: [effect, sleep(60), effect] }, { delaySeconds: 60, operations: [effect] }], faults });
    expect(jobsOf(history).map(({ status, error }) => [status, error?.code])).toEqual([
      ['failed', 'version_mismatch'],
      ['succeeded', undefined],
    ]);
  });

  it('F42: jobs of a type that a deploy removes end as type_removed, also when the clock never ran while there was the type', async () => {
    const history = await tell({
      jobs: [{ operations: [create, sleep(600)] }, { delaySeconds: 1_200, operations: [create] }, { operations: [effect] }],
      faults: { deployAfterMs: 30_000, deployRemoves: 'tidy-work', clockOff: [0, 900_000] },
    });
    expect(jobsOf(history).map(({ status, error }) => [status, error?.code, error?.details?.['cleanUp'] !== undefined])).toEqual([
      ['failed', 'type_removed', true],
      ['failed', 'type_removed', false],
      ['succeeded', undefined, false],
    ]);
  });

  it('F42: a job of a removed type that is cancelled is not said to be cancelled while what it made is left', async () => {
    const faults = { deployAfterMs: 30_000, deployRemoves: 'tidy-work' } as const;
    const history = await tell({ jobs: [{ operations: [create, sleep(3_000)], cancelAfterMs: 60_000 }], faults });
    const job = onlyJob(history);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'type_removed', details: { cleanUp: expect.any(String) } } });
    expect(job.finishedAtMs).toBeLessThan((job.cancelRequestedAtMs ?? 0) + (graceSeconds + clockSeconds + slackSeconds) * 1000);
  });
});
