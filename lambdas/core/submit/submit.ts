/** Accepting a job: validate everything that can be known now, then write the record and send the wake-up at the same moment. */

import type { JobTypeContract } from '../contract/contract.ts';
import { durationMs } from '../contract/duration.ts';
import { planWake } from '../job/alarm.ts';
import { deriveJobId, sha256Hex } from '../job/ids.ts';
import type { Job } from '../job/job.ts';
import { storePayload } from '../job/payload.ts';
import type { JobStore, PayloadStore, Runtime, WakeUpQueues } from '../job/ports.ts';

/** A year: as far ahead as a job may start. */
export const maxStartAheadMs = 366 * 86_400_000;

export interface Submission {
  readonly owner: string;
  readonly contract: JobTypeContract;
  /** As it came, and allowed by the contract's schema: the worker parses it, so that a schema that transforms does so once. */
  readonly input: unknown;
  readonly startAtMs?: number;
  readonly deadlineMs?: number;
  readonly maxAttempts?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** How many jobs delegated to each other before this one. */
  readonly depth?: number;
  readonly idempotencyKey?: string;
  /** The canonical text of what was sent: two submissions with one idempotency key are the same when these are. */
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

/**
 * Accepted means kept: once this returns `accepted`, the record is written. The message may have been lost; the clock then wakes the job.
 * Two submissions with one idempotency key, at whatever moments, make one job.
 * @param admit asked before anything is written; throws to refuse
 * @throws UnavailableError when the record could not be written; a repeat with the same key is safe
 */
export async function submitJob(
  submission: Submission,
  ports: SubmitDeps,
  admit: (jobId: string) => Promise<void> = async () => undefined,
): Promise<SubmitResult> {
  const nowMs = ports.runtime.nowMs();
  const { owner, idempotencyKey } = submission;
  const id = deriveJobId(owner, idempotencyKey === undefined ? { token: ports.runtime.newToken() } : { key: idempotencyKey });
  await admit(id);
  const { job, messageDelaySeconds } = await draftJob(id, submission, nowMs, ports);
  const [created] = await Promise.all([
    ports.store.create(job, nowMs),
    // Sent even though the write may still fail: a stray wake-up costs one read, a missing one costs a minute.
    messageDelaySeconds === undefined ? undefined : ports.queues.wake(job, messageDelaySeconds).catch(() => undefined),
  ]);
  if (created.kind === 'created') return { kind: 'accepted', job, isReplay: false };
  return created.job.submissionHash === job.submissionHash
    ? { kind: 'accepted', job: created.job, isReplay: true }
    : { kind: 'key-reused' };
}

/**
 * The job that a repeated submission made before, whatever would be refused by now: its deadline passed meanwhile, its type takes nothing new, the
 * settings or the quota changed. @returns undefined for a key that made none, or another one
 */
export async function findReplay(
  owner: string,
  { idempotencyKey, canonicalBody }: { readonly idempotencyKey: string; readonly canonicalBody: string },
  { store, runtime }: Pick<SubmitDeps, 'store' | 'runtime'>,
): Promise<Job | undefined> {
  const job = await store.get(deriveJobId(owner, { key: idempotencyKey }), runtime.nowMs());
  return job?.submissionHash === submissionHash(canonicalBody) ? job : undefined;
}

function submissionHash(canonicalBody: string): string {
  return sha256Hex(canonicalBody).slice(0, 32);
}

async function draftJob(id: string, submission: Submission, nowMs: number, { payloads, graceMs }: SubmitDeps) {
  const { owner, contract, input, tags = {}, depth } = submission;
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
    input: await storePayload(payloads, id, 'input', JSON.stringify(input)),
    submissionHash: submissionHash(submission.canonicalBody),
    createdAtMs: nowMs,
    notBeforeMs,
    deadlineMs: submission.deadlineMs ?? notBeforeMs + durationMs(contract.deadline),
    attempt: 1,
    maxAttempts: submission.maxAttempts ?? contract.maxAttempts,
    crashes: 0,
    leaseToken: undefined,
    leaseEndsAtMs: undefined,
    alarm: wake.alarm,
    progress: undefined,
    finishedAtMs: undefined,
    cancelRequestedAtMs: undefined,
    expiresAtMs: undefined,
    result: undefined,
    error: undefined,
    pendingOutcome: undefined,
    steps: {},
    checkpoint: undefined,
    files: {},
    tags,
    depth,
    timeline: [{ atMs: nowMs, event: isScheduled ? 'scheduled' : 'queued' }],
    revision: 1,
  };
  return { job, messageDelaySeconds: wake.messageDelaySeconds };
}
