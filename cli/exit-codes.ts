/** The exit codes of `delegation`. */
import { is, type ProblemError } from '../client/client-errors.ts';
import { CommandError, UsageError } from './command.ts';

export const exitCodes = {
  succeeded: 0,
  error: 1,
  usage: 2,
  jobFailed: 3,
  notAllowed: 4,
  notFound: 5,
  jobCancelled: 6,
  conflict: 7,
  overQuota: 8,
  timeOut: 124,
  interrupted: 130,
} as const;

export const exitCodeTexts: readonly (readonly [number, string])[] = [
  [exitCodes.succeeded, 'it worked; a job that was waited for succeeded'],
  [exitCodes.error, 'it did not work: the message on standard error says why'],
  [exitCodes.usage, 'the command was called in a way that it does not know, or would have to ask and there is no terminal'],
  [exitCodes.jobFailed, 'the job failed'],
  [exitCodes.notAllowed, 'the API does not know the caller, or does not allow it'],
  [exitCodes.notFound, 'there is no such job, job type, schedule or group'],
  [exitCodes.jobCancelled, 'the job was cancelled'],
  [exitCodes.conflict, 'it conflicts with what is there: a key with other content, a job that has ended'],
  [exitCodes.overQuota, 'a quota refused it'],
  [exitCodes.timeOut, 'the time to wait is over, and the job goes on'],
  [exitCodes.interrupted, 'Ctrl-C ended the command; a job goes on'],
];

/** @returns the exit code for something that was thrown */
export function exitCodeOf(error: unknown): number {
  if (isUsageError(error)) return exitCodes.usage;
  if (error instanceof CommandError) return error.exitCode;
  if (is(error, 'job-failed')) return exitCodes.jobFailed;
  if (is(error, 'job-cancelled')) return exitCodes.jobCancelled;
  if (is(error, 'still-running')) return exitCodes.timeOut;
  return is(error, 'problem') ? codeOfProblem(error) : exitCodes.error;
}

/** @returns whether the command was called wrongly; the conformance tests, which know nothing of this project, say so with a code */
export function isUsageError(error: unknown): boolean {
  return error instanceof UsageError || String((error as { readonly code?: unknown } | null)?.code).startsWith('ERR_PARSE_ARGS');
}

function codeOfProblem({ status, code }: ProblemError): number {
  if (code === 'idempotency-key-reused') return exitCodes.conflict;
  if (code === 'over-quota') return exitCodes.overQuota;
  if (code === 'unknown-job-type') return exitCodes.notFound;
  return codesOfStatus[status] ?? exitCodes.error;
}

const codesOfStatus: Readonly<Record<number, number>> = {
  401: exitCodes.notAllowed,
  403: exitCodes.notAllowed,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  410: exitCodes.conflict,
};
