/** Accepting a job: the record is written and the wake-up is sent at the same moment. */

import type { Priority } from '../contract/concurrency-key.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { durationMs } from '../contract/duration.ts';
import type { WebhookEvent } from '../contract/webhook-events.ts';
import { planWake } from '../job/alarm.ts';
import { gateOfNew } from '../job/gate.ts';
import type { Members, Membership } from '../job/group.ts';
import { sha256Hex } from '../job/ids.ts';
import type { FiredBy, Hold, Job, JobReference, Payload, Predecessors, Uniqueness } from '../job/job.ts';
import { storePayload } from '../job/payload.ts';
import type { CreateResult, JobStore, PayloadStore, Runtime, WakeUpQueues, WakeUpRequest } from '../job/ports.ts';

/** A year: a job may start this far ahead at most. */
export const maxStartAheadMs = 366 * 86_400_000;

/** What a submission asks for where its owner has an unfinished job of its type with the same key. */
export interface UniqueRequest {
  readonly key: string;
  /** `join`: that job is the answer. `replace`: that job is cancelled unless it has started, and this one starts after it. */
  readonly onDuplicate: 'join' | 'replace';
  /** How long after the first of the replaced submissions the job may start at the latest. */
  readonly maxDelaySeconds?: number;
}

export interface Submission {
  readonly owner: string;
  readonly contract: JobTypeContract;
  /** As it was sent, and valid by the contract's schema: the worker parses it, so that a schema that transforms does so once. */
  readonly input: unknown;
  readonly startAtMs?: number;
  readonly deadlineMs?: number;
  readonly maxAttempts?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** The number of jobs that delegated to each other before this one. */
  readonly depth?: number;
  /** The job that waits for this one. */
  readonly parent?: JobReference;
  /** The jobs that must have ended before this one starts. */
  readonly after?: Predecessors;
  /** The key that bounds how many run at once, for a type with keys that computes none. */
  readonly concurrencyKey?: string;
  /** @default 'normal', for a type with priorities */
  readonly priority?: Priority;
  /** See `Job.gatesAbove`. */
  readonly gatesAbove?: readonly string[];
  readonly unique?: UniqueRequest;
  /** What the record says of that. */
  readonly recordedUnique?: Uniqueness;
  /** The group that the job is a member of. */
  readonly group?: Membership;
  /** The members with which the job begins, if it is a group. */
  readonly members?: Members;
  /** The ended job that this one repeats. */
  readonly retryOf?: string;
  /** The job of the service that submits this one on behalf of its owner. */
  readonly actedBy?: string;
  readonly firedBy?: FiredBy;
  /** Where webhooks are sent. */
  readonly webhookUrl?: string;
  /** What is sent there. @default the end alone */
  readonly webhookEvents?: readonly WebhookEvent[];
  /** The caller's trace; it is not part of what makes two submissions the same. */
  readonly traceparent?: string;
  /** The canonical JSON of the request. Two submissions with one idempotency key are the same when these are equal. */
  readonly canonicalBody: string;
}

export interface SubmitDeps {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly payloads: PayloadStore;
  readonly runtime: Runtime;
  readonly graceMs: number;
}

export type SubmitResult =
  | { readonly kind: 'accepted'; readonly job: Job; readonly isReplay: boolean }
  /** The owner used this idempotency key for another submission. */
  | { readonly kind: 'key-reused' };

export interface IdentifiedSubmission {
  /** Derived from the idempotency key where there is one (`deriveJobId`), so that two submissions with one key create one job, whenever they arrive. */
  readonly id: string;
  readonly submission: Submission;
}

/**
 * Creates the job. Accepted means kept: once this returns `accepted`, the record is written. The message may have been lost; the clock then wakes
 * the job.
 * @throws UnavailableError when the record could not be written; repeating the submission with the same key is safe
 */
export async function submitJob(id: string, submission: Submission, deps: SubmitDeps): Promise<SubmitResult> {
  const [result] = await submitJobs([{ id, submission }], deps);
  if (result?.status !== 'fulfilled') throw result?.reason;
  return result.value;
}

/**
 * Creates jobs, each decided independently: the records in parallel, and beside them the messages with few requests. Of several with one id,
 * the first is created and the others are compared with it.
 * @returns one outcome for each, in order; that of a job whose record could not be written is rejected with an `UnavailableError`
 */
export async function submitJobs(
  items: readonly IdentifiedSubmission[],
  deps: SubmitDeps,
): Promise<readonly PromiseSettledResult<SubmitResult>[]> {
  const nowMs = deps.runtime.nowMs();
  const drafted = await Promise.allSettled(items.map((item) => draftJob(item, nowMs, deps)));
  const creations = new Map<string, Creation>();
  const wakeUps: WakeUpRequest[] = [];
  for (const draft of drafted) {
    if (draft.status === 'rejected' || creations.has(draft.value.job.id)) continue;
    const { job, messageDelaySeconds: delaySeconds } = draft.value;
    creations.set(job.id, { job, result: deps.store.create(job, nowMs) });
    if (delaySeconds !== undefined) wakeUps.push({ job, delaySeconds });
  }
  // Sent even though a write may still fail: a stray wake-up costs one read, a missing one delays the job until the clock looks, about three minutes.
  const sent = deps.queues.wakeAll(wakeUps).catch(() => undefined);
  const results = await Promise.allSettled(drafted.map((draft) => resultOf(draft, creations)));
  await sent;
  return results;
}

/** The first of the jobs with one id. */
interface Creation {
  readonly job: Job;
  readonly result: Promise<CreateResult>;
}

async function resultOf(draft: PromiseSettledResult<Draft>, creations: ReadonlyMap<string, Creation>): Promise<SubmitResult> {
  if (draft.status === 'rejected') throw draft.reason;
  const { job } = draft.value;
  const creation = creations.get(job.id);
  const result = await creation?.result;
  const existing = result?.kind === 'exists' ? result.job : creation?.job;
  if (existing === undefined || existing === job) return { kind: 'accepted', job, isReplay: false };
  return existing.submissionHash === job.submissionHash ? { kind: 'accepted', job: existing, isReplay: true } : { kind: 'key-reused' };
}

/**
 * Finds the job that an earlier copy of this submission created. It stays accepted although it might be refused now: its deadline passed, its type
 * is draining, the settings or the quota changed.
 * @returns undefined where there is no such job, or the key was used for another submission
 */
export async function findReplay(
  id: string,
  canonicalBody: string,
  { store, runtime }: Pick<SubmitDeps, 'store' | 'runtime'>,
): Promise<Job | undefined> {
  const job = await store.get(id, runtime.nowMs());
  return job !== undefined && isSameSubmission(job, canonicalBody) ? job : undefined;
}

/** @returns whether the job was created by a submission with this content */
export function isSameSubmission(job: Pick<Job, 'submissionHash'>, canonicalBody: string): boolean {
  return job.submissionHash === submissionHash(canonicalBody);
}

function submissionHash(canonicalBody: string): string {
  return sha256Hex(canonicalBody).slice(0, 32);
}

/** A record that is not written yet. */
interface Draft {
  readonly job: Job;
  /** The delay of its message; undefined if the clock wakes it. */
  readonly messageDelaySeconds: number | undefined;
}

async function draftJob(item: IdentifiedSubmission, nowMs: number, { payloads, graceMs }: SubmitDeps): Promise<Draft> {
  const json = JSON.stringify(item.submission.input);
  return newJob(item, { input: await storePayload(payloads, { jobId: item.id, name: 'input', json }), nowMs, graceMs });
}

/** @returns the record of a job that is accepted now, with its stored input */
export function newJob(
  { id, submission }: IdentifiedSubmission,
  { input, nowMs, graceMs }: { readonly input: Payload; readonly nowMs: number; readonly graceMs: number },
): Draft {
  const { owner, contract, tags = {}, depth, parent, after, deadlineMs, retryOf, actedBy, firedBy, traceparent } = submission;
  const gate = gateOfNew(submission);
  const holds: Hold[] = [];
  if (after !== undefined) holds.push('after');
  if (gate !== undefined) holds.push('key');
  const { group, members } = submission;
  const notBeforeMs = Math.max(nowMs, submission.startAtMs ?? nowMs);
  const isScheduled = notBeforeMs > nowMs;
  const wake = planWake(notBeforeMs, { nowMs, graceMs });
  const job: Job = {
    id,
    owner,
    type: contract.name,
    version: contract.version,
    status: isScheduled ? 'scheduled' : 'queued',
    reason: undefined,
    input,
    submissionHash: submissionHash(submission.canonicalBody),
    createdAtMs: nowMs,
    startAtMs: isScheduled ? notBeforeMs : undefined,
    notBeforeMs,
    deadlineMs: deadlineMs ?? notBeforeMs + durationMs(contract.deadline),
    hasOwnDeadline: deadlineMs === undefined ? undefined : true,
    attempt: 1,
    attemptsStarted: 0,
    maxAttempts: submission.maxAttempts ?? contract.maxAttempts,
    crashes: 0,
    leaseToken: undefined,
    leaseEndsAtMs: undefined,
    alarm: wake.alarm,
    progress: undefined,
    startedAtMs: undefined,
    finishedAtMs: undefined,
    cancelRequestedAtMs: undefined,
    expiresAtMs: undefined,
    result: undefined,
    error: undefined,
    pendingOutcome: undefined,
    journal: {},
    checkpoint: undefined,
    files: {},
    tags,
    traceparent,
    depth,
    parent,
    unique: submission.recordedUnique,
    after,
    held: holds.length === 0 ? undefined : holds,
    gate,
    gatesAbove: submission.gatesAbove,
    group,
    members,
    retryOf,
    actedBy,
    firedBy,
    webhookUrl: submission.webhookUrl,
    webhookEvents: submission.webhookEvents,
    timeline: [{ atMs: nowMs, event: isScheduled ? 'scheduled' : 'queued', ...originOf(submission) }],
    revision: 1,
  };
  return { job, messageDelaySeconds: wake.messageDelaySeconds };
}

/** @returns what the timeline says of a job that no caller submitted as such */
function originOf({ retryOf, actedBy, firedBy }: Submission): { readonly detail?: string } {
  if (firedBy !== undefined) return { detail: `schedule ${firedBy.schedule} for ${new Date(firedBy.atMs).toISOString()}` };
  if (retryOf === undefined) return {};
  return { detail: actedBy === undefined ? `retry of ${retryOf}` : `retry of ${retryOf} by ${actedBy}` };
}
