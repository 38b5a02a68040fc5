/** Why a job is where it is, in one sentence, and the one thing that helps. */
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { durationText } from './durations.ts';

export type Remedy = 'cancel' | 'retry' | 'signal' | 'type' | 'again' | 'retried' | 'other-job';

export interface Why {
  readonly sentence: string;
  /** What the service says in addition. */
  readonly detail: string | null;
  /** When this ends, where that is known. */
  readonly until: string | null;
  /** What happens then. */
  readonly next: string;
  /** The button that helps most. */
  readonly remedy: Remedy | null;
}

/** What `until` is the time of. */
const nexts: Readonly<Partial<Record<Reason['code'], string>>> = {
  scheduled: 'It starts',
  backing_off: 'Next try',
  sleeping: 'It goes on',
  waiting_for_capacity: 'Next try',
  waiting_for_signal: 'It stops waiting',
  quota: 'Next try',
  cleaning_up: 'Next try',
};

type Reason = NonNullable<JobResource['reason']>;

/** The sentence of each reason, and what helps. Unknown reasons of later versions are shown by their code. */
const ofReason: Readonly<Record<Reason['code'], readonly [(job: JobResource) => string, Remedy]>> = {
  waiting_for_worker: [() => 'It is due, and waits for a worker.', 'type'],
  scheduled: [() => 'It starts later.', 'cancel'],
  backing_off: [(job) => `Attempt ${job.attempt} of ${job.maxAttempts} failed. It is tried again.`, 'cancel'],
  sleeping: [() => 'Its code sleeps. That costs nothing.', 'cancel'],
  waiting_for_capacity: [() => 'It waits for capacity at AWS.', 'cancel'],
  waiting_for_signal: [() => 'It waits for a signal.', 'signal'],
  waiting_for_child: [() => 'It waits for jobs that it runs.', 'other-job'],
  waiting_for_job: [() => 'It starts after other jobs, which have not ended.', 'other-job'],
  waiting_for_key: [(job) => `It waits for its turn under the concurrency key "${job.concurrencyKey ?? ''}".`, 'cancel'],
  waiting_for_members: [() => 'The group waits for its members.', 'cancel'],
  quota: [() => 'The quota of its owner has no room for the jobs that it makes.', 'cancel'],
  cleaning_up: [() => 'It undoes what it had created, then it ends.', 'type'],
  paused: [(job) => `The job type ${job.type} is paused, so its jobs are kept and not run.`, 'type'],
};

/** @param nowMs for how long it has been running */
export function whyOf(job: JobResource, nowMs: number): Why {
  const { reason } = job;
  switch (job.status) {
    case 'succeeded':
      return { sentence: `It succeeded${ranFor(job)}.`, detail: null, until: null, next: '', remedy: 'again' };
    case 'failed':
      return {
        sentence: `It failed with ${job.error?.code ?? 'an error'}${ranFor(job)}.`,
        detail: job.error?.message ?? null,
        until: null,
        next: '',
        remedy: remedyOfEnd(job),
      };
    case 'cancelled':
      return { sentence: cancelSentence(job), detail: cancelRequest(job)?.detail ?? null, until: null, next: '', remedy: remedyOfEnd(job) };
    case 'running':
      return {
        sentence: runningSentence(job, nowMs),
        detail: job.progress?.message ?? null,
        until: null,
        next: '',
        remedy: job.cancelRequestedAt === null ? 'cancel' : null,
      };
    default: {
      const [sentence, remedy] = (reason && ofReason[reason.code]) ?? [() => sentenceOfUnknown(job), 'cancel' as const];
      const isWorthSaying = job.cancelRequestedAt !== null && reason?.code !== 'cleaning_up';
      const asked = isWorthSaying ? ' It was asked to stop.' : '';
      const next = nexts[reason?.code ?? 'scheduled'] ?? 'It looks again';
      const until = reason?.until ?? (job.status === 'scheduled' ? job.notBefore : null);
      return { sentence: sentence(job) + asked, detail: reason?.detail ?? null, until, next, remedy };
    }
  }
}

/** @returns the same in a few words, for a row of a list; empty where the status says it all */
export function shortWhy(job: JobResource): string {
  if (job.status === 'failed') return job.error?.code ?? '';
  if (job.status === 'running') return job.cancelRequestedAt === null ? (job.progress?.message ?? '') : 'asked to stop';
  if (job.status === 'scheduled') return 'starts';
  return job.reason?.code.replaceAll('_', ' ') ?? '';
}

function sentenceOfUnknown({ status, reason }: JobResource): string {
  if (reason !== null) return `It is ${status}: ${String(reason.code).replaceAll('_', ' ')}.`;
  return status === 'scheduled' ? 'It starts later.' : `It is ${status}.`;
}

function runningSentence(job: JobResource, nowMs: number): string {
  if (job.cancelRequestedAt !== null) return 'It was asked to stop, and its worker has yet to do so.';
  const started = job.timeline.findLast(({ event }) => event === 'started' || event === 'resumed')?.at ?? job.startedAt;
  const since = started === null ? '' : ` for ${durationText(nowMs - Date.parse(started))}`;
  const attempt = job.attempt > 1 ? `, in attempt ${job.attempt} of ${job.maxAttempts}` : '';
  return `A worker has been running it${since}${attempt}.`;
}

function cancelSentence(job: JobResource): string {
  const by = cancelRequest(job)?.by;
  return `It was cancelled${by === undefined ? '' : ` by ${by}`}${ranFor(job)}.`;
}

function cancelRequest(job: JobResource): JobResource['timeline'][number] | undefined {
  return job.timeline.find(({ event }) => event === 'cancel_requested');
}

function ranFor({ startedAt, finishedAt }: JobResource): string {
  if (startedAt === null) return ' before it had started';
  return finishedAt === null ? '' : ` after ${durationText(Date.parse(finishedAt) - Date.parse(startedAt))}`;
}

function remedyOfEnd({ links, retriedBy }: JobResource): Remedy {
  if (retriedBy !== null) return 'retried';
  return links.retry === null ? 'again' : 'retry';
}
