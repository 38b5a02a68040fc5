import type { Job } from '../../../../lambdas/core/job/job.ts';
import type { JobStore, Runtime } from '../../../../lambdas/core/job/ports.ts';
import { type ClaimDeps, claimJob } from '../../../../lambdas/core/run/claim.ts';

const runtime = { nowMs: () => 1_000, monotonicMs: () => 7, newToken: () => 'mine' } as Runtime;
/** What the store answers when a first request claimed the job, its response was lost, and the record changed before the second request. */
const refusedBy = (job: Partial<Job>) => ({ claim: async () => ({ kind: 'refused', job }) }) as unknown as JobStore;
const depsWith = (job: Partial<Job>): ClaimDeps => ({
  ...({ runtime, metrics: { put: () => undefined }, ends: { isFor: () => false, announce: async () => undefined } } as const),
  ...{ store: refusedBy(job), leaseMs: 1_000, graceMs: 1_000, retentionMs: 1_000 },
  // Of jobs with keys alone.
  ...{ gates: undefined as never, queues: undefined as never },
});
const message = { id: 'job_1', contract: { name: 't' }, receiveCount: 1, waitUntilAlone: async () => true };

it('a claim recognises its own token in a record that has changed since', async () => {
  const job = { type: 't', status: 'running', leaseToken: 'mine', leaseEndsAtMs: 2_000, cancelRequestedAtMs: 900 } as Job;
  expect(await claimJob(message, depsWith(job))).toEqual({
    kind: 'claimed',
    job,
    leaseToken: 'mine',
    claimedAt: { wallMs: 1_000, monotonicMs: 7 },
    origin: 'first',
  });
});

it('a claim after a suspension is not the first, even in the millisecond of the first', async () => {
  const job = { type: 't', status: 'running', leaseToken: 'mine', startedAtMs: 1_000, wasSuspended: true } as Job;
  expect(await claimJob(message, depsWith(job))).toMatchObject({ kind: 'claimed', origin: 'resumed' });
});

it('a claim does not take another worker’s token for its own', async () => {
  const job = { type: 't', status: 'running', leaseToken: 'theirs', leaseEndsAtMs: 2_000 } as Job;
  expect(await claimJob(message, depsWith(job))).toEqual({
    kind: 'retry-later',
    afterSeconds: 2,
  });
});

it('a takeover that another write overtook looks at the record again at once, since that write may have been the clock’s', async () => {
  const job = { type: 't', status: 'running', leaseToken: 'theirs', leaseEndsAtMs: 500, timeline: [] } as unknown as Job;
  const deps = depsWith(job);
  const store = { ...deps.store, write: async () => undefined } as unknown as JobStore;
  expect(await claimJob(message, { ...deps, store })).toEqual({ kind: 'retry-later', afterSeconds: 1 });
});
