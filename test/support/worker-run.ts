/** Runs a worker's job on the real engine of the test kit, against the servers that its code talks to. */
import type { z } from 'zod';
import type { JobContext, WorkerDefinition } from '../../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import type { Settings } from '../../lambdas/core/contract/runtime-settings.ts';
import { isTerminal } from '../../lambdas/core/job/states.ts';
import {
  type JobTypeUnderTest,
  type Operation,
  type SubmitOptions,
  type TestJob,
  type TestKit,
  testKit,
  type WorkerMoment,
} from '../../testing/index.ts';

/** How the job failed, with what callers read of it. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor({ status, error }: TestJob) {
    super(error?.message ?? `The job is ${status}.`);
    this.code = error?.code ?? status;
    this.retryable = error?.retryable ?? false;
    this.details = error?.details;
  }
}

export interface RunOptions extends SubmitOptions {
  readonly settings?: Partial<Settings>;
  readonly jobTypes?: readonly JobTypeUnderTest[];
  /** What the time of the kit starts with. @default now */
  readonly kitStartsAt?: Date;
  readonly onTimeMoved?: (now: Date) => void;
  /** What each sleep takes, in milliseconds of this machine: servers in a test need some between two looks. @default 0 */
  readonly sleepMs?: number;
  /** How long a step may take, in milliseconds of this machine. @default two minutes, since the machine may be busy */
  readonly patienceMs?: number;
}

/** What callers saw while a job waited. */
export interface Wait {
  readonly ms: number;
  readonly code: string;
  readonly detail: string | null;
}

/** A job and the kit that it runs in. One attempt, unless the test asks for more. */
export class WorkerRun<Contract extends JobTypeContract> {
  readonly kit: TestKit<Contract>;
  private readonly options: RunOptions;
  /** How often and why the job waited, as `drive` saw it. */
  readonly waits: Wait[] = [];
  private lastWaitUntil: string | undefined;
  private submitted: TestJob<z.output<Contract['output']>> | undefined;

  constructor(contract: Contract, definition: WorkerDefinition<Contract>, options: RunOptions = {}) {
    const { settings = {}, jobTypes = [], patienceMs = 120_000, kitStartsAt, onTimeMoved } = options;
    this.kit = testKit(contract, definition, {
      ...{ settings, jobTypes, patienceMs },
      ...(kitStartsAt === undefined ? {} : { startAt: kitStartsAt }),
      ...(onTimeMoved === undefined ? {} : { onTimeMoved }),
    });
    this.options = options;
  }

  get job(): TestJob<z.output<Contract['output']>> {
    if (this.submitted === undefined) throw new Error('The job is not submitted yet.');
    return this.submitted;
  }

  async submit(input: unknown): Promise<this> {
    const { settings, jobTypes, sleepMs, patienceMs, kitStartsAt, onTimeMoved, ...options } = this.options;
    this.submitted = await this.kit.submit(input as z.input<Contract['input']>, { maxAttempts: 1, ...options });
    return this;
  }

  /** Runs the job to its end, or until `isReached` says so. */
  async drive(isReached: () => boolean = () => false): Promise<TestJob<z.output<Contract['output']>>> {
    const { sleepMs = 0 } = this.options;
    await this.kit.settle();
    this.noteWait();
    while (!isTerminal(this.job.status) && !isReached()) {
      await new Promise((resolve) => setTimeout(resolve, sleepMs));
      await this.kit.next();
      this.noteWait();
    }
    return this.job;
  }

  /** Runs the job until it waits for such a reason. */
  async driveUntilItWaits(code: string): Promise<void> {
    await this.drive(() => this.job.reason?.code === code);
    if (this.job.reason?.code !== code) throw new Error(`The job is ${this.job.status}: ${JSON.stringify(this.job.error)}`);
  }

  /** Runs the job until its worker dies at a point. */
  async dieAt(moment: WorkerMoment): Promise<void> {
    const before = this.kit.deaths.length;
    this.kit.kill(moment);
    await this.drive(() => this.kit.deaths.length > before);
    if (this.kit.deaths.length === before) throw new Error(`No worker reached ${JSON.stringify(moment)}.`);
  }

  private noteWait(): void {
    const { reason, status } = this.job;
    const until = reason?.until ?? undefined;
    if (status !== 'waiting' || reason === undefined || until === undefined || until === this.lastWaitUntil) return;
    this.lastWaitUntil = until;
    this.waits.push({ ms: Date.parse(until) - this.kit.now.getTime(), code: reason.code, detail: reason.detail });
  }

  /**
   * Runs the job to its end through many lives: each worker dies at its n-th request of this name, now before it and now after.
   * @param times at most
   * @returns how many workers died
   */
  async dieOften(operation: Operation, nth: number, times = Number.POSITIVE_INFINITY): Promise<number> {
    for (let deaths = 0; ; deaths++) {
      if (deaths === times) {
        await this.drive();
        return deaths;
      }
      this.kit.kill({ [deaths % 2 === 0 ? 'before' : 'after']: operation, nth } as WorkerMoment);
      await this.drive(() => this.kit.deaths.length > deaths);
      if (this.kit.deaths.length === deaths) return deaths;
    }
  }

  /** Lets the job's code run for this long, in milliseconds of this machine, and cancels it then. @returns the job once it has ended */
  async cancelAfter(ms: number): Promise<TestJob<z.output<Contract['output']>>> {
    await this.kit.advance({ seconds: 1 }, { patienceMs: ms });
    await this.kit.cancel(this.job);
    // With the heartbeat after it.
    await this.kit.advance({ seconds: 15 });
    return this.drive();
  }

  /** @returns the job's result @throws JobFailure */
  async result(): Promise<z.output<Contract['output']>> {
    const { status, result } = await this.drive();
    if (status !== 'succeeded') throw new JobFailure(this.job);
    return result as z.output<Contract['output']>;
  }
}

/** What a test looks at while the code runs. */
export interface Spies {
  /** Called with what a clean-up returned or threw. */
  readonly onCleanedUp?: (outcome: unknown) => void;
  readonly onProgress?: (fraction: number | null, message: string | undefined) => void;
  /** Before a checkpoint is saved. */
  readonly onSave?: (state: unknown, ctx: JobContext) => void;
  readonly onSaved?: () => void;
}

/** @returns the same worker, whose calls of `ctx` a test sees */
export function spied<Contract extends JobTypeContract>(
  definition: WorkerDefinition<Contract>,
  { onProgress, onSave, onSaved, onCleanedUp }: Spies,
): WorkerDefinition<Contract> {
  const spy = (ctx: JobContext): JobContext => ({
    ...ctx,
    progress: (fraction, message) => {
      onProgress?.(fraction, message);
      ctx.progress(fraction, message);
    },
    checkpoint: {
      ...ctx.checkpoint,
      save: async (state) => {
        onSave?.(state, ctx);
        await ctx.checkpoint.save(state);
        onSaved?.();
      },
    },
  });
  const { cleanUp } = definition;
  const spiedCleanUp: typeof cleanUp = async (input, ctx) => {
    try {
      const outcome = await cleanUp?.(input, ctx);
      onCleanedUp?.(outcome);
      return outcome;
    } catch (error) {
      onCleanedUp?.(error);
      throw error;
    }
  };
  return {
    ...definition,
    run: (input, ctx) => definition.run(input, spy(ctx)),
    ...(cleanUp === undefined ? {} : { cleanUp: spiedCleanUp }),
  };
}

/** Submits a job and runs it to its end. */
export async function runJob<Contract extends JobTypeContract>(
  contract: Contract,
  definition: WorkerDefinition<Contract>,
  input: unknown,
  options?: RunOptions,
): Promise<WorkerRun<Contract>> {
  const run = await new WorkerRun(contract, definition, options).submit(input);
  await run.drive();
  return run;
}

/** The same, for its result alone. @throws JobFailure */
export async function resultOf<Contract extends JobTypeContract>(
  contract: Contract,
  definition: WorkerDefinition<Contract>,
  input: unknown,
  options?: RunOptions,
): Promise<z.output<Contract['output']>> {
  return (await new WorkerRun(contract, definition, options).submit(input)).result();
}
