import type { Job } from '../../../../lambdas/core/job/job.ts';
import type { JobStore, Runtime } from '../../../../lambdas/core/job/ports.ts';
import { claimJob } from '../../../../lambdas/core/run/claim.ts';

const runtime = { nowMs: () => 1_000, newToken: () => 'mine' } as Runtime;
/** What the store answers when the claim was done at a first try whose answer was lost, and the record changed before the second. */
const refusedBy = (job: Partial<Job>) => ({ claim: async () => ({ kind: 'refused', job }) }) as unknown as JobStore;

it('knows its own claim in a record that was changed since', async () => {
  const job = { type: 't', status: 'running', leaseToken: 'mine', leaseEndsAtMs: 2_000, cancelRequestedAtMs: 900 } as Job;
  expect(await claimJob('job_1', 't', 1, { store: refusedBy(job), runtime, leaseMs: 1_000, becomeAlone: async () => true })).toEqual({
    kind: 'claimed',
    job,
    leaseToken: 'mine',
  });
});

it('takes nobody else’s claim for its own', async () => {
  const job = { type: 't', status: 'running', leaseToken: 'theirs', leaseEndsAtMs: 2_000 } as Job;
  expect(await claimJob('job_1', 't', 1, { store: refusedBy(job), runtime, leaseMs: 1_000, becomeAlone: async () => true })).toEqual({
    kind: 'look-again',
    afterSeconds: 2,
  });
});
