/** The jobs of a simulated history: their contracts, and the code that does what their input says. */
import * as z from 'zod';
import type { CleanUpContext, JobContext, WorkerDefinition } from '../../lambdas/core/contract/context.ts';
import { defineJobType, type JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { PermanentError, RetryableError } from '../../lambdas/core/contract/errors.ts';
import type { Activity } from './outside.ts';
import { perform, type Stage } from './perform.ts';
import type { JobPlan, Operation } from './plan.ts';
import type { Program } from './programs.ts';
import { makeValue, shapeOf } from './values.ts';

const input = z.strictObject({
  operations: z.array(z.custom<Operation>((value) => typeof value === 'object')),
  program: z.custom<Program | null>((value) => typeof value === 'object'),
  isDeaf: z.boolean(),
  password: z.string(),
  padding: z.string(),
  cleanUpRefusals: z.int(),
  cleanUpDeaths: z.int(),
  /** Longer each time that it is parsed. */
  mark: z
    .string()
    .transform((mark) => `${mark}!`)
    .optional(),
  exact: z.unknown().optional(),
});

/** What a submission sends beside, and what its code must get. */
export const shaped = { mark: 'm', exact: makeValue('exact', 'input') };
const shapedOnce = { mark: 'm!', exact: makeValue('exact', 'input') };
/** Whatever a program returns. */
const output = z.unknown();
export type SimulatedInput = z.output<typeof input>;

/** Also longer than any wait that the code asks for. */
export const longestBackoffMs = 5_000;

const common = {
  description: 'Does what its input says.',
  version: 1,
  input,
  output,
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 3,
  backoff: { baseMs: 2_000, capMs: longestBackoffMs },
  typicalSeconds: 1,
  concurrency: 3,
  memoryMiB: 128,
  delegatesTo: ['plain-work'],
  redact: ['password'],
  permissions: () => [],
};

export const plainWork = defineJobType({ ...common, name: 'plain-work', batchSize: 3 }) as unknown as JobTypeContract;
/** Undoes what it made when it will not succeed. */
export const tidyWork = defineJobType({
  ...common,
  name: 'tidy-work',
  batchSize: 1,
  cleansUp: true,
  timeoutSeconds: 240,
}) as unknown as JobTypeContract;

export const catalogueOf = (version: number): readonly JobTypeContract[] =>
  [plainWork, tidyWork].map((contract) => ({ ...contract, version }));

/** @returns the type that does these */
export function typeFor({ operations, program }: Pick<JobPlan, 'operations' | 'program'>): string {
  return program?.isTidy === true || operations.some(({ does }) => does === 'create') ? tidyWork.name : plainWork.name;
}

/** @returns how the outside world names what the n-th operation does */
export const effectName = (index: number) => `e${index}`;

/** Each part of long work; a third of what is kept for a safe point. */
export const partMs = 5_000;

interface Checkpoint {
  /** The operations before this one are done. */
  readonly done: number;
  readonly receipts: string[];
}

const noSignal = new AbortController().signal;

/** Where the code runs. */
type Place = Pick<Stage, 'machine' | 'outside' | 'book' | 'skewMs' | 'isRemoved'>;

export function simulatedWork(place: Place): WorkerDefinition<JobTypeContract> {
  const { machine, outside } = place;
  return {
    run: (given, ctx) => {
      const { program, password, mark, exact } = given as SimulatedInput;
      if (mark !== undefined && shapeOf({ mark, exact }) !== shapeOf(shapedOnce))
        place.book.breach('I13', `the code of ${ctx.job.id} is given ${shapeOf({ mark, exact })}`);
      if (program === null) return runOperations(given as SimulatedInput, ctx, place);
      const childInput = (mark: string) => childOf({ password }, mark);
      return perform(program, { ...place, ctx, secret: password, childInput });
    },
    async cleanUp(given: unknown, ctx: CleanUpContext) {
      const { cleanUpRefusals = 0, cleanUpDeaths = 0 } = (given ?? {}) as Partial<SimulatedInput>;
      const count = await outside.destroyAll(ctx.job.id, ctx.idempotencyToken('tag'), cleanUpRefusals, machine);
      if (outside.isDeadly(ctx.job.id, 'clean-up', cleanUpDeaths)) {
        machine.killedBy = ctx.job.id;
        machine.kill('of its own clean-up');
        await new Promise(() => undefined);
      }
      return count === 0 ? undefined : `destroyed ${count}`;
    },
  };
}

async function runOperations(given: SimulatedInput, ctx: JobContext, { machine, outside }: Place) {
  const jobId = ctx.job.id;
  const activity: Activity = { jobId, machine, signal: ctx.signal };
  const signal = given.isDeaf ? noSignal : ctx.signal;
  const { done, receipts } = ctx.checkpoint.load<Checkpoint>() ?? { done: 0, receipts: [] };
  ctx.signal.addEventListener('abort', () => {
    if (codeOf(ctx.signal.reason) === 'attempt_timed_out') outside.failed(jobId);
  });
  const obey = () => signal.throwIfAborted();
  const fail = (error: Error): never => {
    outside.failed(jobId);
    ctx.log.warn(`about to fail with ${given.password}`, { password: given.password });
    throw error;
  };
  for (const [index, operation] of given.operations.entries()) {
    obey();
    // Waits are asked for again, and are over at once.
    if (index < done && operation.does !== 'sleep' && operation.does !== 'wait') continue;
    if (index >= done) outside.begins(activity, index);
    const name = effectName(index);
    const token = ctx.idempotencyToken(name);
    switch (operation.does) {
      case 'effect':
        if (operation.isStep) {
          receipts.push(await ctx.step(name, () => outside.effect(activity, name, token)));
          outside.finishedSteps.add(`${jobId} ${name}`);
        } else {
          receipts.push(await outside.effect(activity, name, token));
        }
        break;
      case 'create':
        await ctx.step(name, () => outside.create(activity, name, token, ctx.idempotencyToken('tag')));
        break;
      case 'sleep':
        await outside.waiting(activity, name, machine.runtime.nowMs() + operation.seconds * 1000, () =>
          ctx.sleep(name, { seconds: operation.seconds }),
        );
        break;
      case 'wait': {
        const readyAtMs = Date.parse(ctx.job.createdAt) + operation.readyAfterSeconds * 1000;
        const check = async () => (machine.runtime.nowMs() >= readyAtMs ? name : undefined);
        await outside.waiting(activity, name, machine.runtime.nowMs() + operation.everySeconds * 1000, () =>
          ctx.waitUntil(name, check, { every: { seconds: operation.everySeconds }, timeout: { hours: 1 } }),
        );
        break;
      }
      case 'work':
        ctx.progress(index / given.operations.length, `knows ${given.password}`);
        await outside.during(activity, () => machine.pause(operation.seconds * 1000, signal));
        break;
      case 'checkpoint':
        await ctx.checkpoint.save({ done: index, receipts } satisfies Checkpoint);
        outside.saved(jobId, index);
        break;
      case 'long':
        for (let part = 0; part < operation.parts; part++) {
          await ctx.step(`${name}.${part}`, () => outside.during(activity, () => machine.pause(partMs, signal)));
          obey();
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
            if (codeOf(error) === 'job_type_draining') outside.failed(jobId);
            throw error;
          }),
        );
        break;
      case 'die':
        if (outside.isDeadly(jobId, name, operation.times)) {
          machine.killedBy = jobId;
          machine.kill('of its own code');
          await new Promise(() => undefined);
        }
        break;
      case 'hang':
        while (true) {
          obey();
          await outside.effect(activity, name, token);
          await outside.during(activity, () => machine.pause(5_000, signal));
        }
    }
  }
  obey();
  return { receipts };
}

/** @returns which of the plan's jobs this was made of; the password names it */
export function planIndexOf({ password }: SimulatedInput): number {
  return Number(password.split('-')[1]);
}

/** What a job delegates. */
function childOf({ password }: Pick<SimulatedInput, 'password'>, mark: string): SimulatedInput {
  return {
    operations: [{ does: 'effect', isStep: true }],
    program: null,
    isDeaf: false,
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
