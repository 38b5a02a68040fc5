/** What the client throws. Two copies of a package have classes of their own, so errors are recognised with `is`, and not with `instanceof`. */
import type { ProblemName } from './problem-names.ts';
import type { Job } from './shown-job.ts';

export type DelegationErrorKind =
  /** The API refused the request; `problem` says why. */
  | 'problem'
  /** No answer came, however often the request was sent. */
  | 'unreachable'
  | 'job-failed'
  | 'job-cancelled'
  /** The job goes on, and the time to wait for it is over. */
  | 'still-running';

/** An error of the client. `kind` says which. */
export class DelegationError extends Error {
  override readonly name: string = 'DelegationError';
  readonly kind: DelegationErrorKind;

  constructor(kind: DelegationErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** An answer of the API that is a problem (RFC 9457). */
export class ProblemError extends DelegationError {
  override readonly name = 'ProblemError';
  /** The name of the problem, e.g. `invalid-submission`; newer services may have others. */
  readonly code: ProblemName | (string & {});
  readonly status: number;
  readonly detail: string;
  /** What is wrong with the members of the request, by JSON Pointer; empty where the problem is about none. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  /** In whole seconds, where the API said when to come again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds: number | undefined) {
    const { code, title, status, detail, errors = [] } = problem;
    // The detail of a problem with one fault is that fault.
    const faults = errors.map(({ pointer, detail: fault }) => `${pointer}: ${fault}`).filter((fault) => fault !== detail);
    super('problem', [`${title} (${status} ${code}). ${detail}`, ...faults.slice(0, 3)].join('\n  '));
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The body of an answer that is a problem. */
export interface Problem {
  readonly type?: string;
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** The job failed. `code` and `details` are those of its error. */
export class JobFailed extends DelegationError {
  override readonly name = 'JobFailed';
  readonly job: Job;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(job: Job) {
    const { code = 'unknown', message = 'The job failed.', details } = job.error ?? {};
    super('job-failed', `${job.type} ${job.id} failed: ${code}: ${message}`);
    this.job = job;
    this.code = code;
    this.details = details;
  }
}

/** The job was cancelled, so it has no result. */
export class JobCancelled extends DelegationError {
  override readonly name = 'JobCancelled';
  readonly job: Job;

  constructor(job: Job) {
    super('job-cancelled', `${job.type} ${job.id} was cancelled.`);
    this.job = job;
  }
}

/** The job has not ended within the time to wait for it, and goes on. */
export class StillRunning extends DelegationError {
  override readonly name = 'StillRunning';
  readonly job: Job;

  constructor(job: Job) {
    const { code, detail } = job.reason ?? {};
    const why = code === undefined ? '' : ` (${code}${detail === null || detail === undefined ? '' : `: ${detail}`})`;
    super('still-running', `${job.type} ${job.id} is ${job.status}${why} and goes on; ask for its result again later.`);
    this.job = job;
  }
}

interface ErrorsByName {
  readonly problem: ProblemError;
  readonly unreachable: DelegationError;
  readonly 'job-failed': JobFailed;
  readonly 'job-cancelled': JobCancelled;
  readonly 'still-running': StillRunning;
}

/**
 * Whether something that was thrown is an error of this client, of a kind, or a problem of a name.
 * @param name a kind, such as `job-failed`, or the name of a problem, such as `over-quota` @default any
 */
export function is<Kind extends DelegationErrorKind>(error: unknown, name: Kind): error is ErrorsByName[Kind];
export function is(error: unknown, name: ProblemName): error is ProblemError;
export function is(error: unknown): error is DelegationError;
export function is(error: unknown, name?: string): boolean {
  const kind = error instanceof Error && 'kind' in error ? String(error.kind) : undefined;
  if (kind === undefined || !kinds.has(kind)) return false;
  return name === undefined || kind === name || (kind === 'problem' && (error as { readonly code?: unknown }).code === name);
}

const kinds: ReadonlySet<string> = new Set<DelegationErrorKind>(['problem', 'unreachable', 'job-failed', 'job-cancelled', 'still-running']);
