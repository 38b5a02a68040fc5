/** The record as its callers see it. A member is null where it says nothing, never absent. */

import type { StateChange } from '../../core/control/job-type-states.ts';
import type { CancelRequest, Job, Reason, TimelineEntry } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { isRetryable } from '../../core/submit/retry-job.ts';
import { parseExactJson } from '../../text/exact-json.ts';
import type { JobResource } from '../openapi/resource-schemas.ts';
import { inlineInput, type SecretNames } from './job-input.ts';
import { presentWebhook } from './webhook-view.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | undefined) => (ms === undefined ? null : iso(ms));

export interface Presentation {
  /** Whether the job is work of the service itself, which is asked for again instead of being retried. @default false */
  readonly isInternal?: boolean;
  /** Undefined where the job's type is not paused. */
  readonly pause?: Pause | undefined;
  readonly secretNames: SecretNames;
  /** The memory of the type's function; undefined where the type is no longer deployed. */
  readonly memoryMiB: number | undefined;
  /** Whether the deployment sends webhooks. @default false */
  readonly sendsWebhooks?: boolean;
}

export interface Pause {
  /** Who paused the type, when and why, where that is known. */
  readonly change: StateChange | undefined;
}

/** @returns the job resource, ready for JSON.stringify */
export function formatJob(
  job: Job,
  nowMs: number,
  { pause, isInternal = false, secretNames, memoryMiB, sendsWebhooks = false }: Presentation,
): Omit<JobResource, 'delegated'> {
  const self = `/v1/jobs/${job.id}`;
  const hasEnded = isTerminal(job.status);
  const timeline = presentTimeline(job);
  const webhook = presentWebhook(job, sendsWebhooks);
  return {
    id: job.id,
    type: job.type,
    owner: job.owner,
    retryOf: job.retryOf ?? null,
    retriedBy: null, // found by reading another record
    parent: job.parent?.id ?? null,
    children: job.children ?? [],
    uniqueKey: job.unique?.key ?? null,
    after: job.after?.ids ?? [],
    afterFailure: job.after?.onFailure ?? null,
    concurrencyKey: job.gate?.key ?? null,
    priority: job.gate?.priority ?? null,
    group: job.group?.id ?? null,
    status: job.status,
    input: inlineInput(job, secretNames),
    reason: presentReason(job, nowMs, pause),
    progress: job.progress ?? null,
    attempt: job.attemptsStarted,
    maxAttempts: job.maxAttempts,
    result: job.result?.kind === 'inline' ? parseExactJson(job.result.json) : null,
    error: job.error ?? null,
    createdAt: iso(job.createdAtMs),
    notBefore: iso(job.notBeforeMs),
    deadline: iso(job.deadlineMs),
    // Machines' clocks differ: the start is never reported before the acceptance.
    startedAt: isoOrNull(job.startedAtMs && Math.max(job.createdAtMs, job.startedAtMs)),
    finishedAt: isoOrNull(job.finishedAtMs),
    expiresAt: isoOrNull(job.expiresAtMs),
    cancelRequestedAt: isoOrNull(job.cancelRequestedAtMs),
    tags: job.tags,
    schedule: job.firedBy?.schedule ?? null,
    scheduledFor: isoOrNull(job.firedBy?.atMs),
    webhook,
    timeline,
    traceparent: job.traceparent ?? null,
    cost: presentCost(job, memoryMiB),
    links: {
      self,
      input: secretNames === undefined ? null : `${self}/input`,
      result: job.status === 'succeeded' ? `${self}/result` : null,
      cancel: hasEnded ? null : `${self}/cancel`,
      // A type that is no longer deployed retries nothing.
      retry: isRetryable(job.status) && secretNames !== undefined && !isInternal ? `${self}/retry` : null,
      children: job.children === undefined ? null : `${self}/children`,
      webhook: webhook?.delivery != null ? `${self}/webhook` : null,
    },
  };
}

/** The invocations of the job's workers and their time, and the writes of the record up to its end. */
function presentCost({ invocations = 0, runMs = 0, revision, announcements = 0 }: Job, memoryMiB: number | undefined): JobResource['cost'] {
  const gigabyteSeconds = memoryMiB === undefined ? null : Math.round((memoryMiB / 1024) * runMs) / 1000;
  return { invocations, runSeconds: runMs / 1000, gigabyteSeconds, recordWrites: revision - announcements };
}

/** Why the job does not run, and until when; null while it runs and after it ended. */
function presentReason(job: Job, nowMs: number, pause: Pause | undefined): JobResource['reason'] {
  if (job.status === 'running' || isTerminal(job.status)) return null;
  const isDue = job.notBeforeMs <= nowMs;
  const known: Reason | undefined = job.status === 'scheduled' ? { code: 'scheduled' } : job.reason;
  // Once the job is due, it waits for a worker, regardless of what it waited for before.
  if (isDue && pause !== undefined) return { code: 'paused', detail: pauseText(job.type, pause), until: null };
  if (isDue || known === undefined) return { code: 'waiting_for_worker', detail: known?.detail ?? null, until: null };
  return { code: known.code, detail: known.detail ?? null, until: iso(job.notBeforeMs) };
}

function pauseText(type: string, { change }: Pause): string {
  if (change === undefined) return `the job type ${type} is paused`;
  const { by, atMs, reason } = change;
  return `the job type ${type} is paused since ${iso(atMs)} by ${by}${reason === undefined ? '' : `: ${reason}`}`;
}

/** Claims are written without knowing which attempt they start, so it is worked out here. Machines' clocks differ, so no entry is shown with an earlier time than the one before it. */
function presentTimeline(job: Job): JobResource['timeline'] {
  let attempt = 1;
  let atMs = 0;
  let previous: ShownEntry['event'] | undefined;
  return withRequests(job).map((entry) => {
    const isResumed = entry.event === 'started' && (previous === 'sleeping' || previous === 'summarised');
    if (entry.event === 'attempt_failed') attempt = (entry.attempt ?? attempt) + 1;
    if (entry.event !== 'cancel_requested' && entry.event !== 'signalled') previous = entry.event;
    atMs = Math.max(atMs, entry.atMs);
    return {
      at: iso(atMs),
      event: isResumed ? 'resumed' : entry.event,
      ...(entry.event === 'started' ? { attempt } : entry.attempt === undefined ? {} : { attempt: entry.attempt }),
      ...(entry.by === undefined ? {} : { by: entry.by }),
      ...(entry.actedBy === undefined ? {} : { actedBy: entry.actedBy }),
      ...(entry.detail === undefined ? {} : { detail: entry.detail }),
    };
  });
}

interface ShownEntry extends Omit<TimelineEntry, 'event'> {
  readonly event: TimelineEntry['event'] | 'cancel_requested' | 'signalled';
  readonly by?: string;
  readonly actedBy?: string | undefined;
}

/** The timeline with what callers asked for in its place, which stays the same however the timeline goes on. */
function withRequests({ timeline, cancelRequest, cancelRequestedAtMs = 0, signals = [] }: Job): readonly ShownEntry[] {
  const sent = (isBehindCancel: boolean) =>
    signals
      .filter(({ isAfterCancel = false }) => isAfterCancel === isBehindCancel)
      .map(({ atMs, name, by, afterEntries }) => ({ atMs, event: 'signalled' as const, by, detail: name, afterEntries }));
  const cancel =
    cancelRequest === undefined ? [] : [{ atMs: cancelRequestedAtMs, event: 'cancel_requested' as const, ...asShown(cancelRequest) }];
  const requests = [...sent(false), ...cancel, ...sent(true)];
  // Where entries between were left out since, their number no longer says the place.
  const isSummarised = timeline.some(({ event }) => event === 'summarised');
  const placeOf = ({ atMs, afterEntries }: (typeof requests)[number]) =>
    isSummarised ? timeline.findLastIndex((entry) => entry.atMs <= atMs) + 1 : afterEntries;
  const placed = [
    ...timeline.map((entry, i) => ({ place: i + 0.5, entry })),
    ...requests.map(({ afterEntries, ...entry }) => ({ place: placeOf({ ...entry, afterEntries }), entry })),
  ];
  return placed.sort((a, b) => a.place - b.place).map(({ entry }) => entry);
}

function asShown({ by, actedBy, reason, afterEntries }: CancelRequest) {
  return { by, actedBy, afterEntries, ...(reason === undefined ? {} : { detail: reason }) };
}

/**
 * When to ask again, in whole seconds: at the end of a known wait, else the sooner the younger the job is, since short jobs end soon.
 * @param typicalSeconds of the job's type
 */
export function retryAfterSeconds(job: Job, typicalSeconds: number, nowMs: number): number {
  const ageSeconds = (nowMs - job.createdAtMs) / 1000;
  // What holds a job back before its start, and what may end a wait before its time, may come at any time.
  const mayGoOn = job.held !== undefined || (job.awaits ?? []).length > 0;
  const waitSeconds = mayGoOn ? 0 : (job.notBeforeMs - nowMs) / 1000;
  const seconds = waitSeconds > 0 ? waitSeconds + 1 : Math.max(typicalSeconds - ageSeconds, ageSeconds / 2);
  return Math.min(3_600, Math.max(1, Math.ceil(seconds)));
}
