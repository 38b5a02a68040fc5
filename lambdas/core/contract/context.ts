/** What a worker's code gets from the engine. Job types are written against these interfaces alone. */
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Priority } from './concurrency-key.ts';
import type { JobTypeContract } from './contract.ts';
import type { Duration } from './duration.ts';
import type { Log } from './log.ts';
import type { Settings } from './runtime-settings.ts';

/** What callers see as the job's `reason` while it sleeps or waits. */
export interface WaitReason {
  /** @default 'sleeping' */
  readonly code?: 'sleeping' | 'waiting_for_capacity';
  /** A short text for people. @default none */
  readonly detail?: string;
}

/** The schemas of the signals that a job type accepts, by name. */
export type SignalSchemas = Readonly<Record<string, z.ZodType>>;

export interface SignalWait {
  /** Counted from the first call in the attempt. */
  readonly timeout: Duration;
  /** A short text for people: what the job waits for. @default the signal's name */
  readonly detail?: string;
}

export interface SignalLinkOptions<Payload = unknown> {
  /** How long the link can be used: 1 second to 366 days from now. */
  readonly expiresIn: Duration;
  /** What the link sends, for a link that only approves: at most 1,024 bytes of JSON. @default whoever uses the link says, or null */
  readonly payload?: Payload;
  /** What the page's button says, such as `Approve`: 1 to 80 characters. @default `Send` */
  readonly label?: string;
  /**
   * One of the links of a signal and group can be used: where one approves and another one rejects, the first that is used decides. Give the links of
   * each person a group of their own where several must answer.
   * @default one group for all links of the signal
   */
  readonly group?: string;
}

export interface DelegationRequest {
  /** The job type of the child. */
  readonly type: string;
  /** The input of the child, a JSON value that its type's schema accepts. */
  readonly input: unknown;
  /** The earliest start: ISO-8601 with an offset, at most a year ahead. @default at once */
  readonly startAt?: string;
  /** The key that bounds how many run at once, for a type whose contract has `keys` and does not compute it. @default none */
  readonly concurrencyKey?: string;
  /** The place among jobs that wait at one key, for a type whose contract has `priorities`. @default the priority of this job; `normal` if it has none */
  readonly priority?: Priority;
}

/** What a caller uploaded, checked against what the caller announced. */
export interface Upload {
  readonly sizeBytes: number;
  /** The media type that the caller announced. */
  readonly contentType: string;
  /** How the bytes are compressed; they are not decompressed here. */
  readonly contentEncoding: 'gzip' | 'zstd' | undefined;
  /**
   * All bytes, as they were uploaded.
   * @throws, through the stream, RetryableError `upload_interrupted` where it ends early, or does not have the checksum of the upload
   */
  stream(): Readable;
  /**
   * Some of its bytes, which can be read in any order.
   * @returns `bytes` bytes from `offset` on; fewer at its end
   * @throws RetryableError `upload_interrupted`; PermanentError `upload_missing` or `upload_changed`
   */
  read(offset: number, bytes: number): Promise<Buffer>;
}

/** The type of a job that another one runs: its name, or its contract, which gives the types of input and result as well. */
export type ChildType = string | JobTypeContract;

/** What a job of a type takes: a JSON value that its schema accepts. */
export type ChildInput<Type extends ChildType> = Type extends JobTypeContract ? z.input<Type['input']> : unknown;

/** What a job of a type returns, as JSON holds it: a `Date` of the schema arrives as text. */
export type ChildResult<Type extends ChildType> = Type extends JobTypeContract ? z.output<Type['output']> : unknown;

/** A job that another one runs as a part of its own work. */
export interface ChildRun<Type extends ChildType = ChildType> extends ChildRunOptions {
  /** Unique among the runs of the job, at most 100 bytes of UTF-8. */
  readonly name: string;
  readonly type: Type;
  readonly input: ChildInput<Type>;
}

export type ChildRunOptions = Pick<DelegationRequest, 'startAt' | 'concurrencyKey' | 'priority'>;

/**
 * The context of one invocation. A worker's function runs from its top in every invocation of the job: steps, waits and delegations that
 * are done return or throw what they did before, in the same order, and sleeps that are over return at once. The code between them
 * must therefore be deterministic. A job may have 500 steps, failed steps, sleeps, waits and delegations together.
 */
export interface JobContext<Signals extends SignalSchemas = SignalSchemas> {
  readonly job: {
    readonly id: string;
    /** The caller that the job belongs to. */
    readonly owner: string;
    readonly type: string;
    /** The number of the attempt that runs, from 1; the same in all of its invocations. */
    readonly attempt: number;
    /** When the job was accepted: ISO-8601 in UTC. */
    readonly createdAt: string;
    /** When the job fails with `deadline_exceeded` if it has not ended: ISO-8601 in UTC. */
    readonly deadline: string;
    /** The caller's trace (W3C Trace Context), to hand on in requests of your own; undefined if it sent none. */
    readonly traceparent: string | undefined;
    /** Labels that the caller gave the job; empty if none. */
    readonly tags: Readonly<Record<string, string>>;
  };
  /** What the deployer allows. */
  readonly settings: Settings;
  /**
   * Aborts when the code must stop: on a cancel, the deadline, the end of the invocation's time, a lost lease, or when the process is about to end.
   * `signal.reason` is a `JobInterruptedError`: throw it, or let the call that was aborted throw. Code that is still running five seconds
   * later is abandoned.
   */
  readonly signal: AbortSignal;
  readonly log: Log;

  /**
   * Reports progress, which callers see after the next heartbeat, within 15 seconds. Each call replaces the one before.
   * @param fraction from 0 to 1 (values outside are clamped), or null if it is unknown
   * @param message a text for people, truncated to 200 characters
   */
  progress(fraction: number | null, message?: string): void;

  /**
   * Runs `fn` once and remembers what it returned, as JSON (`undefined` becomes null): later invocations get that and do not run it. A
   * crash after the effect and before the result is stored runs `fn` again, so give outside effects `idempotencyToken`. A failure is
   * remembered until the attempt ends: code that catches it gets the same failure in each later invocation. After a failure the same
   * name may be used again, for a retry loop in the worker's code. Steps that are still running when `run` returns are waited for.
   * @param name unique among the steps of the job, at most 100 bytes of UTF-8
   * @param fn must not call other steps, sleeps or waits
   * @throws PermanentError `invalid_step_result` when JSON cannot hold the result (BigInt, a cycle) or it exceeds 8 MiB; `step_name_reused`, `too_many_steps`
   * @throws what `fn` threw, rebuilt from JSON in every invocation: compare `error.name` or `error.code`, not classes of your own
   */
  step<T>(name: string, fn: () => Promise<T>): Promise<T>;

  /**
   * Ends the invocation and resumes after `duration`; meanwhile nothing runs and nothing is paid. Parallel branches of the code run on until
   * each of them waits, and the job resumes at the earliest of their times.
   * @param name unique among the sleeps of the job, at most 100 bytes of UTF-8
   * @param duration at least one second; shorter ones become one second
   * @throws PermanentError `invalid_duration`
   */
  sleep(name: string, duration: Duration, reason?: WaitReason): Promise<void>;

  /**
   * Calls `check` until it returns something other than undefined, and remembers that, as JSON. Between two calls the invocation ends. A check
   * that throws a retryable error has found nothing and is repeated; a permanent error ends the wait.
   * @param name unique among the waits of the job, at most 100 bytes of UTF-8
   * @param check must not call steps, sleeps or waits
   * @param options `every`: the time between two calls, at least one second. `timeout`: counted from the first call.
   * @throws WaitTimedOutError when `timeout` has passed; remembered like the failure of a step
   */
  waitUntil<T>(
    name: string,
    check: () => Promise<T | undefined>,
    options: { readonly every: Duration; readonly timeout: Duration; readonly reason?: WaitReason },
  ): Promise<T>;

  /**
   * Waits for a signal that a caller sends with `POST /v1/jobs/{id}/signals/{name}`. The invocation ends, nothing is paid meanwhile, and the signal
   * wakes the job at once. One that comes before anything waits for it is kept. Each signal is received once, the oldest first: two waits take two
   * signals.
   * @param name one of the contract's `signals`
   * @returns the payload, parsed by the contract's schema
   * @throws WaitTimedOutError when `timeout` has passed; remembered like the failure of a step, so that a later signal does not change it
   * @throws PermanentError `unknown_signal` for a name that the contract does not have, `invalid_signal` when a newer contract refuses a payload that an older one accepted
   */
  waitForSignal<Name extends keyof Signals & string>(name: Name, wait: SignalWait): Promise<z.output<Signals[Name]>>;

  /**
   * Makes a link by which somebody without credentials may send one signal to this job, once, e.g. an approval by mail. Opening it sends nothing: it shows
   * a page whose button does. The address is a secret, like a password: it is hidden in what the engine shows and logs, and should be in no result of a
   * job. It is the same in every later invocation and attempt, also when it was used or has expired.
   * @param name one of the contract's `signals`. Links of one name are numbered in the order of the calls. At most 20 links in a job
   * @returns an absolute address of the deployment
   * @throws PermanentError `unknown_signal` for a name that the contract does not have, `invalid_signal` for a payload that it refuses, `invalid_duration`,
   * `too_many_links`
   */
  signalUrl<Name extends keyof Signals & string>(name: Name, options: SignalLinkOptions<z.input<Signals[Name]>>): Promise<string>;

  /** @returns at most 64 ASCII letters and digits: the same for this job and name in every attempt, and different for any other */
  idempotencyToken(name: string): string;

  /** The worker's own resume point: one JSON value, kept in every later invocation and attempt. Each save replaces the value. */
  readonly checkpoint: {
    /** @returns the value that was saved last, or undefined. Its type is not checked. */
    load<T>(): T | undefined;
    /**
     * Saves a JSON value of at most 32 KiB; a few KB are better, since every write of the record pays for it. This is a safe point: when
     * the invocation's time is nearly over it ends here, and `run` starts again with this checkpoint.
     * @throws PermanentError `invalid_checkpoint` or `checkpoint_too_large`
     */
    save(state: unknown): Promise<void>;
  };

  /** Files that callers may download while the job's record exists, at most 100. The contract's `files` must allow it. */
  readonly files: {
    /**
     * Streams `body` to S3, in parts if it is large. Writing a name again replaces its file once the record refers to the new one: at the next
     * checkpoint, step, sleep, or the end.
     * @param name 1 to 100 letters, digits, dots, dashes or underscores, beginning with a letter or digit
     * @param contentType a media type, e.g. `text/csv; charset=utf-8`
     * @returns the path under which the API serves it, e.g. `/v1/jobs/job_…/files/rejected.ndjson`
     */
    write(name: string, body: Readable | Uint8Array | string, contentType: string): Promise<string>;
    /** Reads a file of this job, also one that an earlier invocation wrote. @throws PermanentError if there is none */
    read(name: string): Promise<Readable>;
    /** @returns the names of the files so far */
    list(): readonly string[];
    /** Removes a file from the job: it is no longer served, and expires in the bucket. Nothing happens if there is none. */
    remove(name: string): void;
  };

  /**
   * Opens what the caller uploaded (`POST /v1/uploads`) and named in the input. The contract's `uploads` must allow it. Each attempt reads the same
   * bytes: an object that is not what was announced is refused.
   * @param reference `upload://upl_…`, of the job's owner
   * @throws PermanentError `upload_missing` or `upload_changed`
   */
  openUpload(reference: string): Promise<Upload>;

  /**
   * Runs another job for the same owner as a part of this one's work, and waits for its result. The invocation ends meanwhile, nothing is paid, and the
   * end of the other job wakes this one. The other job ends no later than this one's deadline, is cancelled when this one fails or is cancelled, and counts
   * against the owner's quota; while that has no room this job waits.
   * @param name unique among the runs of the job, at most 100 bytes of UTF-8
   * @param type one of the contract's `delegatesTo`: its name, or its contract, which gives the types of input and result
   * @returns the other job's result
   * @throws PermanentError with the `code` and `details` of the other job's error when it failed, `child_cancelled` when it was cancelled; remembered
   * like the failure of a step, so the next attempt runs a new job. `delegation_not_allowed`, `invalid_delegation`, and `too_many_children` beyond 100
   */
  run<Type extends ChildType>(name: string, type: Type, input: ChildInput<Type>, options?: ChildRunOptions): Promise<ChildResult<Type>>;

  /**
   * Runs several other jobs, as `run` does. This job resumes once, when all of them have ended.
   * @returns their results, in the order of `jobs`
   * @throws the failure of the first in that order which failed, once all have ended
   */
  runAll<const Types extends readonly ChildType[]>(
    jobs: readonly [...{ readonly [I in keyof Types]: ChildRun<Types[I]> }],
  ): Promise<{ -readonly [I in keyof Types]: ChildResult<Types[I]> }>;

  /**
   * Submits another job for the same owner, and returns without waiting for it. The first call of a `name` decides: later ones return the same id,
   * even if they ask for something else. The child counts against the owner's quota; while that has no room this job waits.
   * @param name unique among the delegations of the job, at most 100 bytes of UTF-8
   * @returns the child's id
   * @throws PermanentError `delegation_not_allowed` unless the contract's `delegatesTo` lists the type; `invalid_delegation` if the API would refuse such a submission
   */
  delegate(name: string, job: DelegationRequest): Promise<string>;
}

/** The code of a job type. */
export interface WorkerDefinition<Contract extends JobTypeContract> {
  /**
   * Does the work. It may run several times in one attempt, each time from its top.
   * @returns what the contract's `output` accepts
   */
  run(input: z.output<Contract['input']>, ctx: JobContext<NonNullable<Contract['signals']>>): Promise<z.input<Contract['output']>>;
  /**
   * Undoes what the job created, before the job ends without success: after its last failure, a cancel or its deadline, also when the
   * worker that created it is dead. It may run again after a crash, so it must be idempotent; if it throws, it is tried again.
   * @param input undefined if it can no longer be read: its object is gone, or a newer contract refuses it
   * @param ctx its signal aborts only when the lease is lost, and its checkpoint can be loaded but not saved
   * @returns a sentence for the job's timeline, e.g. "terminated i-1, i-2", or undefined if there was nothing to do
   */
  cleanUp?(input: z.output<Contract['input']> | undefined, ctx: CleanUpContext): Promise<string | undefined>;
}

export type CleanUpContext = Pick<JobContext, 'job' | 'settings' | 'signal' | 'log' | 'idempotencyToken' | 'checkpoint'>;
