import { deriveJobId } from '../../../../lambdas/core/job/ids.ts';
import { maxMadeUpFor } from '../../../../lambdas/core/schedule/catch-up.ts';
import { maxSchedules } from '../../../../lambdas/core/schedule/save-schedule.ts';
import { firingJobId, scheduleId } from '../../../../lambdas/core/schedule/schedule-record.ts';
import { dyingAt, greetings, hourMs, minuteMs, ScheduleBench } from '../../../support/schedule-bench.ts';

const hourly = { rule: { kind: 'cron', cron: '0 * * * *', timeZone: 'UTC' } } as const;
const everyMinute = { rule: { kind: 'cron', cron: '* * * * *', timeZone: 'UTC' } } as const;

let bench: ScheduleBench;
beforeEach(() => {
  bench = new ScheduleBench();
});

it('fires an ordinary job for each time, which carries the time that it stands for and the name of the schedule', async () => {
  await bench.put({ job: { type: 'greet', tags: { team: 'data' }, maxAttempts: 7, deadlineSeconds: 900 } });
  await bench.pass(10 * minuteMs);
  expect(bench.fired()).toEqual(['12:05', '12:10']);
  const [first] = bench.allJobs();
  expect(first).toMatchObject({
    owner: 'ann',
    type: 'greet',
    status: 'queued',
    tags: { team: 'data' },
    maxAttempts: 7,
    input: { kind: 'inline', json: '{"text":"hello"}' },
    firedBy: { schedule: 'nightly', atMs: Date.UTC(2026, 10, 26, 12, 5) },
    createdAtMs: Date.UTC(2026, 10, 26, 12, 5, 30),
    deadlineMs: Date.UTC(2026, 10, 26, 12, 20, 30),
  });
  expect(new Set(bench.woken)).toEqual(new Set(bench.allJobs().map(({ id }) => id)));
  expect(bench.get().lastFiring).toEqual({ kind: 'fired', atMs: Date.UTC(2026, 10, 26, 12, 10), jobId: bench.allJobs()[1]?.id });
});

it('derives the id of the job from owner, schedule, creation and time, so that no key and no other schedule gives it', () => {
  const one = { owner: 'ann', name: 'a', creation: 't1' };
  const ids = [
    firingJobId(one, 5),
    firingJobId(one, 6),
    firingJobId({ ...one, owner: 'bob' }, 5),
    firingJobId({ ...one, name: 'b' }, 5),
    firingJobId({ ...one, creation: 't2' }, 5),
    deriveJobId('ann', { kind: 'key', key: 'a' }),
    deriveJobId('ann', { kind: 'key', key: JSON.stringify(['schedule', 'ann', 'a', 't1', 5]) }),
    deriveJobId('schedule', { kind: 'key', key: 'ann' }),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(firingJobId(one, 5)).toBe(firingJobId({ ...one }, 5));
  // Owners and names with separators give keys of their own, too.
  expect(scheduleId('a#b', 'c')).not.toBe(scheduleId('a', 'b'));
  expect(scheduleId('a:::::b \0*', 'c')).not.toBe(scheduleId('a:::::b \0', 'c'));
});

describe('after an outage', () => {
  it.each([
    [5, 'none', []],
    [5, 'last', ['17:00']],
    [5, 'all', ['13:00', '14:00', '15:00', '16:00', '17:00']],
    [25, 'none', []],
    [25, 'last', ['13:00']],
    [25, 'all', Array.from({ length: 25 }, (_, i) => `${String((13 + i) % 24).padStart(2, '0')}:00`)],
  ] as const)('of %d hours, catchUp %s makes up for what it says', async (hours, catchUp, expected) => {
    await bench.put({ ...hourly, catchUp });
    bench.nowMs += hours * hourMs + 10 * minuteMs; // 10 minutes and a half after the hour
    await bench.clock();
    expect([...bench.fired()].sort()).toEqual([...expected].sort());
    await bench.clock();
    expect(bench.fired()).toHaveLength(expected.length);
    expect(bench.get().nextAtMs).toBe(Math.ceil(bench.nowMs / hourMs) * hourMs);
    if (catchUp === 'none') expect(bench.get().lastFiring).toMatchObject({ kind: 'skipped', code: 'missed' });
  });

  it('of five minutes, everything fires under each rule, since nothing is missed', async () => {
    for (const catchUp of ['none', 'last', 'all'] as const) {
      bench = new ScheduleBench();
      await bench.put({ ...everyMinute, catchUp });
      bench.nowMs += 5 * minuteMs;
      await bench.clock();
      expect([catchUp, bench.fired()]).toEqual([catchUp, ['12:01', '12:02', '12:03', '12:04', '12:05']]);
    }
  });

  it('last is a time that is not missed, where one is due', async () => {
    await bench.put(everyMinute);
    bench.nowMs += hourMs;
    await bench.clock();
    expect(bench.fired()).toEqual(['12:56', '12:57', '12:58', '12:59', '13:00']);
    expect(bench.logs.filter((line) => line.includes('"code":"missed"'))).toHaveLength(1);
    expect(bench.logs.join('\n')).toContain('from 2026-11-26T12:01:00.000Z to 2026-11-26T12:55:00.000Z');
  });

  it('all makes up for a bounded number, the last ones, however long the outage was, and searches no longer than that', async () => {
    await bench.put({ ...everyMinute, catchUp: 'all' });
    bench.nowMs += 400 * 24 * hourMs;
    const startedMs = performance.now();
    await bench.clock();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(bench.fired()).toHaveLength(maxMadeUpFor + 5);
    expect(bench.get().nextAtMs).toBe(Math.ceil(bench.nowMs / minuteMs) * minuteMs);
  });

  it('of years, a rare time is found as well', async () => {
    await bench.put({ rule: { kind: 'cron', cron: '0 0 29 2 *', timeZone: 'UTC' } });
    bench.nowMs = Date.UTC(2030, 5, 1);
    await bench.clock();
    expect(bench.allJobs().map(({ firedBy }) => firedBy?.atMs)).toEqual([Date.UTC(2028, 1, 29)]);
  });

  it('that began before the schedule was made, nothing is made up for before its creation', async () => {
    bench.nowMs = Date.UTC(2026, 10, 26, 12, 59, 59);
    await bench.put({ ...hourly, catchUp: 'all' });
    bench.nowMs += 2_000;
    await bench.clock();
    expect(bench.fired()).toEqual(['13:00']);
  });
});

describe('the clock', () => {
  it('that is set back fires no time twice', async () => {
    await bench.put();
    await bench.pass(6 * minuteMs);
    for (const back of [2 * minuteMs, hourMs, 25 * hourMs]) {
      bench.nowMs -= back;
      await bench.clock();
      bench.nowMs += back;
    }
    await bench.clock();
    expect(bench.fired()).toEqual(['12:05']);
  });

  it('that runs ahead makes no job that may start before its time, and no time fires again for the right clock', async () => {
    await bench.put({ catchUp: 'all' });
    await bench.clock(undefined, 10 * minuteMs); // it reads 12:10:30
    expect(bench.fired()).toEqual(['12:05', '12:10']);
    for (const { firedBy, notBeforeMs } of bench.allJobs()) expect(notBeforeMs).toBeGreaterThanOrEqual(firedBy?.atMs ?? Infinity);
    await bench.pass(15 * minuteMs);
    expect(bench.fired()).toEqual(['12:05', '12:10', '12:15']);
  });

  it('twice at once makes one run of each time', async () => {
    await bench.put({ ...everyMinute, catchUp: 'all' });
    for (let i = 0; i < 20; i++) {
      bench.nowMs += minuteMs;
      await Promise.all([bench.clock(), bench.clock(), bench.clock()]);
    }
    expect(bench.fired()).toHaveLength(20);
    expect(bench.allJobs()).toHaveLength(20);
    expect(bench.logs.filter((line) => line.includes('"Accepted":1'))).toHaveLength(20);
  });

  it.each(['before', 'after'] as const)('that dies %s any of its requests leaves nothing undone and does nothing twice', async (when) => {
    for (let nth = 1; ; nth++) {
      bench = new ScheduleBench();
      await bench.put({ overlap: 'cancel-running' });
      await bench.pass(5 * minuteMs);
      bench.nowMs += 5 * minuteMs;
      const dying = dyingAt(nth, when);
      await bench.clock(dying.carry).catch(() => undefined);
      if (dying.count() < nth) break;
      bench.nowMs += minuteMs;
      await bench.clock();
      expect([nth, bench.fired()]).toEqual([nth, ['12:05', '12:10']]);
      expect(bench.get()).toMatchObject({ decision: undefined, nextAtMs: Date.UTC(2026, 10, 26, 12, 15) });
      expect(bench.get().lastFiring).toMatchObject({ kind: 'fired', atMs: Date.UTC(2026, 10, 26, 12, 10) });
      expect(bench.allJobs().find(({ firedBy }) => firedBy?.atMs === Date.UTC(2026, 10, 26, 12, 5))?.status).toBe('cancelled');
    }
  });

  it('fires nothing while the states of the types cannot be read, and makes up for it in the next run', async () => {
    await bench.put();
    bench.nowMs += 5 * minuteMs;
    await bench.clock(async (operation, act) => {
      if (operation === 'read control') throw new Error('no answer');
      return act();
    });
    expect(bench.fired()).toEqual([]);
    await bench.clock();
    expect(bench.fired()).toEqual(['12:05']);
  });
});

describe('while the job of the last firing goes on', () => {
  it('skip leaves the firing out and says so; when the job has ended, also as failed, the next one fires', async () => {
    await bench.put({ overlap: 'skip' });
    await bench.pass(10 * minuteMs);
    expect(bench.fired()).toEqual(['12:05']);
    const [job] = bench.allJobs();
    expect(bench.get().lastFiring).toEqual({
      kind: 'skipped',
      atMs: Date.UTC(2026, 10, 26, 12, 10),
      code: 'previous_running',
      detail: `${job?.id}, the job of the firing before, had not ended`,
    });
    await bench.endAll('failed');
    await bench.pass(5 * minuteMs);
    expect(bench.fired()).toEqual(['12:05', '12:15']);
  });

  it('allow fires', async () => {
    await bench.put({ overlap: 'allow' });
    await bench.pass(10 * minuteMs);
    expect(bench.allJobs().map(({ status }) => status)).toEqual(['queued', 'queued']);
  });

  it('cancel-running cancels it and fires', async () => {
    await bench.put({ overlap: 'cancel-running' });
    await bench.pass(15 * minuteMs);
    expect(bench.allJobs().map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'queued']);
  });

  it('what is made up for follows the rule, too: skip fires the first and leaves the others out', async () => {
    await bench.put({ ...hourly, catchUp: 'all', overlap: 'skip' });
    bench.nowMs += 5 * hourMs + 10 * minuteMs;
    await bench.clock();
    expect(bench.fired()).toEqual(['13:00']);
    expect(bench.get().lastFiring).toMatchObject({ code: 'previous_running' });
  });
});

describe('a firing that is refused is recorded with its reason, and the schedule goes on', () => {
  const later = async () => {
    await bench.pass(5 * minuteMs);
    expect(bench.fired()).toEqual(['12:10']);
  };

  it('over the quota of its owner, which each firing counts against', async () => {
    bench.quota = { submissionsPerMinute: 1 };
    await bench.put();
    await bench.put({}, 'second');
    await bench.pass(5 * minuteMs);
    expect(bench.fired()).toEqual(['12:05']);
    const firings = [bench.get().lastFiring, bench.get('second').lastFiring];
    expect(firings.map((one) => (one?.kind === 'skipped' ? one.code : one?.kind)).sort()).toEqual(['fired', 'over_quota']);
    bench.quota = { jobsInFlight: 2 };
    await bench.pass(5 * minuteMs);
    await bench.pass(5 * minuteMs);
    expect(bench.allJobs()).toHaveLength(3);
  });

  it('while the type is draining', async () => {
    await bench.put();
    const control = bench.ports().control;
    await bench.clock();
    const { cursors: _cursors, ...read } = await control.read();
    await control.write({ ...read, types: { ...read.types, greet: 'draining' } });
    await bench.pass(5 * minuteMs);
    expect(bench.get().lastFiring).toMatchObject({ kind: 'skipped', code: 'job_type_draining' });
    await control.write({ ...read, revision: read.revision + 1 });
    await later();
  });

  it('with an input that a new contract no longer takes', async () => {
    await bench.put();
    bench.catalogue = [{ ...greetings, check: () => [{ pointer: '/text', detail: 'is too friendly' }] }];
    await bench.pass(5 * minuteMs);
    const detail = 'The input is not one that greet takes: /text: is too friendly';
    expect(bench.get().lastFiring).toMatchObject({ kind: 'skipped', code: 'invalid_input', detail });
    bench.catalogue = [greetings];
    await later();
  });

  it('of a type that was removed', async () => {
    await bench.put();
    bench.catalogue = [{ ...greetings, name: 'other' }];
    await bench.pass(5 * minuteMs);
    expect(bench.get().lastFiring).toMatchObject({ kind: 'skipped', code: 'job_type_removed' });
    bench.catalogue = [greetings];
    await later();
  });

  it('with a stored input that was lost', async () => {
    await bench.put({ input: { text: 'x'.repeat(5_000) } });
    const [object = ''] = bench.bucket.objects.keys();
    const kept = bench.bucket.get(object);
    bench.bucket.objects.clear();
    await bench.pass(5 * minuteMs);
    expect(bench.get().lastFiring).toMatchObject({ kind: 'skipped', code: 'input_lost' });
    if (kept !== undefined) bench.bucket.put(object, kept);
    await later();
  });
});

describe('a schedule', () => {
  it('that is set again as it is, is not written; set by many at the same moment, it is one with one next time', async () => {
    const results = await Promise.all(Array.from({ length: 30 }, () => bench.put()));
    expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'unchanged')).toHaveLength(29);
    const before = bench.get();
    bench.nowMs += minuteMs;
    expect(await bench.put()).toEqual({ kind: 'unchanged', schedule: before });
    await bench.pass(5 * minuteMs);
    expect(bench.fired()).toEqual(['12:05']);
  });

  it('whose job is changed keeps a firing that is due; whose times are changed begins with the first time after now', async () => {
    await bench.put();
    bench.nowMs += 6 * minuteMs; // 12:05 is due and has not fired
    await bench.put({ input: { text: 'changed' } });
    await bench.clock();
    expect(bench.allJobs().map(({ input }) => input)).toEqual([{ kind: 'inline', json: '{"text":"changed"}' }]);
    bench.nowMs += 5 * minuteMs; // 12:10 is due
    await bench.put({ input: { text: 'changed' }, rule: { kind: 'cron', cron: '*/6 * * * *', timeZone: 'UTC' } });
    await bench.pass(7 * minuteMs);
    expect(bench.fired()).toEqual(['12:05', '12:12', '12:18']);
  });

  it('that is paused does not fire; resumed, it makes up for nothing and keeps its rhythm', async () => {
    const every = { rule: { kind: 'every', every: { minutes: 7 } } } as const;
    await bench.put(every);
    const [first] = [bench.get().nextAtMs ?? 0];
    expect(first).toBe(bench.nowMs + 7 * minuteMs);
    await bench.put({ ...every, paused: true });
    expect(bench.get().nextAtMs).toBeUndefined();
    await bench.pass(30 * minuteMs);
    expect(bench.fired()).toEqual([]);
    await bench.put(every);
    expect(((bench.get().nextAtMs ?? 0) - first) / (7 * minuteMs)).toBe(4);
    await bench.pass(7 * minuteMs);
    expect(bench.allJobs()).toHaveLength(1);
  });

  it('that is deleted fires no more; made again it is another one, with jobs of its own', async () => {
    await bench.put();
    await bench.pass(5 * minuteMs);
    expect(await bench.delete()).toBe(true);
    expect(await bench.delete()).toBe(false);
    bench.nowMs = Date.UTC(2026, 10, 26, 12, 4); // the machine of the API is slow
    await bench.put();
    await bench.pass(2 * minuteMs);
    expect(bench.fired()).toEqual(['12:05', '12:05']);
  });

  it('begins with startAt, aligns to one in the past without firing for what was missed, and ends with endAt on its own', async () => {
    const startAtMs = Date.UTC(2026, 10, 20, 3, 33);
    await bench.put({ rule: { kind: 'every', every: { hours: 1 } }, startAtMs, endAtMs: Date.UTC(2026, 10, 26, 14, 33), catchUp: 'all' });
    await bench.pass(5 * hourMs);
    expect(bench.fired()).toEqual(['12:33', '13:33', '14:33']);
    expect(bench.get().nextAtMs).toBeUndefined();
    await bench.put({ startAtMs: Date.UTC(2026, 10, 26, 18, 0) }, 'later');
    expect(bench.get('later').nextAtMs).toBe(Date.UTC(2026, 10, 26, 18, 0));
    expect(await bench.put({ endAtMs: bench.nowMs + 1 }, 'never')).toEqual({ kind: 'never-fires' });
    expect(await bench.put({ ...hourly, startAtMs: bench.nowMs, endAtMs: bench.nowMs + minuteMs }, 'never')).toEqual({
      kind: 'never-fires',
    });
  });

  it('has a jitter that is the same in every evaluation, bounded, and always before the next time', async () => {
    await bench.put({ ...everyMinute, jitterSeconds: 3_600, catchUp: 'all' });
    await bench.pass(hourMs);
    const lateMs = bench.allJobs().map(({ firedBy, createdAtMs }) => createdAtMs - (firedBy?.atMs ?? 0));
    expect(lateMs.length).toBeGreaterThanOrEqual(58);
    expect(Math.max(...lateMs)).toBeLessThan(2 * minuteMs);
    expect(new Set(bench.fired()).size).toBe(bench.fired().length);
    const again = new ScheduleBench();
    await again.put({ ...everyMinute, jitterSeconds: 3_600, catchUp: 'all' });
    await again.pass(hourMs);
    expect(again.allJobs().map(({ createdAtMs }) => createdAtMs)).toEqual(bench.allJobs().map(({ createdAtMs }) => createdAtMs));
  });

  it('keeps a large input in the bucket, gives each job a copy, and stores it again each year, before it expires', async () => {
    await bench.put({ rule: { kind: 'cron', cron: '5 12 26 11 *', timeZone: 'UTC' }, input: { text: 'a'.repeat(5_000) } });
    await bench.put(
      { rule: { kind: 'cron', cron: '5 12 26 11 *', timeZone: 'UTC' }, input: { text: 'a'.repeat(5_000) }, paused: true },
      'paused',
    );
    const [key = '', ofPaused = ''] = [bench.get(), bench.get('paused')].map(({ input }) => (input.kind === 'stored' ? input.key : ''));
    await bench.pass(5 * minuteMs);
    const [job] = bench.allJobs();
    expect(job?.input).toMatchObject({ kind: 'stored', key: expect.stringContaining(`payloads/${job?.id}/input-`) });
    const puts: string[] = [];
    for (let years = 0; years < 4; years++) {
      bench.nowMs += 366 * 24 * hourMs;
      const put = bench.bucket.put.bind(bench.bucket);
      bench.bucket.put = (name, object) => {
        puts.push(name);
        put(name, object);
      };
      await bench.clock();
      bench.bucket.put = put;
    }
    for (const one of [key, ofPaused]) expect(puts.filter((name) => name === one)).toHaveLength(4);
    expect(bench.get('paused').nextAtMs).toBeUndefined();
    expect(bench.fired().length).toBeGreaterThan(1);
  });

  it('that was deleted and made again is not written by a clock that read the first one', async () => {
    await bench.put();
    const { schedules } = bench.ports();
    const first = bench.get();
    await bench.delete();
    await bench.put();
    expect(bench.get().revision).toBe(first.revision);
    expect(await schedules.write({ ...first, paused: true }, undefined)).toBeUndefined();
    expect(await schedules.remove(first, bench.nowMs)).toBe(false);
    expect(bench.get().paused).toBe(false);
  });

  it('is one of a bounded number for each owner', async () => {
    const { schedules } = bench.ports();
    await bench.put();
    const { revision, ...one } = bench.get();
    for (let i = 1; i < maxSchedules; i++) await schedules.write({ ...one, name: `s${i}`, revision: 0 }, undefined);
    expect(await bench.put({}, 'one-more')).toEqual({ kind: 'too-many' });
    expect((await bench.put({ jitterSeconds: 5 })).kind).toBe('replaced');
    expect((await bench.put({}, 'one-more', 'bob')).kind).toBe('created');
  });
});

describe('a change while a firing is decided', () => {
  /** Runs a clock that does something else between its decision and the job. */
  const during = (act: () => Promise<unknown>) => {
    let isDone = false;
    return bench.clock(async (operation, run) => {
      if (operation === 'create' && !isDone) {
        isDone = true;
        await act();
      }
      return run();
    });
  };

  it('of its job does not keep the firing, which happens once', async () => {
    await bench.put();
    bench.nowMs += 5 * minuteMs;
    await during(() => bench.put({ input: { text: 'changed' } }));
    bench.nowMs += minuteMs;
    await bench.clock();
    expect(bench.allJobs().map(({ input }) => input)).toEqual([{ kind: 'inline', json: '{"text":"hello"}' }]);
    expect(bench.get()).toMatchObject({ decision: undefined, lastFiring: { kind: 'fired' }, nextAtMs: Date.UTC(2026, 10, 26, 12, 10) });
  });

  it('of its times: the firing happens once, and the next is by the new rule', async () => {
    await bench.put();
    bench.nowMs += 5 * minuteMs;
    await during(() => bench.put({ rule: { kind: 'cron', cron: '7 * * * *', timeZone: 'UTC' } }));
    await bench.pass(5 * minuteMs);
    expect(bench.fired()).toEqual(['12:05', '12:07']);
  });

  it('a pause: the firing happens once, and no other', async () => {
    await bench.put();
    bench.nowMs += 5 * minuteMs;
    await during(() => bench.put({ paused: true }));
    await bench.pass(10 * minuteMs);
    expect(bench.fired()).toEqual(['12:05']);
    expect(bench.get()).toMatchObject({ decision: undefined, nextAtMs: undefined, lastFiring: { kind: 'fired' } });
  });

  it('its deletion: the firing happens, and the schedule stays deleted', async () => {
    await bench.put();
    bench.nowMs += 5 * minuteMs;
    await during(() => bench.delete());
    await bench.pass(10 * minuteMs);
    expect(bench.fired()).toEqual(['12:05']);
    expect(bench.schedules.rows.size).toBe(0);
  });

  it('its deletion and making it again leave one schedule, which fires for later times only', async () => {
    await bench.put();
    bench.nowMs += 5 * minuteMs;
    await during(async () => {
      await bench.delete();
      await bench.put();
    });
    await bench.pass(5 * minuteMs);
    expect(bench.fired()).toEqual(['12:05', '12:10']);
  });
});
