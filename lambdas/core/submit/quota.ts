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

export interface Refusal {
  readonly kind: 'refused';
  readonly why: 'rate' | 'in-flight' | 'busy';
  readonly retryAfterSeconds: number;
  readonly resetSeconds: number;
}

export type Admission =
  /** `remaining` counts submissions of this minute; it is infinite where they are not limited. */
  { readonly kind: 'admitted'; readonly remaining: number; readonly resetSeconds: number } | Refusal;

export interface BatchAdmission {
  /** The ids that were admitted. */
  readonly admitted: ReadonlySet<string>;
  /** Why the others were not; undefined where all were admitted. */
  readonly refusal: Refusal | undefined;
  /** What is left of this minute. */
  readonly remaining: number;
  readonly resetSeconds: number;
}

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
export async function takeQuota({ jobId, ...request }: QuotaRequest, deps: QuotaDeps): Promise<Admission> {
  const { refusal, remaining, resetSeconds } = await takeQuotas({ ...request, jobIds: [jobId] }, deps);
  return refusal ?? { kind: 'admitted', remaining, resetSeconds };
}

export interface BatchQuotaRequest extends Omit<QuotaRequest, 'jobId'> {
  /** The ids of the jobs, in the order in which they are admitted, each once. */
  readonly jobIds: readonly string[];
}

/** Counts several submissions at once, as many as there is room for. */
export async function takeQuotas(request: BatchQuotaRequest, deps: QuotaDeps): Promise<BatchAdmission> {
  const nowMs = deps.runtime.nowMs();
  const admission = await retryOnConflict(maxAttempts, () => tryToTake(request, nowMs, deps));
  if (admission !== conflict) return admission;
  const refusal = refused('busy', 1, nowMs);
  return { admitted: new Set(), refusal, remaining: 0, resetSeconds: refusal.resetSeconds };
}

/** Says what `takeQuota` would, and writes nothing. */
export async function peekQuota({ owner, jobId, quota }: QuotaRequest, deps: QuotaDeps): Promise<Admission> {
  const usage = await deps.quotas.read(owner);
  const { refusal, remaining, resetSeconds } = (await decide({ owner, jobIds: [jobId], quota }, usage, deps)).admission;
  return refusal ?? { kind: 'admitted', remaining, resetSeconds };
}

async function tryToTake(request: BatchQuotaRequest, nowMs: number, deps: QuotaDeps): Promise<BatchAdmission | typeof conflict> {
  const usage = await deps.quotas.read(request.owner);
  const { admission, next } = await decide(request, usage, deps);
  const isAdmitted = admission.admitted.size > 0;
  if (isAdmitted || next.fullAtMs !== usage.fullAtMs) {
    // Where nothing was admitted, the write only remembers that there is no room, and another one may have come first.
    if (!(await deps.quotas.write(request.owner, next, nowMs)) && isAdmitted) return conflict;
  }
  return admission;
}

interface Decision {
  readonly admission: BatchAdmission;
  readonly next: Usage;
}

async function decide({ jobIds, quota }: BatchQuotaRequest, usage: Usage, { store, runtime }: QuotaDeps): Promise<Decision> {
  const { submissionsPerMinute = Number.POSITIVE_INFINITY, jobsInFlight = Number.POSITIVE_INFINITY } = quota;
  const nowMs = runtime.nowMs();
  const minute = Math.floor(nowMs / minuteMs);
  const submissions = usage.minute === minute ? usage.submissions : 0;
  const inRate = jobIds.slice(0, Math.max(0, submissionsPerMinute - submissions));
  let { jobs, fullAtMs } = usage;
  let admitted = thoseWithRoom(inRate, jobs, jobsInFlight);
  const fullForMs = fullForMsPerJob * jobs.length;
  if (admitted.length < inRate.length && nowMs - fullAtMs >= fullForMs) {
    jobs = await stillInFlight(usage, nowMs, store);
    admitted = thoseWithRoom(inRate, jobs, jobsInFlight);
    if (admitted.length < inRate.length) fullAtMs = nowMs;
  }
  const resetSeconds = secondsToNextMinute(nowMs);
  const inFlight = refused('in-flight', Math.max(1, Math.ceil(fullForMs / 1000)), nowMs);
  const rate = inRate.length < jobIds.length ? refused('rate', resetSeconds, nowMs) : undefined;
  const refusal = admitted.length < inRate.length ? inFlight : rate;
  const next = withJobs({ ...usage, minute, submissions: submissions + admitted.length, jobs, fullAtMs }, admitted, nowMs, jobsInFlight);
  return { admission: { admitted: new Set(admitted), refusal, remaining: submissionsPerMinute - next.submissions, resetSeconds }, next };
}

/** @returns the ids that are counted already, and as many others as there is room for */
function thoseWithRoom(ids: readonly string[], jobs: readonly string[], jobsInFlight: number): readonly string[] {
  const counted = new Set(jobs);
  let room = jobsInFlight - jobs.length;
  return ids.filter((id) => counted.has(id) || --room >= 0);
}

function refused(why: Refusal['why'], retryAfterSeconds: number, nowMs: number): Refusal {
  return { kind: 'refused', why, retryAfterSeconds, resetSeconds: secondsToNextMinute(nowMs) };
}

function secondsToNextMinute(nowMs: number): number {
  return Math.ceil((minuteMs - (nowMs % minuteMs)) / 1000);
}

/** Adds jobs that are not counted yet. Without a limit of jobs in flight none are kept. */
function withJobs(usage: Usage, ids: readonly string[], nowMs: number, jobsInFlight: number): Usage {
  const counted = new Set(usage.jobs);
  const added = ids.filter((id) => !counted.has(id));
  if (added.length === 0 || jobsInFlight === Number.POSITIVE_INFINITY) return usage;
  const recent = Object.entries(usage.recent).filter(([id, atMs]) => counted.has(id) && nowMs - atMs < recentMs);
  const now = added.map((id) => [id, nowMs] as const);
  return { ...usage, jobs: [...usage.jobs, ...added], recent: Object.fromEntries([...recent, ...now]) };
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
