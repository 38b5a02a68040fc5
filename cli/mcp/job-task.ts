/**
 * A job as a task of MCP: the same id, and the job's record is the memory, so a task survives this process and any connection.
 * @see https://modelcontextprotocol.io/seps/2663-tasks-extension the extension, on protocol 2026-07-28
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks the form before, on protocol 2025-11-25
 */
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { JobHandle } from '../../client/job-handle.ts';
import { hasEnded, type Job } from '../../client/shown-job.ts';
import { failureAnswer } from './failure-tool.ts';
import { factsOf, sentenceOf } from './job-facts.ts';
import { resultAnswer } from './result-tool.ts';
import { toResult } from './tool-answer.ts';

/** The shortest and the longest time between two looks, in milliseconds. */
const shortestPollMs = 500;
const longestPollMs = 15_000;

/** The task in the form of SEP-2663. A job that failed completed its call, whose result says so: `failed` is for errors of the protocol. */
export function extensionTaskOf(job: Job) {
  return {
    ...commonOf(job),
    status: job.status === 'succeeded' || job.status === 'failed' ? ('completed' as const) : statusOf(job),
    ttlMs: lifetimeMsOf(job),
    pollIntervalMs: pollMsOf(job),
  };
}

/** The task in the form of protocol 2025-11-25, where a result that is an error makes it `failed`. */
export function coreTaskOf(job: Job) {
  return { ...commonOf(job), status: statusOf(job), ttl: lifetimeMsOf(job), pollInterval: pollMsOf(job) };
}

/** @returns what the call that made the job would have answered, had it waited; undefined until the job has ended */
export async function taskResultOf(handle: JobHandle, signal: AbortSignal): Promise<CallToolResult | undefined> {
  switch (handle.status) {
    case 'succeeded':
      return toResult(await resultAnswer(handle, { signal }));
    case 'failed':
      return toResult({ ...failureAnswer(handle.job), isError: true });
    case 'cancelled':
      return toResult({ says: sentenceOf(handle.job), facts: factsOf(handle.job), isError: true });
    default:
      return undefined;
  }
}

function commonOf(job: Job) {
  const lastUpdatedAt = job.timeline.at(-1)?.at ?? job.createdAt;
  return { taskId: job.id, statusMessage: sentenceOf(job), createdAt: job.createdAt, lastUpdatedAt };
}

/** A wait for a signal is `working`: `input_required` would ask this client, and the signal may be somebody else's to send. */
function statusOf({ status }: Job): 'working' | 'completed' | 'failed' | 'cancelled' {
  if (status === 'succeeded') return 'completed';
  return status === 'failed' || status === 'cancelled' ? status : 'working';
}

/** @returns how long the record lives from its creation, in milliseconds; null while the job has not ended, since it is kept until then */
function lifetimeMsOf({ createdAt, expiresAt }: Job): number | null {
  return typeof expiresAt === 'string' ? Date.parse(expiresAt) - Date.parse(createdAt) : null;
}

/** The older a job is, the longer is what remains of it, as a rule. */
function pollMsOf(job: Job): number {
  if (hasEnded(job)) return shortestPollMs;
  const { createdAt, reason, startedAt } = job;
  const ageMs = Date.now() - Date.parse(startedAt ?? createdAt);
  const untilMs = reason?.until === null || reason === null ? 0 : Date.parse(reason.until) - Date.now();
  return Math.round(Math.min(longestPollMs, Math.max(shortestPollMs, ageMs / 4, untilMs)));
}
