/** The workload: the contracts of the simulated jobs, and their code, which does what the input says. */
import * as z from 'zod';
import type { CleanUpContext, JobContext, WorkerDefinition } from '../../lambdas/core/contract/context.ts';
import { defineJobType, type JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { PermanentError, RetryableError } from '../../lambdas/core/contract/errors.ts';
import type { Activity } from './external-systems.ts';
import { type JobPlan, type Operation, poison } from './plan.ts';
import { type ProgramEnvironment, runProgram } from './program-run.ts';
import type { ChildKind, Program } from './programs.ts';
import { signalName } from './signals.ts';
import { makeValue, shapeOf } from './values.ts';

const input = z.strictObject({
  operations: z.array(z.custom<Operation>((value) => typeof value === 'object')),
  program: z.custom<Program | null>((value) => typeof value === 'object'),
  ignoresSignal: z.boolean(),
  password: z.string(),
  padding: z.string(),
  cleanUpRefusals: z.int(),
  cleanUpDeaths: z.int(),
  /** Each parse makes it longer. */
  mark: z
    .string()
    .transform((mark) => `${mark}!`)
    .optional(),
  exact: z.unknown().optional(),
});

/** Members that a shaped submission sends, and what its code must receive. */
export const shaped = { mark: 'm', exact: makeValue('exact', 'input') };
const shapedOnce = { mark: 'm!', exact: makeValue('exact', 'input') };
/** A program may return any value. */
const output = z.unknown();
export type SimulatedInput = z.output<typeof input>;

/** Longer than any wait that the code asks for. */
export const maxBackoffMs = 5_000;

const common = {
  description: 'Does what its input says.',
  version: 1,
  input,
  output,
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 3,
  backoff: { baseMs: 2_000, capMs: maxBackoffMs },
  typicalSeconds: 1,
  concurrency: 3,
  memoryMiB: 128,
  delegatesTo: ['plain-work'],
  signals: { [signalName]: z.unknown() },
  redact: ['password'],
  permissions: () => [],
};

export const plainWork = defineJobType({ ...common, name: 'plain-work', batchSize: 3 }) as unknown as JobTypeContract;
/** Cleans up the resources of a job that did not succeed. */
export const tidyWork = defineJobType({
  ...common,
  name: 'tidy-work',
  batchSize: 1,
  cleansUp: true,
  timeoutSeconds: 240,
}) as unknown as JobTypeContract;

export const catalogueOf = (version: number): readonly JobTypeContract[] =>
  [plainWork, tidyWork].map((contract) => ({ ...contract, version }));

/** @returns the type of the job that runs these */
export function typeFor({ operations, program }: Pick<JobPlan, 'operations' | 'program'>): string {
  return program?.cleansUp === true || operations.some(({ does }) => does === 'create') ? tidyWork.name : plainWork.name;
}

/** @returns the name of the effect of the operation with this index */
export const effectName = (index: number) => `e${index}`;

/** Duration of a part of long work; a third of the time that an invocation keeps for reaching a safe point. */
export const partMs = 5_000;

interface Checkpoint {
  /** The operations before this one are done. */
  readonly done: number;
  readonly receipts: string[];
}

const noSignal = new AbortController().signal;

/** Where the code of a job runs. */
type WorkerEnvironment = Pick<
  ProgramEnvironment,
  'machine' | 'external' | 'replay' | 'skewMs' | 'isRemoved' | 'signalsOf' | 'links' | 'childrenOf'
> & {
  /** Whether each operation reports progress, and not work alone. */
  readonly reports: boolean;
};

export function simulatedWorker(environment: WorkerEnvironment): WorkerDefinition<JobTypeContract> {
  const { machine, external } = environment;
  return {
    run: (given, ctx) => {
      const { program, password, mark, exact } = given as SimulatedInput;
      if (mark !== undefined && shapeOf({ mark, exact }) !== shapeOf(shapedOnce))
        environment.replay.violated('I13', `the code of ${ctx.job.id} receives ${shapeOf({ mark, exact })}`);
      if (program === null) return runOperations(given as SimulatedInput, ctx, environment);
      const childInput = (mark: string) => childOf({ password }, mark);
      const runInput = (kind: ChildKind, mark: string) => ({ ...childOf({ password }, mark), operations: childOperations[kind] });
      return runProgram(program, { ...environment, ctx, secret: password, childInput, runInput });
    },
    async cleanUp(given: unknown, ctx: CleanUpContext) {
      const { cleanUpRefusals = 0, cleanUpDeaths = 0 } = (given ?? {}) as Partial<SimulatedInput>;
      const count = await external.destroyAll(ctx.job.id, ctx.idempotencyToken('tag'), cleanUpRefusals, machine);
      if (external.isAmongFirst(ctx.job.id, 'clean-up', cleanUpDeaths)) {
        machine.killedBy = ctx.job.id;
        machine.kill('its own clean-up');
        await new Promise(() => undefined);
      }
      return count === 0 ? undefined : `destroyed ${count}`;
    },
  };
}

async function runOperations(given: SimulatedInput, ctx: JobContext, { machine, external, reports }: WorkerEnvironment) {
  const jobId = ctx.job.id;
  const activity: Activity = { jobId, machine, signal: ctx.signal };
  const signal = given.ignoresSignal ? noSignal : ctx.signal;
  const { done, receipts } = ctx.checkpoint.load<Checkpoint>() ?? { done: 0, receipts: [] };
  ctx.signal.addEventListener('abort', () => {
    if (codeOf(ctx.signal.reason) === 'invocation_timed_out') external.codeFailed(jobId);
  });
  const checkSignal = () => signal.throwIfAborted();
  const fail = (error: Error): never => {
    external.codeFailed(jobId);
    ctx.log.warn(`about to fail with ${given.password}`, { password: given.password });
    throw error;
  };
  for (const [index, operation] of given.operations.entries()) {
    checkSignal();
    // Waits are asked for again, and end at once.
    if (index < done && operation.does !== 'sleep' && operation.does !== 'wait') continue;
    if (index >= done) external.operationStarted(activity, index);
    if (reports) ctx.progress(index / given.operations.length, `knows ${given.password}`);
    const name = effectName(index);
    const token = ctx.idempotencyToken(name);
    switch (operation.does) {
      case 'effect':
        if (operation.isStep) {
          receipts.push(await ctx.step(name, () => external.effect(activity, name, token)));
          external.finishedSteps.add(`${jobId} ${name}`);
        } else {
          receipts.push(await external.effect(activity, name, token));
        }
        break;
      case 'create':
        await ctx.step(name, () => external.create(activity, name, token, ctx.idempotencyToken('tag')));
        break;
      case 'sleep':
        await external.waiting(activity, name, machine.runtime.nowMs() + operation.seconds * 1000, () =>
          ctx.sleep(name, { seconds: operation.seconds }),
        );
        break;
      case 'wait': {
        const readyAtMs = Date.parse(ctx.job.createdAt) + operation.readyAfterSeconds * 1000;
        const check = async () => (machine.runtime.nowMs() >= readyAtMs ? name : undefined);
        await external.waiting(activity, name, machine.runtime.nowMs() + operation.everySeconds * 1000, () =>
          ctx.waitUntil(name, check, { every: { seconds: operation.everySeconds }, timeout: { hours: 1 } }),
        );
        break;
      }
      case 'work':
        ctx.progress(index / given.operations.length, `knows ${given.password}`);
        await external.during(activity, () => machine.sleep(operation.seconds * 1000, signal));
        break;
      case 'checkpoint':
        await ctx.checkpoint.save({ done: index, receipts } satisfies Checkpoint);
        external.checkpointSaved(jobId, index);
        break;
      case 'long':
        for (let part = 0; part < operation.parts; part++) {
          await ctx.step(`${name}.${part}`, () => external.during(activity, () => machine.sleep(partMs, signal)));
          checkSignal();
        }
        break;
      case 'fail':
        if (ctx.job.attempt <= operation.times) fail(plannedError(operation.how, given.password));
        break;
      case 'large': {
        const text = await ctx.step(name, async () => 'x'.repeat(operation.bytes));
        if (text !== 'x'.repeat(operation.bytes))
          throw new PermanentError('A step did not return what it had returned.', { code: 'wrong_step' });
        break;
      }
      case 'delegate':
        receipts.push(
          await ctx.delegate(name, { type: plainWork.name, input: childOf(given, 'delegated') }).catch((error: unknown) => {
            if (codeOf(error) === 'job_type_draining') external.codeFailed(jobId);
            throw error;
          }),
        );
        break;
      case 'die':
        if (external.isAmongFirst(jobId, name, operation.times)) {
          machine.killedBy = jobId;
          machine.kill('its own code');
          await new Promise(() => undefined);
        }
        break;
      case 'hang':
        while (true) {
          checkSignal();
          await external.effect(activity, name, token);
          await external.during(activity, () => machine.sleep(5_000, signal));
        }
    }
  }
  checkSignal();
  return { receipts };
}

/** @returns the index of the job's plan, which the password contains */
export function planIndexOf({ password }: SimulatedInput): number {
  return Number(password.split('-')[1]);
}

const childOperations: Readonly<Record<ChildKind, readonly Operation[]>> = {
  works: [{ does: 'effect', isStep: true }],
  sleeps: [
    { does: 'sleep', seconds: 20 },
    { does: 'effect', isStep: false },
  ],
  waits: [{ does: 'wait', readyAfterSeconds: 45, everySeconds: 10 }],
  fails: [{ does: 'fail', times: poison, how: 'permanent' }],
};

/** @returns the input of a delegated job */
function childOf({ password }: Pick<SimulatedInput, 'password'>, mark: string): SimulatedInput {
  return {
    operations: [{ does: 'effect', isStep: true }],
    program: null,
    ignoresSignal: false,
    password,
    padding: `child, ${mark}`,
    cleanUpRefusals: 0,
    cleanUpDeaths: 0,
    ...(shaped as Pick<SimulatedInput, 'mark' | 'exact'>),
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

function plannedError(how: Extract<Operation, { does: 'fail' }>['how'], secret: string): Error {
  switch (how) {
    case 'retryable':
      return new RetryableError(`planned, with ${secret}`, { code: 'planned', details: { password: secret, note: secret } });
    case 'after':
      return new RetryableError(`planned, with ${secret}`, { code: 'planned', after: { seconds: 3 } });
    case 'permanent':
      return new PermanentError(`planned, with ${secret}`, { code: 'planned' });
    case 'service':
      return Object.assign(new Error(`planned, with ${secret}`), { name: 'planned', $fault: 'server', $metadata: { httpStatusCode: 500 } });
  }
}
