/** Keys of a simulation: jobs that come close together, with few keys among them. */
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import type { JobPlan } from './plan.ts';
import type { Random } from './random.ts';

/** @returns the contracts with keys; those of one type have priorities as well, so that its jobs without a key share one */
export function withKeys(catalogue: readonly JobTypeContract[], limit: number | undefined): readonly JobTypeContract[] {
  if (limit === undefined) return catalogue;
  return catalogue.map((contract) => ({ ...contract, keys: { limit }, ...(contract.name === 'tidy-work' ? { priorities: true } : {}) }));
}

const priorities = ['low', 'normal', 'high'] as const;

/** @returns the jobs with keys and priorities, and others like them, which come at about the same time */
export function drawKeys(jobs: readonly JobPlan[], random: Random): readonly JobPlan[] {
  // Of jobs that end their process there are enough: each that is taken over runs alone.
  const more = Array.from({ length: Math.max(0, random.int(4, 9) - jobs.length) }, (_, i): JobPlan => {
    const { after: _after, ...job } = jobs[i % jobs.length] as JobPlan;
    return { ...job, operations: job.operations.filter(({ does }) => does !== 'die') };
  });
  return [...jobs, ...more].map((job) => ({
    ...job,
    key: null,
    callers: 1,
    submitAfterMs: jobs.some(({ after }) => after !== undefined) ? job.submitAfterMs : random.int(0, 20_000),
    concurrencyKey: random.chance(0.8) ? (random.chance(0.7) ? 'a' : 'b') : null,
    priority: random.chance(0.5) ? null : (priorities[random.int(0, 2)] ?? null),
  }));
}
