/** Runs a program as a job's code does, and writes into the book what it is told. */
import type { JobContext } from '../../lambdas/core/contract/context.ts';
import type { Book, Memory, Outcome, Run } from './book.ts';
import type { Machine } from './machine.ts';
import type { Activity, Outside } from './outside.ts';
import { type Node, type Oddity, type Program, partsOf, type StepNode } from './programs.ts';
import { inWords, keptShape, makeValue, mayBeRefused, meaningOf, shapeOf, thrownOf } from './values.ts';

export interface Stage {
  readonly ctx: JobContext;
  readonly machine: Machine;
  readonly outside: Outside;
  readonly book: Book;
  readonly secret: string;
  /** Input of a delegated job. @param mark makes it another one */
  readonly childInput: (mark: string) => unknown;
  readonly isRemoved: (type: string) => boolean;
  /** By how much clocks may differ. */
  readonly skewMs: number;
}

/** Of these the context repeats the outcome, and the order of the outcomes. */
const remembered = new Set<Node['does']>([
  'race',
  'sequence',
  'all',
  'allSettled',
  'try',
  'step',
  'retry',
  'later',
  'sleep',
  'wait',
  'delegate',
]);

export async function perform(program: Program, stage: Stage): Promise<unknown> {
  return new Performance(program, stage).run();
}

class Performance {
  private readonly program: Program;
  private readonly stage: Stage;
  private readonly record: Run;
  private readonly activity: Activity;
  private readonly results: Record<string, unknown> = {};

  constructor(program: Program, stage: Stage) {
    this.program = program;
    this.stage = stage;
    const { ctx, machine } = stage;
    this.activity = { jobId: ctx.job.id, machine, signal: ctx.signal };
    this.record = {
      jobId: ctx.job.id,
      attempt: ctx.job.attempt,
      machine,
      signal: ctx.signal,
      calls: new Map(),
      fresh: new Map(),
      underWay: new Set(),
    };
  }

  async run(): Promise<unknown> {
    const { book, ctx } = this.stage;
    const { record } = this;
    book.starts(record);
    ctx.signal.addEventListener('abort', () => {
      if (meaningOf(ctx.signal.reason).code === 'attempt_timed_out') this.stage.outside.failed(record.jobId);
    });
    try {
      await this.node(this.program.body, 'p');
      ctx.signal.throwIfAborted();
      const { returns } = this.program;
      const value = returns === 'told' ? { ...this.results } : makeValue(returns, 'p');
      const returned = returns === 'told' ? shapeOf(this.results) : keptShape(returns, 'p');
      book.ends(record, returned === undefined ? { threw: { code: 'invalid_result', isRetryable: false } } : { returned });
      return value;
    } catch (error) {
      book.ends(record, { threw: meaningOf(error) });
      throw error;
    }
  }

  private async node(node: Node, name: string): Promise<void> {
    const { machine, outside, ctx, book, secret, isRemoved } = this.stage;
    switch (node.does) {
      case 'sequence':
        for (const [i, part] of node.of.entries()) await this.node(part, `${name}.${i}`);
        return;
      case 'all':
      case 'allSettled':
      case 'race': {
        const branches = node.of.map((part, i) => this.node(part, `${name}.${i}`));
        if (node.does === 'all') await Promise.all(branches);
        else if (node.does === 'allSettled') await Promise.allSettled(branches);
        else {
          const race = Promise.race(
            branches.map((branch, i) =>
              branch.then(
                () => i,
                () => i,
              ),
            ),
          );
          const isTheContexts = [...partsOf(node)].every(({ does }) => remembered.has(does));
          if (isTheContexts)
            await this.listen(
              `${name} first of attempt ${ctx.job.attempt}`,
              0,
              () => race,
              () => undefined,
            );
          else await race;
        }
        ctx.signal.throwIfAborted();
        return;
      }
      case 'try':
        try {
          await this.node(node.body, `${name}.b`);
        } catch {
          ctx.signal.throwIfAborted();
          await this.node(node.otherwise, `${name}.o`);
        }
        return;
      case 'step':
        return this.hear(node, name, 0, this.step(node, name, 0));
      case 'retry':
        for (let call = 0; ; call++) {
          try {
            return await this.hear(node.step, name, call, this.step(node.step, name, call));
          } catch (error) {
            ctx.signal.throwIfAborted();
            if (call + 1 >= node.tries) throw error;
          }
        }
      case 'later': {
        const under = this.step(node.step, `${name}.s`, 0);
        await this.node(node.meanwhile, `${name}.m`);
        return this.hear(node.step, `${name}.s`, 0, under);
      }
      case 'forget': {
        const forgotten = this.step(node.step, name, 0);
        // A branch that goes on later, when the job may have ended; one that fails is left alone, so that its rejection is the engine's affair.
        if (node.step.failures === 0) {
          const goOn = async () => {
            await machine.pause(1_000, ctx.signal);
            await this.step(node.step, `${name}.n`, 0);
          };
          void forgotten.then(goOn).catch(() => undefined);
        }
        return;
      }
      case 'work':
        await machine.pause(node.seconds * 1000, ctx.signal);
        ctx.signal.throwIfAborted();
        return;
      case 'block':
        if (outside.isDeadly(ctx.job.id, `${name} blocks`, node.times)) await machine.block(node.seconds * 1000);
        return;
      case 'throw':
        if (ctx.job.attempt <= node.attempts) throw thrownOf(node.throws, secret);
        return;
      case 'sleep':
        return this.sleep(node.seconds, name);
      case 'wait':
        return this.wait(node, name);
      case 'delegate': {
        const mark = node.isMoving ? String(machine.runtime.nowMs()) : 'still';
        const call = book.asks(this.record, name);
        const id = await this.listen(
          name,
          call,
          () => ctx.delegate(name, { type: 'plain-work', input: this.stage.childInput(mark) }),
          ({ meaning, shape }) => {
            if (shape?.startsWith('"job_') || meaning?.code === 'job_type_draining') return undefined;
            return meaning?.code === 'invalid_delegation' && isRemoved('plain-work') ? undefined : 'which is no id';
          },
        );
        // No other job's name stands for it.
        outside.use(id, ctx.job.id, name);
        this.results[name] = id;
        return;
      }
      case 'save':
        await this.listen(
          name,
          book.asks(this.record, name),
          () => ctx.checkpoint.save(makeValue(node.gives, name)),
          ({ meaning }) =>
            meaning === undefined || (mayBeRefused(node.gives) && !meaning.isRetryable) ? undefined : 'which another attempt cannot change',
          'none',
        );
        return;
      case 'nest': {
        const use: Readonly<Record<typeof node.what, () => Promise<unknown>>> = {
          sleep: () => ctx.sleep(`${name}.i`, { seconds: 5 }),
          wait: () => ctx.waitUntil(`${name}.i`, async () => undefined, { every: { seconds: 5 }, timeout: { seconds: 20 } }),
          step: () => ctx.step(`${name}.i`, async () => 'inner'),
        };
        await ctx.step(name, async () => {
          const told = use[node.what]().then(
            () => 'a value',
            (error: unknown) => (ctx.signal.aborted || !meaningOf(error).isRetryable ? undefined : inWords(meaningOf(error))),
          );
          const inner = await Promise.race([
            told,
            machine.pause(2_000, ctx.signal).then(() => (ctx.signal.aborted ? undefined : 'nothing')),
          ]);
          if (inner !== undefined && book.isHolder(this.record))
            book.breach(
              'I13',
              `a ${node.what} within step ${name} of ${ctx.job.id} is told ${inner}, and not that it is not allowed there`,
            );
          return 'outer';
        });
        return;
      }
      case 'odd':
        return this.odd(node.what, name);
    }
  }

  /** The context's own promise: nothing of the code stands before it, so what nobody awaits is the engine's affair. */
  private step(node: StepNode, name: string, _call: number): Promise<unknown> {
    const { ctx, book, outside, machine, secret } = this.stage;
    const { record, activity } = this;
    const call = book.asks(record, name);
    return ctx.step(name, async () => {
      const isToFail = book.timesBegun(record, name) < node.failures;
      const done = book.begins(record, name, call);
      try {
        await outside.during(activity, () => machine.pause((node.seconds * 1000) / 2, ctx.signal));
        ctx.signal.throwIfAborted();
        if (isToFail) throw thrownOf(node.throws, secret);
        const token = ctx.idempotencyToken(name);
        await (this.program.isTidy
          ? outside.create(activity, name, token, ctx.idempotencyToken('tag'))
          : outside.effect(activity, name, token));
        await outside.during(activity, () => machine.pause((node.seconds * 1000) / 2, ctx.signal));
        ctx.signal.throwIfAborted();
        if (!mayBeRefused(node.gives)) done();
        return makeValue(node.gives, name);
      } finally {
        record.underWay.delete(name);
      }
    });
  }

  private hear(node: StepNode, name: string, call: number, under: Promise<unknown>): Promise<void> {
    const { outside, book } = this.stage;
    const expected = keptShape(node.gives, name);
    return this.listen(
      name,
      call,
      () => under,
      ({ shape, meaning }) => {
        if (shape !== undefined) {
          if (!outside.effects.get(this.record.jobId)?.has(name)) return 'and it never ran';
          return shape === expected ? undefined : `and it gave ${expected ?? 'what cannot be kept'}`;
        }
        if (meaning === undefined || (mayBeRefused(node.gives) && !meaning.isRetryable)) return undefined;
        if (!book.isBegun(this.record, name)) return 'which another attempt was told';
        return node.failures > call && sameMeaning(meaning, node.throws, this.stage.secret) ? undefined : 'which it did not throw';
      },
      'at once',
    ).then((value) => {
      this.results[name] = value;
    });
  }

  private async sleep(seconds: number, name: string): Promise<void> {
    const { machine, outside, ctx, book, skewMs } = this.stage;
    const asked = book.first(this.record, `sleep ${name}`);
    const call = book.asks(this.record, name);
    await this.listen(
      name,
      call,
      () => outside.waiting(this.activity, name, machine.runtime.nowMs() + seconds * 1000, () => ctx.sleep(name, { seconds })),
      ({ meaning }) => {
        if (meaning !== undefined) return 'which no sleep throws';
        const earlyMs = asked + seconds * 1000 - machine.runtime.monotonicMs() - 2 * skewMs;
        return this.record.attempt === 1 && earlyMs > 0 ? `${earlyMs} ms too early` : undefined;
      },
    );
  }

  private async wait(node: Extract<Node, { does: 'wait' }>, name: string): Promise<void> {
    const { machine, outside, ctx, book, skewMs } = this.stage;
    const { everySeconds, timeoutSeconds, outages, gives } = node;
    const readyAtMs = Date.parse(ctx.job.createdAt) + node.readyAfterSeconds * 1000;
    const check = async () => {
      book.looks(this.record, name);
      book.first(this.record, `look ${name}`);
      if (outside.isDeadly(ctx.job.id, `${name} looks`, outages))
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return machine.runtime.nowMs() >= readyAtMs ? makeValue(gives, name) : undefined;
    };
    const options = { every: { seconds: everySeconds }, timeout: { seconds: timeoutSeconds } };
    const call = book.asks(this.record, name);
    const value = await this.listen(
      name,
      call,
      () =>
        outside.waiting(this.activity, name, machine.runtime.nowMs() + Math.min(everySeconds, timeoutSeconds) * 1000, () =>
          ctx.waitUntil(name, check, options),
        ),
      ({ shape, meaning }) => {
        if (shape !== undefined) return shape === keptShape(gives, name) ? undefined : `and its check gave ${keptShape(gives, name)}`;
        if (meaning?.code !== 'wait_timed_out') return 'which costs an attempt';
        if (meaning.isRetryable) return 'which another attempt cannot change';
        const earlyMs = book.first(this.record, `look ${name}`) + timeoutSeconds * 1000 - machine.runtime.monotonicMs() - 2 * skewMs;
        return earlyMs > 1 ? `${earlyMs} ms too early` : undefined;
      },
    );
    this.results[name] = value;
  }

  private async odd(what: Oddity, name: string): Promise<void> {
    const { ctx, book } = this.stage;
    const cycle = makeValue('cycle', name) as Record<string, unknown>;
    const odd = ctx as unknown as { progress(...given: unknown[]): void };
    const throwing = {
      get it() {
        throw new Error('a getter');
      },
    };
    const never = async () => undefined;
    const seconds = { NaN: { seconds: Number.NaN }, negative: { seconds: -5 } };
    const act: Readonly<Record<Oddity, () => unknown>> = {
      'sleep NaN': () => ctx.sleep(name, seconds.NaN),
      'sleep less than nothing': () => ctx.sleep(name, seconds.negative),
      'wait NaN': () => ctx.waitUntil(name, never, { every: seconds.NaN, timeout: seconds.NaN }),
      'progress NaN': () => odd.progress(Number.NaN),
      'progress undefined': () => odd.progress(undefined),
      'progress without text': () => odd.progress(0.1, null),
      'log a cycle': () => ctx.log.info('odd', { cycle }),
      'log a bigint': () => ctx.log.info('odd', { count: 1n }),
      'log what throws': () => ctx.log.info('odd', throwing),
      'log over its own fields': () => ctx.log.info('odd', { job: 'forged', level: 'fatal', message: 'forged' }),
      'save undefined': () => ctx.checkpoint.save(undefined),
      'save a cycle': () => ctx.checkpoint.save(cycle),
    };
    await this.listen(
      name,
      book.asks(this.record, name),
      async () => act[what](),
      ({ meaning }) => {
        if (meaning === undefined) return /^(sleep|wait)/.test(what) ? 'for a time that is none' : undefined;
        if (what.startsWith('log')) return 'of a line of the log';
        return meaning.isRetryable ? 'which another attempt cannot change' : undefined;
      },
      'none',
    );
  }

  /** @param judge why this may not be told, or undefined */
  private async listen<T>(
    name: string,
    call: number,
    ask: () => Promise<T>,
    judge: (told: { shape?: string; meaning?: ReturnType<typeof meaningOf> }) => string | undefined,
    memory: Memory = 'when acted upon',
  ): Promise<T> {
    const { book, machine } = this.stage;
    const note = (outcome: Outcome) => {
      const told = outcome.is === 'value' ? { shape: outcome.shape } : { meaning: outcome.meaning };
      const isOutage = outcome.is === 'thrown' && outcome.meaning.code === 'unavailable' && machine.isDisturbed;
      book.told(this.record, name, call, outcome, isOutage ? undefined : judge(told), memory);
    };
    try {
      const value = await ask();
      note({ is: 'value', shape: shapeOf(value) });
      return value;
    } catch (error) {
      note({ is: 'thrown', meaning: meaningOf(error) });
      throw error;
    }
  }
}

function sameMeaning(meaning: ReturnType<typeof meaningOf>, kind: Parameters<typeof thrownOf>[0], secret: string): boolean {
  const planned = meaningOf(thrownOf(kind, secret));
  return kind.startsWith('after') || (meaning.code === planned.code && meaning.isRetryable === planned.isRetryable);
}
