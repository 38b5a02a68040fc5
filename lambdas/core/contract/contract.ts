/** A job type's contract: plain data that the API, the stack, the docs and the worker are all made from. */
import type { z } from 'zod';
import { contractViolations } from './contract-violations.ts';
import type { Duration } from './duration.ts';
import type { Settings } from './settings.ts';

export interface Backoff {
  /** Ceiling of the first wait; it doubles with each attempt. */
  readonly baseMs: number;
  /** Highest ceiling. */
  readonly capMs: number;
}

/** One IAM statement as data: `lib/` turns it into a policy. `{region}`, `{account}`, `{partition}` and what the type's `environment` holds are filled in at deployment. */
export interface PermissionStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Required where a resource holds a `*`: why there is no narrower way, with a link. */
  readonly reason?: string;
}

export interface JobTypeContract<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** kebab-case, at most 40 characters; names the folder, the queue and the function, and is what callers send. */
  readonly name: string;
  /** One or two sentences for callers. */
  readonly description: string;
  /** Raise it when records of the old code must not be continued by the new one: a step, sleep or checkpoint then changed its meaning. */
  readonly version: number;
  readonly input: Input;
  readonly output: Output;
  /** Longest single invocation, 30 to 900 (Lambda's limit; the last 8 seconds are kept for stopping and writing). Longer work sleeps or checkpoints and goes on in the next one. */
  readonly timeoutSeconds: number;
  /** The job as a whole fails with `deadline_exceeded` so long after it may start, unless the submission says otherwise. */
  readonly deadline: Duration;
  /** 1 to 100. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** What such a job usually takes, for `Retry-After`. */
  readonly typicalSeconds: number;
  /** Highest number of invocations at once (SQS MaximumConcurrency, 2 to 1000). */
  readonly concurrency: number;
  /** Messages in one invocation, 1 to 10. Long or memory-hungry work takes 1. */
  readonly batchSize: number;
  /** 128 to 10240. */
  readonly memoryMiB: number;
  /** `/tmp` of the function, 512 to 10240. */
  readonly ephemeralStorageMiB?: number;
  /** How often a running worker reads its record for a cancel request, which a heartbeat brings within 15 s otherwise: whole seconds. Each look is one read. */
  readonly cancelCheckSeconds?: number;
  /** Whether the worker has a `cleanUp`: such a job, once started, is only ended as failed or cancelled after that ran. */
  readonly cleansUp?: boolean;
  /** How the worker uses `ctx.files`; its function may do no more. @default not at all */
  readonly files?: 'write' | 'write-and-read';
  /** Members of the input, at any depth, whose values are secret: they reach no log, timeline or error. */
  readonly redact?: readonly string[];
  /** Job types that this worker delegates to with `ctx.delegate`. */
  readonly delegatesTo?: readonly string[];
  /**
   * Delegations that go on after the job's end: the API shows with the job what became of them. By name, the number of delegations that
   * a job makes at most; the second is named `name-2`, the third `name-3`, and so on.
   */
  readonly follows?: Readonly<Record<string, number>>;
  /** Native modules that esbuild cannot bundle; `lib/` copies those of the Lambda's architecture into the asset. */
  readonly nativeModules?: readonly string[];
  /** What the worker may do besides the engine's own calls. Also what the submission's limits are made from. */
  readonly permissions: (settings: Settings) => readonly PermissionStatement[];
  /** @returns faults of an input that its schema cannot know: what the deployer did not allow. Pointers are relative to the input, e.g. `/table`. A method, so that a contract of any input fits into a list of contracts. */
  check?(input: z.output<Input>, settings: Settings): readonly InputFault[];
}

export interface InputFault {
  /** JSON Pointer within the input, e.g. `/table`. */
  readonly pointer: string;
  readonly detail: string;
}

/**
 * Fixes the schema types of a contract and checks its members, so that a mistake shows when the module loads and not as a job that never ends.
 * @throws Error that names every member that is out of its range
 */
export function defineJobType<Input extends z.ZodType, Output extends z.ZodType>(
  contract: JobTypeContract<Input, Output>,
): JobTypeContract<Input, Output> {
  const faults = contractViolations(contract);
  if (faults.length > 0)
    throw new Error(`The contract of the job type ${JSON.stringify(contract.name)} is not valid:\n  ${faults.join('\n  ')}`);
  return contract;
}

/** @returns the contract of a type, or undefined when there is no such type */
export function findContract(catalogue: readonly JobTypeContract[], type: string): JobTypeContract | undefined {
  return catalogue.find((contract) => contract.name === type);
}
