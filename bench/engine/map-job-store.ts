/** The jobs table as a map: the engine's own time is measured over it, without any input or output. Records are never changed in place. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { JobStore } from '../../lambdas/core/job/ports.ts';
import { claimableStatuses } from '../../lambdas/core/job/states.ts';

const claimable: ReadonlySet<string> = new Set(claimableStatuses);

const notMeasured = (): never => {
  throw new Error('The bench measures submissions and runs alone.');
};

/** The writes and the claim have the conditions of the real table. */
export function mapJobStore(jobs: Map<string, Job> = new Map()): JobStore {
  return {
    async create(job) {
      const known = jobs.get(job.id);
      if (known !== undefined) return { kind: 'exists', job: known };
      jobs.set(job.id, job);
      return { kind: 'created' };
    },
    get: async (id) => jobs.get(id),
    async claim(id, { type, leaseToken, nowMs, leaseEndsAtMs }) {
      const before = jobs.get(id);
      if (before === undefined) return { kind: 'missing' };
      const isRefused = before.type !== type || !claimable.has(before.status) || before.notBeforeMs > nowMs || before.held !== undefined;
      if (isRefused) return { kind: 'refused', job: before };
      const job: Job = {
        ...before,
        ...{ status: 'running', leaseToken, leaseEndsAtMs, reason: undefined, revision: before.revision + 1 },
        timeline: [...before.timeline, { atMs: nowMs, event: 'started' }],
        attemptsStarted: before.attempt,
        startedAtMs: before.startedAtMs ?? nowMs,
      };
      jobs.set(id, job);
      return { kind: 'claimed', job };
    },
    async write({ id }, guard, patch) {
      const before = jobs.get(id);
      if (before === undefined) return undefined;
      if (guard.kind === 'revision' ? before.revision !== guard.revision : before.leaseToken !== guard.leaseToken) return undefined;
      const job = { ...before, ...patch, revision: before.revision + 1 } as Job;
      jobs.set(id, job);
      return job;
    },
    getMany: notMeasured,
    completeShard: notMeasured,
    due: notMeasured,
    pastDeadline: notMeasured,
    unfinished: notMeasured,
    list: notMeasured,
  };
}
