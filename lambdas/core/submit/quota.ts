/** The quota: how much one owner may submit, where the deployer set a limit, so that no owner floods the others. */

import type { Quota } from '../contract/runtime-settings.ts';
import type { Job } from '../job/job.ts';
import type { JobStore, Runtime } from '../job/ports.ts';
import { conflict, retryOnConflict } from '../job/retry-on-conflict.ts';
import { isTerminal } from '../job/states.ts';

/** What an owner has used. Each owner has one item. */
export interface Usage {
  /** The minute of the epoch that `submissions` counts in. */
  readonly minute: number;
  readonly submissions: number;
  /** Ids of jobs in flight, and of some that have ended since: they are only read when the limit is reached. */
  readonly jobs: readonly string[];
  /** The jobs of the last minute, with the time when each was counted: their records may not be written or visible yet. */
  readonly recent: Readonly<Record<string, number>>;
  /** When the jobs were last read and all of them were still in flight. */
  readonly fullAtMs: number;
  /** The number of writes. */
  readonly revision: number;
}

export interface QuotaStore {
  /** Strongly consistent. */
  read(owner: string): Promise<Usage>;
  /** Replaces the revision that was read. @returns false on a conflict: it was written meanwhile */
  write(owner: string, usage: Usage, nowMs: number): Promise<boolean>;
}

export interface QuotaDeps {
  readonly quotas: QuotaStore;
  readonly store: JobStore;
  readonly runtime: Runtime;
}

export type Admission =
  /** `remaining` counts submissions of this minute; it is infinite where they are not limited. */
  | { readonly kind: 'admitted'; readonly remaining: number; readonly resetSeconds: number }
  | {
      readonly kind: 'refused';
      readonly why: 'rate' | 'in-flight' | 'busy';
      readonly retryAfterSeconds: number;
      readonly resetSeconds: number;
    };

const minuteMs = 60_000;
/** Longer than a submission takes. */
const recentMs = 60_000;
/** Jobs found to be in flight are not read again for this long each: a flood must be cheap, and reading a few jobs is. */
const fullForMsPerJob = 5;
/** An attempt fails only when another submission of the same owner succeeds, so the owner's limit bounds the attempts as well. */
const maxAttempts = 50;
/** The jobs that one request reads. */
const pageSize = 100;

export interface QuotaRequest {
  readonly owner: string;
  /** A repeat of a job that is already counted is never refused for jobs in flight. */
  readonly jobId: string;
  readonly quota: Quota;
}

/** Counts a submission before its job is created. Nothing is written when a job ends: ended jobs are found when the limit is reached. */
export async function takeQuota(request: QuotaRequest, deps: QuotaDeps): Promise<Admission> {
  const nowMs = deps.runtime.nowMs();
  const admission = await retryOnConflict(maxAttempts, () => tryToTake(request, nowMs, deps));
  return admission === conflict ? refused('busy', 1, nowMs) : admission;
}

async function tryToTake({ owner, jobId, quota }: QuotaRequest, nowMs: number, deps: QuotaDeps): Promise<Admission | typeof conflict> {
  const { submissionsPerMinute = Number.POSITIVE_INFINITY, jobsInFlight = Number.POSITIVE_INFINITY } = quota;
  const usage = await deps.quotas.read(owner);
  const minute = Math.floor(nowMs / minuteMs);
  const submissions = usage.minute === minute ? usage.submissions : 0;
  if (submissions >= submissionsPerMinute) return refused('rate', secondsToNextMinute(nowMs), nowMs);
  const isCounted = usage.jobs.includes(jobId);
  let jobs = usage.jobs;
  if (!isCounted && jobs.length >= jobsInFlight) {
    const fullForMs = fullForMsPerJob * jobs.length;
    const full = refused('in-flight', Math.ceil(fullForMs / 1000), nowMs);
    if (nowMs - usage.fullAtMs < fullForMs) return full;
    jobs = await stillInFlight(usage, nowMs, deps.store);
    if (jobs.length >= jobsInFlight) {
      await deps.quotas.write(owner, { ...usage, jobs, fullAtMs: nowMs }, nowMs);
      return full;
    }
  }
  const counted = { ...usage, minute, submissions: submissions + 1, jobs };
  const next = isCounted || jobsInFlight === Number.POSITIVE_INFINITY ? counted : withJob(counted, jobId, nowMs);
  if (!(await deps.quotas.write(owner, next, nowMs))) return conflict;
  return { kind: 'admitted', remaining: submissionsPerMinute - next.submissions, resetSeconds: secondsToNextMinute(nowMs) };
}

function refused(why: 'rate' | 'in-flight' | 'busy', retryAfterSeconds: number, nowMs: number): Admission {
  return { kind: 'refused', why, retryAfterSeconds, resetSeconds: secondsToNextMinute(nowMs) };
}

function secondsToNextMinute(nowMs: number): number {
  return Math.ceil((minuteMs - (nowMs % minuteMs)) / 1000);
}

function withJob(usage: Usage, jobId: string, nowMs: number): Usage {
  const counted = new Set(usage.jobs);
  const recent = Object.entries(usage.recent).filter(([id, atMs]) => counted.has(id) && nowMs - atMs < recentMs);
  return { ...usage, jobs: [...usage.jobs, jobId], recent: { ...Object.fromEntries(recent), [jobId]: nowMs } };
}

/** Drops the ids of jobs that have ended, and of jobs whose record was never written, once it can no longer be on its way. */
async function stillInFlight({ jobs: ids, recent }: Usage, nowMs: number, store: JobStore): Promise<readonly string[]> {
  const found = new Map<string, Job>();
  for (let i = 0; i < ids.length; i += pageSize)
    for (const job of await store.getMany(ids.slice(i, i + pageSize), nowMs)) found.set(job.id, job);
  return ids.filter((id) => {
    const job = found.get(id);
    return job === undefined ? nowMs - (recent[id] ?? 0) < recentMs : !isTerminal(job.status);
  });
}
