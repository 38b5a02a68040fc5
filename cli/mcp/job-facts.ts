/** A job in one sentence: what it does now, why it does not run, and until when. It holds no text of the job. */
import { waits } from '../../client/job-sentence.ts';
import { hasEnded, type Job } from '../../client/shown-job.ts';

/** @returns for example "job_… (run-query) is waiting: it waits before its next attempt, since the last one failed, until 2026-…. Attempt 1 of 3." */
export function sentenceOf(job: Job): string {
  const { id, type, status, attempt, maxAttempts, finishedAt } = job;
  if (status === 'succeeded') return `${id} (${type}) succeeded at ${finishedAt}. get_result reads its result.`;
  if (status === 'failed')
    return `${id} (${type}) failed at ${finishedAt}, at attempt ${attempt} of ${maxAttempts}. explain_failure says why.`;
  if (status === 'cancelled') return `${id} (${type}) was cancelled at ${finishedAt}, so it has no result.`;
  return `${id} (${type}) is ${status}${whyOf(job)}.${progressOf(job)}${attemptsOf(job)}${isCancelling(job) ? ' It was asked to stop.' : ''}`;
}

/** @returns what the service itself knows of the job, for programs */
export function factsOf(job: Job): Readonly<Record<string, unknown>> {
  return {
    id: job.id,
    type: job.type,
    status: job.status,
    hasEnded: hasEnded(job),
    reasonCode: job.reason?.code ?? null,
    until: job.reason?.until ?? null,
    progress: job.progress?.fraction ?? null,
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    deadline: job.deadline,
  };
}

function whyOf({ reason }: Job): string {
  if (reason === null) return '';
  const until = reason.until === null ? '' : `, until ${reason.until}`;
  return `: it ${waits[reason.code] ?? 'waits for a reason that this version does not know'}${until}`;
}

function progressOf({ progress }: Job): string {
  const fraction = progress?.fraction ?? null;
  return fraction === null ? '' : ` It is ${Math.floor(fraction * 100)} % done.`;
}

function attemptsOf({ attempt, maxAttempts }: Job): string {
  return attempt === 0 ? '' : ` Attempt ${attempt} of ${maxAttempts}.`;
}

function isCancelling({ cancelRequestedAt }: Job): boolean {
  return typeof cancelRequestedAt === 'string';
}
