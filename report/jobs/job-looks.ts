/** Looks at jobs, from the access log of the API: who asked about which job, and when. */
import type { LoggedRequest } from '../read/logged-request.ts';
import type { JobRecord } from './job-record.ts';

export interface JobLook {
  readonly fromMs: number;
  /** When the answer was sent: a look that is held sees what happens meanwhile. */
  readonly toMs: number;
  /** The caller in the words of the log; never in a report. */
  readonly caller: string | undefined;
  /** `result` is the result or a file. `held` waits for a change on purpose: `Prefer: wait` or server-sent events. */
  readonly kind: 'job' | 'result' | 'held';
  /** Whether the answer said that nothing has changed. */
  readonly isUnchanged: boolean;
}

/** A submission that was held until its job had ended: its answer has the result. */
interface HeldSubmission {
  readonly fromMs: number;
  readonly toMs: number;
  readonly caller: string | undefined;
}

export interface LookLog {
  /** The first and the last request of any kind; nothing is known outside. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  readonly looks: number;
  readonly byJob: ReadonlyMap<string, readonly JobLook[]>;
  /** Requests for lists of jobs, which have small results in them. */
  readonly lists: number;
  /** Seconds, as numbers since 1970, in which jobs were submitted. */
  readonly submittedSeconds: ReadonlySet<number>;
  readonly heldSubmissions: readonly HeldSubmission[];
  /** How exact the log's times are: 1 or 1,000. */
  readonly resolutionMs: number;
}

export interface LookCollector {
  visit(request: LoggedRequest): void;
  finish(): LookLog;
}

const ofJob = /\/v1\/jobs\/(job_[0-9a-z]+)(?:\/(result|events|files\/[^/]+))?$/;
const heldMs = 1_000;

/** @param ids of the jobs that are reported; looks at others are counted and not kept @param isIgnored says which callers do not count, such as a dashboard's */
export function collectLooks(ids: ReadonlySet<string>, isIgnored: (caller: string) => boolean = () => false): LookCollector {
  const byJob = new Map<string, JobLook[]>();
  const submittedSeconds = new Set<number>();
  const heldSubmissions: HeldSubmission[] = [];
  let [fromMs, toMs, requests, looks, lists, isExact] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0, false];
  const visit = (request: LoggedRequest) => {
    const { startMs, waitMs = 0, method, path, status = 200, caller } = request;
    requests += 1;
    fromMs = Math.min(fromMs, startMs);
    toMs = Math.max(toMs, startMs + waitMs);
    isExact ||= startMs % 1000 !== 0;
    if (status >= 400 || request.isInvocation === true) return;
    const look = { fromMs: startMs, toMs: startMs + waitMs, caller };
    if (method === 'POST' && /\/v1\/jobs(\/batch)?$/.test(path)) {
      submittedSeconds.add(Math.floor(startMs / 1000));
      if (status === 200 && !path.endsWith('/batch')) heldSubmissions.push(look);
    }
    if (method !== 'GET' && method !== 'HEAD') return;
    if (path.endsWith('/v1/jobs')) lists += 1;
    const [, id, part = ''] = ofJob.exec(path) ?? [];
    if (id === undefined || request.agentKind === 'bot' || (caller !== undefined && isIgnored(caller))) return;
    looks += 1;
    if (!ids.has(id)) return;
    const kind = part === 'events' || (part === '' && waitMs >= heldMs) ? 'held' : part === '' ? 'job' : 'result';
    const of = byJob.get(id);
    const seen = { ...look, kind, isUnchanged: status === 304 } as const;
    if (of === undefined) byJob.set(id, [seen]);
    else of.push(seen);
  };
  return {
    visit,
    finish: () => {
      for (const of of byJob.values()) of.sort(byTime);
      heldSubmissions.sort(byTime);
      return { fromMs, toMs, requests, looks, byJob, lists, submittedSeconds, heldSubmissions, resolutionMs: isExact ? 1 : 1_000 };
    },
  };
}

/** The order of the log's lines must not matter, so what is equal in time is ordered by the rest. */
function byTime(a: HeldSubmission & Partial<JobLook>, b: HeldSubmission & Partial<JobLook>): number {
  const textOf = ({ caller, kind, isUnchanged }: typeof a) => `${caller} ${kind} ${isUnchanged}`;
  return a.fromMs - b.fromMs || a.toMs - b.toMs || (textOf(a) < textOf(b) ? -1 : 1);
}

/**
 * Gives each held submission to the job that it made, which its answer shows: the one that was accepted and ended while it was held.
 * @param records in any order
 */
export function withHeldSubmissions(log: LookLog, records: readonly JobRecord[]): LookLog {
  const free = new Set(log.heldSubmissions);
  const byJob = new Map(log.byJob);
  const ended = records.filter(({ isSubmitted, finishedMs }) => isSubmitted && finishedMs !== undefined);
  for (const { id, createdMs, finishedMs = 0 } of [...ended].sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1)))
    for (const submission of free) {
      if (submission.fromMs > createdMs) break;
      // Jobs come in the order of their acceptance, so what was answered before this one has none.
      if (submission.toMs + log.resolutionMs < createdMs) free.delete(submission);
      if (finishedMs > submission.toMs + log.resolutionMs) continue;
      free.delete(submission);
      byJob.set(id, [{ ...submission, fromMs: createdMs, kind: 'held', isUnchanged: false }, ...(byJob.get(id) ?? [])]);
      break;
    }
  return { ...log, byJob };
}
