/** A job type's contract: plain data from which the API, the stack, the docs and the worker are built. */
import type { z } from 'zod';
import type { SignalSchemas } from './context.ts';
import { contractViolations } from './contract-violations.ts';
import type { Duration } from './duration.ts';
import type { Settings } from './runtime-settings.ts';

/** The waits between attempts: random, below a ceiling that doubles with each attempt. */
export interface Backoff {
  /** The ceiling of the first wait, in milliseconds. */
  readonly baseMs: number;
  /** The ceiling is never higher than this, in milliseconds. */
  readonly capMs: number;
}

/** One IAM statement as data, from which `lib/` builds a policy. `{region}`, `{account}`, `{partition}` and the names in the type's `environment` are replaced at deployment. */
export interface PermissionStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why there is no narrower way, with a link. Required if a resource contains a `*`. */
  readonly reason?: string;
}

export interface JobTypeContract<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Signals extends SignalSchemas = SignalSchemas,
> {
  /** The name that callers send, and that the folder, queue and function have: kebab-case, at most 40 characters. */
  readonly name: string;
  /** What the job does, in one or two sentences for callers. */
  readonly description: string;
  /** An integer from 1. Raise it when the new code must not continue jobs of the old one, because a step, sleep or checkpoint changed its meaning. */
  readonly version: number;
  /** The schema of the input. A submission that it refuses is answered with 422. */
  readonly input: Input;
  /** An input as a caller may send it, for the docs and the OpenAPI document. @default none */
  readonly example?: unknown;
  /** The schema of the result. */
  readonly output: Output;
  /**
   * The longest invocation: 30 to 900 seconds, which is Lambda's limit. The last 8 seconds are kept for stopping and writing. Longer work sleeps
   * or saves checkpoints, and continues in the next invocation.
   */
  readonly timeoutSeconds: number;
  /** The time from the earliest start after which the job fails with `deadline_exceeded`, unless the submission has a deadline of its own: 1 second to 366 days. */
  readonly deadline: Duration;
  /** The number of attempts, 1 to 100, unless the submission says otherwise. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** How long such a job usually takes, in seconds; `Retry-After` is derived from it. */
  readonly typicalSeconds: number;
  /** The maximum number of invocations at the same time, 2 to 1000 (SQS's MaximumConcurrency). */
  readonly concurrency: number;
  /** The maximum number of jobs in one invocation, 1 to 10. Use 1 for work that is long or needs much memory. */
  readonly batchSize: number;
  /** The function's memory, 128 to 10240 MiB. */
  readonly memoryMiB: number;
  /** The size of the function's `/tmp`, 512 to 10240 MiB. @default Lambda's, 512 */
  readonly ephemeralStorageMiB?: number;
  /**
   * How often a running worker reads its record to find a cancel request: 1 to 15 whole seconds. Each time costs one read.
   * @default heartbeats find it, within 15 seconds
   */
  readonly cancelCheckSeconds?: number;
  /** Whether the worker has a `cleanUp`. A job that was started then ends as failed or cancelled only after that ran. @default false */
  readonly cleansUp?: boolean;
  /** How the worker uses `ctx.files`; its function gets the permissions for that and no more. @default not at all */
  readonly files?: 'write' | 'write-and-read';
  /**
   * Whether the input may name uploads, as `upload://upl_…`, which the worker reads with `ctx.openUpload`. Each is looked up before a job is accepted,
   * and its function may read them. @default such a text is a text like all others
   */
  readonly uploads?: 'read';
  /** Names of members of the input and of signals, at any depth, whose values are secret: they appear in no log, timeline or error. @default none */
  readonly redact?: readonly string[];
  /**
   * What callers may send to a running or waiting job, by name (letters, digits, `-` and `_`, at most 64): the schema of the payload. A payload that it
   * refuses is answered with 422. The worker receives them with `ctx.waitForSignal`.
   * @default none
   */
  readonly signals?: Signals;
  /** The job types that the worker may submit with `ctx.delegate` and `ctx.run`. @default none */
  readonly delegatesTo?: readonly string[];
  /**
   * Delegations that outlive the job, whose state the API shows with the job: for each name, the maximum number in one job, 1 to 1000. The second
   * is called `name-2`, the third `name-3`, and so on.
   * @default none
   */
  readonly follows?: Readonly<Record<string, number>>;
  /**
   * Bounds how many jobs of one owner run at once with one key: `limit`, 1 to 100. Others wait before their start (`waiting_for_key`), in the order of
   * their acceptance. Submissions carry the key as `concurrencyKey`, unless the type computes it.
   * @default jobs of the type have no keys
   */
  readonly keys?: ConcurrencyKeys<Input>;
  /**
   * Whether submissions may say `priority`: `low`, `normal` or `high`. It orders the jobs that wait at one key; those without a key share one, so `keys`
   * is needed. @default false
   */
  readonly priorities?: boolean;
  /** Packages with native code, which esbuild cannot bundle. `lib/` copies their files for the function's architecture into the asset. @default none */
  readonly nativeModules?: readonly string[];
  /**
   * Whether the type is the service's own: callers cannot submit it, no job delegates to it, and the list of job types leaves it out. Its jobs are
   * visible to their owners like any other. @default false
   */
  readonly isInternal?: boolean;
  /** What the worker may do besides the engine's own calls, under the deployer's settings. */
  readonly permissions: (settings: Settings) => readonly PermissionStatement[];
  /**
   * Checks what a schema cannot know: whether the deployer allows the input. It is declared as a method, so that contracts of different inputs fit into one list.
   * @returns one fault for each member that is not allowed; none if the submission is accepted
   */
  check?(input: z.output<Input>, settings: Settings): readonly InputFault[];
}

export interface ConcurrencyKeys<Input extends z.ZodType = z.ZodType> {
  readonly limit: number;
  /**
   * Computes the key of a job from its input. It is declared as a method, as `check` is.
   * @returns undefined for a job that nothing bounds
   */
  of?(input: z.output<Input>): string | undefined;
}

export interface InputFault {
  /** A JSON Pointer within the input, e.g. `/table`. */
  readonly pointer: string;
  /** What is wrong with the member and what is allowed, for the caller. */
  readonly detail: string;
}

/**
 * Exists in the bundles of functions alone. Contracts are checked before anything is bundled, so no start of a function checks them again.
 */
declare const CONTRACTS_ARE_CHECKED: true | undefined;

/**
 * Infers the schema types of a contract and checks its members, so that a mistake shows when the module is loaded and not as a job that never ends.
 * @throws Error that lists every member that is out of its range
 */
export function defineJobType<Input extends z.ZodType, Output extends z.ZodType, Signals extends SignalSchemas = SignalSchemas>(
  contract: JobTypeContract<Input, Output, Signals>,
): JobTypeContract<Input, Output, Signals> {
  const faults = typeof CONTRACTS_ARE_CHECKED === 'undefined' ? contractViolations(contract) : [];
  if (faults.length > 0)
    throw new Error(`The contract of the job type ${JSON.stringify(contract.name)} is not valid:\n  ${faults.join('\n  ')}`);
  return contract;
}

/** @returns the contract of a type, or undefined when there is no such type */
export function findContract(catalogue: readonly JobTypeContract[], type: string): JobTypeContract | undefined {
  return catalogue.find((contract) => contract.name === type);
}
