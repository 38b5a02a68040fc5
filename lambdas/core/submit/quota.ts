/** How much one owner may submit, where the deployer set a limit, so that no owner floods the others. */

import type { Quota } from '../contract/settings.ts';
import type { Job } from '../job/job.ts';
import type { JobStore, Runtime } from '../job/ports.ts';
import { isTerminal } from '../job/states.ts';

/** What an owner has used; one item each. */
export interface Usage {
  /** The minute of the epoch that `submissions` counts in. */
  readonly minute: number;
  readonly submissions: number;
  /** Ids of jobs in flight, and of some that have ended since: they are only looked at when the limit is reached. */
  readonly jobs: readonly string[];
  /** Those of the last minute, with when they were counted: their records may not be written yet, or not be seen yet. */
  readonly recent: Readonly<Record<string, number>>;
  /** When they were last looked at and found to be too many. */
  readonly fullAtMs: number;
  /** Counts the writes; 0 before the first. */
  readonly revision: number;
}

export interface QuotaStore {
  /** Strongly consistent. */
  read(owner: string): Promise<Usage>;
  /** Writes over the revision that was read. @returns whether nobody else had written meanwhile */
  write(owner: string, usage: Usage, nowMs: number): Promise<boolean>;
}

export interface QuotaDeps {
  readonly quotas: QuotaStore;
  readonly store: JobStore;
  readonly runtime: Runtime;
}

export type Admission =
  /** `remaining` and `limit` are of submissions in this minute, if those are limited. */
  | { readonly kind: 'admitted'; readonly remaining: number; readonly resetSeconds: number }
  | {
      readonly kind: 'refused';
      readonly why: 'rate' | 'in-flight' | 'busy';
      readonly retryAfterSeconds: number;
      readonly resetSeconds: number;
    };

const minuteMs = 60_000;
/** Longer than a submission is under way. */
const recentMs = 60_000;
/** Jobs that were found to be in flight are not looked at again for so long each: a flood must be cheap, and a look at few is. */
const fullForMsOfEach = 5;
/** Each try fails only when another submission of the same owner got through, so the owner's limit bounds them as well. */
const tries = 50;
/** As many as one request reads. */
const pageSize = 100;

/**
 * Counts a submission, before its job is made. Nothing is written when a job ends: which have ended is found out when the limit is reached.
 * @param jobId a repeat of a job that is counted already is never refused for jobs in flight
 */
export async function takeQuota(owner: string, jobId: string, quota: Quota, ports: QuotaDeps): Promise<Admission> {
  const { submissionsPerMinute = Number.POSITIVE_INFINITY, jobsInFlight = Number.POSITIVE_INFINITY } = quota;
  const nowMs = ports.runtime.nowMs();
  const minute = Math.floor(nowMs / minuteMs);
  const resetSeconds = Math.ceil(((minute + 1) * minuteMs - nowMs) / 1000);
  const refused = (why: 'rate' | 'in-flight' | 'busy', retryAfterSeconds: number): Admission => ({
    kind: 'refused',
    why,
    // Not earlier than the moment that the RateLimit header names.
    retryAfterSeconds: Math.max(retryAfterSeconds, why === 'rate' ? resetSeconds : 1),
    resetSeconds,
  });
  for (let i = 0; i < tries; i++) {
    const usage = await ports.quotas.read(owner);
    const submissions = usage.minute === minute ? usage.submissions : 0;
    if (submissions >= submissionsPerMinute) return refused('rate', resetSeconds);
    const isCounted = usage.jobs.includes(jobId);
    let next: Usage = { ...usage, minute, submissions: submissions + 1 };
    if (!isCounted && usage.jobs.length >= jobsInFlight) {
      const fullForMs = fullForMsOfEach * usage.jobs.length;
      if (nowMs - usage.fullAtMs < fullForMs) return refused('in-flight', Math.ceil(fullForMs / 1000));
      next = { ...next, jobs: await stillInFlight(usage, nowMs, ports.store) };
      if (next.jobs.length >= jobsInFlight) {
        await ports.quotas.write(owner, { ...usage, jobs: next.jobs, fullAtMs: nowMs }, nowMs);
        return refused('in-flight', Math.ceil(fullForMs / 1000));
      }
    }
    if (!isCounted && jobsInFlight !== Number.POSITIVE_INFINITY) {
      const kept = new Set(next.jobs);
      const recent = Object.entries(usage.recent).filter(([id, atMs]) => kept.has(id) && nowMs - atMs < recentMs);
      next = { ...next, jobs: [...next.jobs, jobId], recent: { ...Object.fromEntries(recent), [jobId]: nowMs } };
    }
    if (await ports.quotas.write(owner, next, nowMs)) {
      return { kind: 'admitted', remaining: submissionsPerMinute - next.submissions, resetSeconds };
    }
  }
  return refused('busy', 1);
}

/** Ids whose record was never written are forgotten with those that have ended, once it can no longer be on its way. */
async function stillInFlight({ jobs: ids, recent }: Usage, nowMs: number, store: JobStore): Promise<readonly string[]> {
  const found = new Map<string, Job>();
  for (let i = 0; i < ids.length; i += pageSize)
    for (const job of await store.getMany(ids.slice(i, i + pageSize), nowMs)) found.set(job.id, job);
  return ids.filter((id) => {
    const job = found.get(id);
    return job === undefined ? nowMs - (recent[id] ?? 0) < recentMs : !isTerminal(job.status);
  });
}
