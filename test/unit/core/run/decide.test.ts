import type { JobTypeContract } from '../../../../lambdas/core/contract/contract.ts';
import { QuotaExceededError } from '../../../../lambdas/core/contract/errors.ts';
import type { Job, PendingOutcome } from '../../../../lambdas/core/job/job.ts';
import {
  type CleanUpResult,
  type Decision,
  decide,
  decideAfterCleanUp,
  decideAtClaim,
  type ExecutionResult,
  outageDelayMs,
} from '../../../../lambdas/core/run/decide.ts';

const nowMs = 1_000_000;
const contract = { name: 't', version: 2, backoff: { baseMs: 1_000, capMs: 60_000 } } as JobTypeContract;
const cleaning = { ...contract, cleansUp: true } as JobTypeContract;
const job = (changes: Partial<Job> = {}) =>
  ({
    ...{ id: 'job_1', type: 't', version: 2, status: 'running', attempt: 1, attemptsStarted: 1, maxAttempts: 3, crashes: 0 },
    ...{ deadlineMs: nowMs + 3_600_000, journal: {}, checkpoint: undefined, pendingOutcome: undefined, cancelRequestedAtMs: undefined },
    ...changes,
  }) as Job;
const error = (code: string, retryable: boolean) => ({ code, message: 'm', retryable });
const cancelled: PendingOutcome = { status: 'cancelled' };
const failed = (code: string, cleanUpFailures = 0): PendingOutcome => ({ status: 'failed', error: error(code, false), cleanUpFailures });

/** A decision in few words: what it does, and the part that distinguishes it. */
function inShort(decision: Decision | undefined): string {
  switch (decision?.kind) {
    case undefined:
      return 'run';
    case 'complete': {
      const { outcome, cleanUpNote: cleanedUp, isPoison } = decision;
      const code = outcome.status === 'failed' ? ` ${outcome.error.code}` : '';
      return `${outcome.status}${code}${cleanedUp === undefined ? '' : ` (${cleanedUp})`}${isPoison ? ', poison' : ''}`;
    }
    case 'clean-up':
      return `clean up, then ${inShort({ kind: 'complete', outcome: decision.outcome })}${decision.isPoison ? ', poison' : ''}`;
    case 'suspend': {
      const { suspension, isRetry } = decision;
      return `${isRetry ? 'retry' : suspension.reason.code} in ${suspension.untilMs - nowMs} ms`;
    }
    case 'hand-over':
      return `hand over${decision.next === undefined ? '' : `, then ${decision.next.kind === 'retry' ? 'retry' : inShort({ kind: 'complete', outcome: decision.next.outcome })}`}`;
  }
}

describe('a job that was just claimed', () => {
  it.each<[string, Partial<Job>, JobTypeContract, string]>([
    ['nothing against it', {}, contract, 'run'],
    ['a cancel', { cancelRequestedAtMs: 1 }, contract, 'cancelled'],
    ['a cancel, and something to clean up', { cancelRequestedAtMs: 1 }, cleaning, 'clean up, then cancelled'],
    ['its deadline in the past', { deadlineMs: nowMs }, contract, 'failed deadline_exceeded'],
    ['its deadline in the past, and something to clean up', { deadlineMs: nowMs }, cleaning, 'clean up, then failed deadline_exceeded'],
    ['three dead workers', { crashes: 3 }, contract, 'run'],
    ['four dead workers', { crashes: 4 }, contract, 'failed worker_crashed, poison'],
    ['four dead workers, and something to clean up', { crashes: 4 }, cleaning, 'clean up, then failed worker_crashed, poison'],
    ['a pending end', { pendingOutcome: failed('broken') }, cleaning, 'clean up, then failed broken'],
    [
      'a pending end that was poison',
      { pendingOutcome: failed('worker_crashed'), crashes: 6 },
      cleaning,
      'clean up, then failed worker_crashed',
    ],
    [
      'workers that died in its clean-up, too',
      { pendingOutcome: failed('worker_crashed'), crashes: 7 },
      cleaning,
      'failed worker_crashed (cleaning up was given up: its workers died)',
    ],
    ['a journal of another version', { version: 1, checkpoint: '{}' }, contract, 'failed version_mismatch'],
    ['another version, and no journal', { version: 1 }, contract, 'run'],
  ])('with %s', (_what, changes, ofType, expected) =>
    expect(inShort(decideAtClaim({ job: job(changes), contract: ofType }, nowMs))).toBe(expected),
  );
});

describe('after the code has run', () => {
  const threw = (code: string, retryable: boolean, afterMs?: number): ExecutionResult => ({
    kind: 'threw',
    failure: { error: error(code, retryable), ...(afterMs === undefined ? {} : { afterMs }) },
  });
  const interrupted = (code: string, isStillRunning: boolean): ExecutionResult => ({
    kind: 'interrupted',
    failure: { error: error(code, code === 'invocation_timed_out') },
    isStillRunning,
  });
  const suspension = { untilMs: nowMs + 5_000, reason: { code: 'sleeping' } } as const;

  it.each<[string, ExecutionResult, Partial<Job>, JobTypeContract, string]>([
    ['that returned', { kind: 'returned', result: { kind: 'inline', json: '1' } }, {}, contract, 'succeeded'],
    ['that returned, of a type that cleans up', { kind: 'returned', result: { kind: 'inline', json: '1' } }, {}, cleaning, 'succeeded'],
    ['that sleeps', { kind: 'suspended', suspension }, {}, contract, 'sleeping in 5000 ms'],
    ['that had no time to start', { kind: 'out-of-time' }, {}, contract, 'waiting_for_worker in 0 ms'],
    ['that met an outage', { kind: 'unavailable' }, {}, contract, 'waiting_for_worker in 15000 ms'],
    ['that met its third outage', { kind: 'unavailable' }, { storeOutages: 2 }, contract, 'waiting_for_worker in 60000 ms'],
    ['beyond its quota', { kind: 'quota-exceeded', error: new QuotaExceededError('full', 7) }, {}, contract, 'quota in 7000 ms'],
    ['that failed', threw('busy', true), {}, contract, 'retry in 500 ms'],
    ['that failed a second time', threw('busy', true), { attempt: 2 }, contract, 'retry in 1000 ms'],
    ['that failed and asks for a longer wait', threw('busy', true, 90_000), {}, contract, 'retry in 90000 ms'],
    ['that failed in its last attempt', threw('busy', true), { attempt: 3 }, contract, 'failed busy'],
    ['that failed, too near to its deadline', threw('busy', true), { deadlineMs: nowMs + 500 }, contract, 'failed busy'],
    ['that failed for good', threw('broken', false), {}, contract, 'failed broken'],
    ['that failed for good, with something to clean up', threw('broken', false), {}, cleaning, 'clean up, then failed broken'],
    ['that was cancelled', interrupted('cancelled', false), {}, contract, 'cancelled'],
    ['that was cancelled, with something to clean up', interrupted('cancelled', false), {}, cleaning, 'clean up, then cancelled'],
    ['that ignores its cancel', interrupted('cancelled', true), {}, cleaning, 'hand over, then cancelled'],
    ['that timed out', interrupted('invocation_timed_out', false), {}, contract, 'retry in 500 ms'],
    ['that ignores its time-out', interrupted('invocation_timed_out', true), {}, contract, 'hand over, then retry'],
    ['that reached its deadline', interrupted('deadline_exceeded', false), {}, contract, 'failed deadline_exceeded'],
    ['whose host is going down', interrupted('host_stopping', false), {}, contract, 'waiting_for_worker in 0 ms'],
    ['that ignores that its host is going down', interrupted('host_stopping', true), {}, contract, 'hand over'],
  ])('of a job %s', (_what, result, changes, ofType, expected) =>
    expect(inShort(decide({ job: job(changes), contract: ofType }, result, { nowMs, random: 0.5 }))).toBe(expected),
  );

  it('counts outages, and spends no attempt on them', () =>
    expect(decide({ job: job({ storeOutages: 2 }), contract }, { kind: 'unavailable' }, { nowMs, random: 0 })).toEqual(
      expect.objectContaining({ kind: 'suspend', patch: { storeOutages: 3 }, entry: expect.objectContaining({ event: 'sleeping' }) }),
    ));
});

describe('after the clean-up has run', () => {
  const down: CleanUpResult = { kind: 'unavailable' };
  const threw: CleanUpResult = { kind: 'threw', failure: { error: error('refused', true) } };

  it.each<[string, PendingOutcome, CleanUpResult, string]>([
    ['that undid something', cancelled, { kind: 'cleaned-up', detail: 'terminated i-1' }, 'cancelled (terminated i-1)'],
    ['that had nothing to undo', cancelled, { kind: 'cleaned-up', detail: undefined }, 'cancelled'],
    ['of a failed job', failed('broken'), { kind: 'cleaned-up', detail: 'done' }, 'failed broken (done)'],
    ['that threw', failed('broken'), threw, 'cleaning_up in 2000 ms'],
    ['that threw a third time', failed('broken', 2), threw, 'cleaning_up in 8000 ms'],
    ['that threw a tenth time', failed('broken', 9), threw, 'failed broken (cleaning up failed 10 times: refused: m)'],
    ['that met an outage', cancelled, down, 'cleaning_up in 15000 ms'],
    ['that met its 20th outage', { ...cancelled, cleanUpOutages: 19 }, down, 'cleaning_up in 900000 ms'],
  ])('%s', (_what, outcome, result, expected) => expect(inShort(decideAfterCleanUp(outcome, result, nowMs))).toBe(expected));

  it('keeps what the clean-up said in the details of the error', () =>
    expect(decideAfterCleanUp(failed('broken'), { kind: 'cleaned-up', detail: 'done' }, nowMs)).toMatchObject({
      outcome: { error: { code: 'broken', details: { cleanUp: 'done' } } },
    }));

  it('counts failed clean-ups and outages apart', () => {
    expect(decideAfterCleanUp({ ...cancelled, cleanUpOutages: 3 }, threw, nowMs)).toMatchObject({
      patch: { pendingOutcome: { status: 'cancelled', cleanUpFailures: 1, cleanUpOutages: 3 } },
    });
    expect(decideAfterCleanUp({ ...cancelled, cleanUpFailures: 1 }, down, nowMs)).toMatchObject({
      patch: { pendingOutcome: { status: 'cancelled', cleanUpFailures: 1, cleanUpOutages: 1 } },
    });
  });
});

it.each([
  [0, 15_000],
  [1, 30_000],
  [5, 480_000],
  [6, 900_000],
  [1_000, 900_000],
])('after %d outages in a row the next try is %d ms away', (outages, delayMs) => expect(outageDelayMs(outages)).toBe(delayMs));
