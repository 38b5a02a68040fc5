/** What the report keeps of a job: times, and how it ended. No input, no result, no tag and no text of an error. */

export interface JobRecord {
  /** Joins the job with the requests of an access log; never in a report. */
  readonly id: string;
  /** Recognises readers of other people's jobs; never in a report. */
  readonly owner: string;
  readonly type: string;
  /** Null while the job has not ended. */
  readonly end: 'succeeded' | 'failed' | 'cancelled' | null;
  readonly createdMs: number;
  /** When it could start at the earliest; undefined where the record no longer says it. */
  readonly dueMs: number | undefined;
  readonly startedMs: number | undefined;
  readonly finishedMs: number | undefined;
  readonly deadlineMs: number;
  /** When the record is deleted. */
  readonly expiresMs: number | undefined;
  /** Whether it ended because of its deadline. */
  readonly hasMissedDeadline: boolean;
  readonly attempts: number;
  /** Whether its end is sent to a webhook, or goes to the job that runs it: then a caller has no reason to look. */
  readonly isPushed: boolean;
  /** Whether a caller's own request made it, which an access log has: no schedule, no retry and no other job. */
  readonly isSubmitted: boolean;
  readonly runSeconds: number;
  /** Null where the type is no longer deployed. */
  readonly gigabyteSeconds: number | null;
  readonly invocations: number;
  readonly recordWrites: number;
}

/** A job as the API shows it, in a list or alone. */
export type ShownJob = Readonly<Record<string, unknown>>;

/** Work of the service itself, which callers did not delegate. */
export const internalTypeNames: readonly string[] = ['bulk-action', 'deliver-webhook', 'group'];

const ends = ['succeeded', 'failed', 'cancelled'] as const;

/** @returns undefined for a job of the service itself, and for what is not a job */
export function recordOf(shown: ShownJob): JobRecord | undefined {
  const { id, type, owner } = shown;
  const [createdMs, deadlineMs] = [timeOf(shown['createdAt']), timeOf(shown['deadline'])];
  if (typeof id !== 'string' || typeof type !== 'string' || createdMs === undefined || deadlineMs === undefined) return undefined;
  if (internalTypeNames.includes(type)) return undefined;
  const cost = membersOf(shown['cost']);
  const webhook = membersOf(shown['webhook']);
  const [startedMs, finishedMs] = [timeOf(shown['startedAt']), timeOf(shown['finishedAt'])];
  const events = Array.isArray(webhook['events']) ? webhook['events'] : [];
  return {
    id,
    owner: String(owner),
    type,
    end: finishedMs === undefined ? null : (ends.find((one) => one === shown['status']) ?? null),
    createdMs,
    dueMs: dueOf(shown, createdMs, startedMs),
    startedMs,
    finishedMs,
    deadlineMs,
    expiresMs: timeOf(shown['expiresAt']),
    hasMissedDeadline: membersOf(shown['error'])['code'] === 'deadline_exceeded' || (finishedMs !== undefined && finishedMs > deadlineMs),
    attempts: numberOf(shown['attempt']),
    isPushed: events.includes('ended') || isGiven(shown['parent']),
    isSubmitted: !['parent', 'schedule', 'retryOf'].some((name) => isGiven(shown[name])),
    runSeconds: numberOf(cost['runSeconds']),
    gigabyteSeconds: isGiven(cost['gigabyteSeconds']) ? numberOf(cost['gigabyteSeconds']) : null,
    invocations: numberOf(cost['invocations']),
    recordWrites: numberOf(cost['recordWrites']),
  };
}

/**
 * `notBefore` moves with each pause of a job that has started. A job that was queued at once, and was not held back, could start when it was accepted;
 * for any other the first value is lost.
 */
function dueOf(shown: ShownJob, createdMs: number, startedMs: number | undefined): number | undefined {
  const notBeforeMs = timeOf(shown['notBefore']) ?? createdMs;
  if (startedMs !== undefined && notBeforeMs <= startedMs) return Math.max(createdMs, notBeforeMs);
  const timeline = Array.isArray(shown['timeline']) ? shown['timeline'].map((entry) => membersOf(entry)['event']) : [];
  const started = timeline.indexOf('started');
  const before = started === -1 ? timeline : timeline.slice(0, started);
  return before[0] === 'queued' && !before.includes('waiting') ? createdMs : undefined;
}

function membersOf(value: unknown): ShownJob {
  return typeof value === 'object' && value !== null ? (value as ShownJob) : {};
}

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** Numbers of an answer that was read without rounding may be objects. */
function numberOf(value: unknown): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? number : 0;
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined;
}
