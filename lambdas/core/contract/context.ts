/** What a worker sees: its code is written against this interface alone. */
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { JobTypeContract } from './contract.ts';
import type { Duration } from './duration.ts';
import type { Settings } from './settings.ts';

/** Log lines carry the job's id, type and attempt, which fields of these names cannot replace. Logging never throws; errors are shown with their causes. Never log a secret. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface WaitReason {
  /** What the job's `reason.code` says meanwhile. @default 'sleeping' */
  readonly code?: 'sleeping' | 'waiting_for_capacity';
  readonly detail?: string;
}

export interface DelegationRequest {
  readonly type: string;
  readonly input: unknown;
  /** ISO-8601 with an offset, at most a year ahead; not before. */
  readonly startAt?: string;
}

/**
 * Handed to a worker for one invocation. The worker's function runs from its top in every invocation of the job: steps, sleeps, waits and
 * delegations return or throw what they did before, in the same order, and cost nothing, so the code between them must be deterministic.
 */
export interface JobContext {
  readonly job: {
    readonly id: string;
    readonly owner: string;
    readonly type: string;
    readonly attempt: number;
    readonly createdAt: string;
    /** ISO-8601; the job fails with `deadline_exceeded` then. */
    readonly deadline: string;
    readonly tags: Readonly<Record<string, string>>;
  };
  readonly settings: Settings;
  /** Aborts on cancel, deadline, attempt time-out, lost lease, or when the machine is going down; `signal.reason` is a `JobInterruptedError`. Throw `signal.reason` (or let the aborted call throw) to obey. */
  readonly signal: AbortSignal;
  readonly log: Log;

  /** Shown to callers with the next heartbeat. @param fraction in [0, 1], or null if unknown @param message short, for people */
  progress(fraction: number | null, message?: string): void;

  /**
   * Runs `fn` once in the life of the job and remembers what it returned (JSON; `undefined` becomes null). A crash between the effect and
   * the remembering runs it again, so effects carry `idempotencyToken`. A failure is remembered too, until the attempt ends: code that catches it and
   * goes on gets the same failure in each later invocation. After a failure the same name may be used again, for a retry loop of the worker's own.
   * A step that runs when `run` returns is waited for. No other step, sleep or wait may be called inside `fn`.
   * @param name unique among the steps of the job, at most 100 bytes
   * @throws PermanentError `invalid_step_result` when JSON cannot hold the result (BigInt, a cycle) or it is over 8 MiB; `step_name_reused`, `too_many_steps`
   * @throws what `fn` threw, rebuilt from JSON in every invocation: compare `error.name` or `error.code`, not classes of your own
   */
  step<T>(name: string, fn: () => Promise<T>): Promise<T>;

  /**
   * Ends the invocation and goes on after `duration`, free of charge; whole seconds, at least one. Branches that run at once go on until each of
   * them waits; the shortest wait counts.
   * @param name unique among the sleeps of the job, at most 100 bytes
   * @throws PermanentError `invalid_duration`
   */
  sleep(name: string, duration: Duration, reason?: WaitReason): Promise<void>;

  /**
   * Ends the invocation until `check` returns something other than undefined, looking every `every`; what it returned is remembered, as JSON.
   * A check that throws a retryable error is a look that found nothing; a permanent one ends the wait.
   * @param name unique among the waits of the job, at most 100 bytes
   * @throws WaitTimedOutError once `timeout` has passed since the first look; remembered like a step's failure
   */
  waitUntil<T>(
    name: string,
    check: () => Promise<T | undefined>,
    options: { readonly every: Duration; readonly timeout: Duration; readonly reason?: WaitReason },
  ): Promise<T>;

  /** @returns at most 64 ASCII letters and digits, the same for this job and name in every attempt, and for no other */
  idempotencyToken(name: string): string;

  /** A worker's own resume point: one JSON value (a few KB at most), overwritten by each save, there again in every later invocation. */
  readonly checkpoint: {
    load<T>(): T | undefined;
    /** Saves a JSON value of at most 32 KiB and is a safe point: when Lambda's time is nearly over the invocation ends here, and `run` starts again with this checkpoint. */
    save(state: unknown): Promise<void>;
  };

  /** Files that callers may download as long as the job's record lives. */
  readonly files: {
    /**
     * Streams `body` to S3 (multipart when large).
     * @param name letters, digits, dot, dash; the last write under a name counts, once the job's record points at it (next checkpoint, step, sleep or end)
     * @returns the absolute path under which the API hands it out, e.g. `/v1/jobs/job_…/files/rejected.ndjson`
     */
    write(name: string, body: Readable | Uint8Array | string, contentType: string): Promise<string>;
    /** Reads back a file of this job that an earlier invocation wrote. */
    read(name: string): Promise<Readable>;
    /** @returns names written so far */
    list(): readonly string[];
    /** Forgets a file: it is no longer handed out, and expires in the bucket. */
    remove(name: string): void;
  };

  /**
   * Submits another job for the same owner. The first call of a `name` decides: later ones return its id, whatever they ask for. The child counts
   * against the owner's quota; while that has no room this job waits.
   * @param name unique among the delegations of the job, at most 100 bytes
   * @returns the child's id
   * @throws PermanentError `delegation_not_allowed` unless the contract's `delegatesTo` names the type; `invalid_delegation` for what a submission would be refused for
   */
  delegate(name: string, job: DelegationRequest): Promise<string>;
}

/** What a job type does. */
export interface WorkerDefinition<Contract extends JobTypeContract> {
  /** @returns what the contract's `output` allows */
  run(input: z.output<Contract['input']>, ctx: JobContext): Promise<z.input<Contract['output']>>;
  /**
   * Undoes what the job made, when it will not succeed: called after it failed for good, was cancelled, or passed its deadline, also when
   * the worker that made it is dead. May be called again after a crash, so it is idempotent; if it throws it is tried again. Sees the job's checkpoint.
   * @param input undefined when it can no longer be read (its object is gone, or a newer contract refuses it)
   * @returns a sentence for the job's timeline, e.g. "terminated i-1, i-2", or undefined when there was nothing to do
   */
  cleanUp?(input: z.output<Contract['input']> | undefined, ctx: CleanUpContext): Promise<string | undefined>;
}

export type CleanUpContext = Pick<JobContext, 'job' | 'settings' | 'signal' | 'log' | 'idempotencyToken' | 'checkpoint'>;
