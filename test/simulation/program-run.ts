/** Runs a program as a job's code, and reports to the replay checker all that it receives. */
import type { JobContext } from '../../lambdas/core/contract/context.ts';
import type { Activity, ExternalSystems } from './external-systems.ts';
import type { LinkUsers } from './link-users.ts';
import { linkPayload } from './links.ts';
import type { Machine } from './machine.ts';
import { type ChildKind, type Misuse, type Node, type Program, partsOf, type StepNode } from './programs.ts';
import type { CodeRun, Observation, ReplayChecker, ReplayRule } from './replay-checker.ts';
import { signalName } from './signals.ts';
import { describeError, type ErrorEffect, errorEffectOf, makeValue, mayBeRefused, shapeOf, storedShape, thrownOf } from './values.ts';

/** How a job ended that another one ran: with the shape of its result, or an error's code. */
export interface ChildEnd {
  readonly result?: string;
  readonly code?: string;
}

export interface ProgramEnvironment {
  readonly ctx: JobContext;
  readonly machine: Machine;
  readonly external: ExternalSystems;
  readonly replay: ReplayChecker;
  readonly secret: string;
  /** @returns the input of a delegated job. @param mark makes the input differ */
  readonly childInput: (mark: string) => unknown;
  /** @returns the input of a job that this one runs */
  readonly runInput: (kind: ChildKind, mark: string) => unknown;
  /** @returns how the jobs ended that a job ran with this mark, in the order of their creation */
  readonly childrenOf: (jobId: string, mark: string) => readonly ChildEnd[];
  readonly isRemoved: (type: string) => boolean;
  /** The payloads of the signals in a job's record, in order. */
  readonly signalsOf: (jobId: string) => readonly string[];
  /** What people do with the links that the code mails to them. */
  readonly links: Pick<LinkUsers, 'receive'>;
  /** Largest error of a machine's clock. */
  readonly skewMs: number;
}

/** Nodes whose outcomes the context repeats, in the same order. */
const replayedNodes = new Set<Node['does']>([
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
  'signal',
  'link',
  'run',
  'delegate',
]);

export async function runProgram(program: Program, environment: ProgramEnvironment): Promise<unknown> {
  return new ProgramRun(program, environment).run();
}

class ProgramRun {
  private readonly program: Program;
  private readonly environment: ProgramEnvironment;
  private readonly codeRun: CodeRun;
  private readonly activity: Activity;
  private readonly results: Record<string, unknown> = {};
  /** The signals that this code has received. */
  private readonly signals: string[] = [];

  constructor(program: Program, environment: ProgramEnvironment) {
    this.program = program;
    this.environment = environment;
    const { ctx, machine } = environment;
    this.activity = { jobId: ctx.job.id, machine, signal: ctx.signal };
    this.codeRun = {
      jobId: ctx.job.id,
      attempt: ctx.job.attempt,
      machine,
      signal: ctx.signal,
      calls: new Map(),
      unbound: new Map(),
      stepsRunning: new Set(),
    };
  }

  async run(): Promise<unknown> {
    const { replay, ctx } = this.environment;
    const { codeRun } = this;
    replay.codeStarted(codeRun);
    ctx.signal.addEventListener('abort', () => {
      if (errorEffectOf(ctx.signal.reason).code === 'invocation_timed_out') this.environment.external.codeFailed(codeRun.jobId);
    });
    try {
      await this.runNode(this.program.body, 'p');
      ctx.signal.throwIfAborted();
      const { returns } = this.program;
      const value = returns === 'results' ? { ...this.results } : makeValue(returns, 'p');
      const returned = returns === 'results' ? shapeOf(this.results) : storedShape(returns, 'p');
      replay.codeEnded(codeRun, returned === undefined ? { threw: { code: 'invalid_result', isRetryable: false } } : { returned });
      return value;
    } catch (error) {
      replay.codeEnded(codeRun, { threw: errorEffectOf(error) });
      throw error;
    }
  }

  private async runNode(node: Node, name: string): Promise<void> {
    const { machine, external, ctx, replay, secret, isRemoved } = this.environment;
    switch (node.does) {
      case 'sequence':
        for (const [i, part] of node.of.entries()) await this.runNode(part, `${name}.${i}`);
        return;
      case 'all':
      case 'allSettled':
      case 'race': {
        const branches = node.of.map((part, i) => this.runNode(part, `${name}.${i}`));
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
          const isReplayed = [...partsOf(node)].every(({ does }) => replayedNodes.has(does));
          if (isReplayed)
            await this.observe(
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
          await this.runNode(node.body, `${name}.b`);
        } catch {
          ctx.signal.throwIfAborted();
          await this.runNode(node.otherwise, `${name}.o`);
        }
        return;
      case 'step':
        return this.awaitStep(node, name, 0, this.step(node, name));
      case 'retry':
        for (let call = 0; ; call++) {
          try {
            return await this.awaitStep(node.step, name, call, this.step(node.step, name));
          } catch (error) {
            ctx.signal.throwIfAborted();
            if (call + 1 >= node.tries) throw error;
          }
        }
      case 'later': {
        const promise = this.step(node.step, `${name}.s`);
        await this.runNode(node.meanwhile, `${name}.m`);
        return this.awaitStep(node.step, `${name}.s`, 0, promise);
      }
      case 'unawaited': {
        const unawaited = this.step(node.step, name);
        // Its code continues later, when the job may have ended. The rejection of a step that fails is left to the engine.
        if (node.step.failures === 0) {
          const continueLater = async () => {
            await machine.sleep(1_000, ctx.signal);
            await this.step(node.step, `${name}.n`);
          };
          void unawaited.then(continueLater).catch(() => undefined);
        }
        return;
      }
      case 'work':
        await machine.sleep(node.seconds * 1000, ctx.signal);
        ctx.signal.throwIfAborted();
        return;
      case 'block':
        if (external.isAmongFirst(ctx.job.id, `${name} blocks`, node.times)) await machine.block(node.seconds * 1000);
        return;
      case 'throw':
        if (ctx.job.attempt <= node.attempts) throw thrownOf(node.throws, secret);
        return;
      case 'sleep':
        return this.sleep(node.seconds, name);
      case 'wait':
        return this.wait(node, name);
      case 'run':
        return this.runChildren(node.children, name);
      case 'signal':
        return this.signal(node.timeoutSeconds, name);
      case 'link':
        return this.mailLinks(node, name);
      case 'delegate': {
        const mark = node.variesInput ? String(machine.runtime.nowMs()) : 'still';
        const call = replay.nextCall(this.codeRun, name);
        const id = await this.observe(
          name,
          call,
          () => ctx.delegate(name, { type: 'plain-work', input: this.environment.childInput(mark) }),
          ({ effect, shape }) => {
            if (shape?.startsWith('"job_') || effect?.code === 'job_type_draining') return undefined;
            return effect?.code === 'invalid_delegation' && isRemoved('plain-work') ? undefined : 'which is not an id';
          },
        );
        // The id must not name another job.
        external.useToken(id, ctx.job.id, name);
        this.results[name] = id;
        return;
      }
      case 'save':
        await this.observe(
          name,
          replay.nextCall(this.codeRun, name),
          () => ctx.checkpoint.save(makeValue(node.gives, name)),
          ({ effect }) =>
            effect === undefined || (mayBeRefused(node.gives) && !effect.isRetryable) ? undefined : 'which another attempt cannot change',
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
          const outcome = use[node.what]().then(
            () => 'a value',
            (error: unknown) => (ctx.signal.aborted || !errorEffectOf(error).isRetryable ? undefined : describeError(errorEffectOf(error))),
          );
          const inner = await Promise.race([
            outcome,
            machine.sleep(2_000, ctx.signal).then(() => (ctx.signal.aborted ? undefined : 'nothing')),
          ]);
          if (inner !== undefined && replay.isHolder(this.codeRun))
            replay.violated(
              'I13',
              `a ${node.what} within step ${name} of ${ctx.job.id} receives ${inner}, and not that it is not allowed there`,
            );
          return 'outer';
        });
        return;
      }
      case 'misuse':
        return this.misuse(node.what, name);
    }
  }

  /** @returns the context's own promise, so that the engine has to handle its rejection */
  private step(node: StepNode, name: string): Promise<unknown> {
    const { ctx, replay, external, machine, secret } = this.environment;
    const { codeRun, activity } = this;
    const call = replay.nextCall(codeRun, name);
    return ctx.step(name, async () => {
      const mustFail = replay.stepStartCount(codeRun, name) < node.failures;
      const done = replay.stepStarted(codeRun, name, call);
      try {
        await external.during(activity, () => machine.sleep((node.seconds * 1000) / 2, ctx.signal));
        ctx.signal.throwIfAborted();
        if (mustFail) throw thrownOf(node.throws, secret);
        const token = ctx.idempotencyToken(name);
        await (this.program.cleansUp
          ? external.create(activity, name, token, ctx.idempotencyToken('tag'))
          : external.effect(activity, name, token));
        await external.during(activity, () => machine.sleep((node.seconds * 1000) / 2, ctx.signal));
        ctx.signal.throwIfAborted();
        if (!mayBeRefused(node.gives)) done();
        return makeValue(node.gives, name);
      } finally {
        codeRun.stepsRunning.delete(name);
      }
    });
  }

  private awaitStep(node: StepNode, name: string, call: number, promise: Promise<unknown>): Promise<void> {
    const { external, replay } = this.environment;
    const expected = storedShape(node.gives, name);
    return this.observe(
      name,
      call,
      () => promise,
      ({ shape, effect }) => {
        if (shape !== undefined) {
          if (!external.effects.get(this.codeRun.jobId)?.has(name)) return 'and it never ran';
          return shape === expected ? undefined : `and it gave ${expected ?? 'what cannot be stored'}`;
        }
        if (effect === undefined || (mayBeRefused(node.gives) && !effect.isRetryable)) return undefined;
        if (!replay.hasStepStarted(this.codeRun, name)) return 'which another attempt received';
        return node.failures > call && hasSameEffect(effect, node.throws, this.environment.secret) ? undefined : 'which it did not throw';
      },
      'at once',
    ).then((value) => {
      this.results[name] = value;
    });
  }

  private async sleep(seconds: number, name: string): Promise<void> {
    const { machine, external, ctx, replay, skewMs } = this.environment;
    const asked = replay.firstTimeMs(this.codeRun, `sleep ${name}`);
    const call = replay.nextCall(this.codeRun, name);
    await this.observe(
      name,
      call,
      () => external.waiting(this.activity, name, machine.runtime.nowMs() + seconds * 1000, () => ctx.sleep(name, { seconds })),
      ({ effect }) => {
        if (effect !== undefined) return 'which no sleep throws';
        const earlyMs = asked + seconds * 1000 - machine.runtime.monotonicMs() - 2 * skewMs;
        return this.codeRun.attempt === 1 && earlyMs > 0 ? `${earlyMs} ms too early` : undefined;
      },
    );
  }

  private async wait(node: Extract<Node, { does: 'wait' }>, name: string): Promise<void> {
    const { machine, external, ctx, replay, skewMs } = this.environment;
    const { everySeconds, timeoutSeconds, outages, gives } = node;
    const readyAtMs = Date.parse(ctx.job.createdAt) + node.readyAfterSeconds * 1000;
    const check = async () => {
      replay.waitChecked(this.codeRun, name);
      replay.firstTimeMs(this.codeRun, `look ${name}`);
      if (external.isAmongFirst(ctx.job.id, `${name} looks`, outages))
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return machine.runtime.nowMs() >= readyAtMs ? makeValue(gives, name) : undefined;
    };
    const options = { every: { seconds: everySeconds }, timeout: { seconds: timeoutSeconds } };
    const call = replay.nextCall(this.codeRun, name);
    const value = await this.observe(
      name,
      call,
      () =>
        external.waiting(this.activity, name, machine.runtime.nowMs() + Math.min(everySeconds, timeoutSeconds) * 1000, () =>
          ctx.waitUntil(name, check, options),
        ),
      ({ shape, effect }) => {
        if (shape !== undefined) return shape === storedShape(gives, name) ? undefined : `and its check gave ${storedShape(gives, name)}`;
        if (effect?.code !== 'wait_timed_out') return 'which costs an attempt';
        if (effect.isRetryable) return 'which another attempt cannot change';
        const earlyMs =
          replay.firstTimeMs(this.codeRun, `look ${name}`) + timeoutSeconds * 1000 - machine.runtime.monotonicMs() - 2 * skewMs;
        return earlyMs > 1 ? `${earlyMs} ms too early` : undefined;
      },
    );
    this.results[name] = value;
  }

  /** Runs other jobs: their results are those of their records, and a failure is that of one of them. */
  private async runChildren(kinds: readonly ChildKind[], name: string): Promise<void> {
    const { ctx, external, replay, runInput, childrenOf, isRemoved } = this.environment;
    const call = replay.nextCall(this.codeRun, name);
    const jobs = kinds.map((kind, i) => ({ name: `${name}.${i}`, type: 'plain-work', input: runInput(kind, `${name}.${i}`) }));
    const untilMs = Date.parse(ctx.job.deadline) + 600_000;
    const value = await this.observe(
      name,
      call,
      () => external.waiting(this.activity, name, untilMs, () => ctx.runAll(jobs), 'jobs'),
      ({ shape, effect }) => {
        const ends = jobs.map((job) => childrenOf(ctx.job.id, job.name));
        if (shape !== undefined)
          return shape === `[${ends.map((all) => all.at(-1)?.result).join()}]` ? undefined : `and they gave ${JSON.stringify(ends)}`;
        if (effect?.code === 'job_type_draining' || (effect?.code === 'invalid_delegation' && isRemoved('plain-work'))) return undefined;
        const codes = ends.flat().flatMap(({ code }) => code ?? []);
        return codes.includes(effect?.code ?? '') ? undefined : `and they failed with ${codes.join()}`;
      },
    );
    this.results[name] = value;
  }

  /** Waits for the next signal: the oldest that this code has not received. */
  private async signal(timeoutSeconds: number, name: string): Promise<void> {
    const { machine, external, ctx, replay, skewMs } = this.environment;
    replay.firstTimeMs(this.codeRun, `look ${name}`);
    const call = replay.nextCall(this.codeRun, name);
    const untilMs = machine.runtime.nowMs() + timeoutSeconds * 1000;
    const wait = () => ctx.waitForSignal(signalName, { timeout: { seconds: timeoutSeconds } });
    const value = await this.observe(
      name,
      call,
      () => external.waiting(this.activity, name, untilMs, wait, 'signal'),
      ({ shape, effect }) => {
        if (shape !== undefined) return this.faultOfSignal(shape);
        if (effect?.code !== 'wait_timed_out') return 'which costs an attempt';
        const earlyMs =
          replay.firstTimeMs(this.codeRun, `look ${name}`) + timeoutSeconds * 1000 - machine.runtime.monotonicMs() - 2 * skewMs;
        return earlyMs > 1 ? `${earlyMs} ms too early` : undefined;
      },
    );
    this.results[name] = value;
  }

  /** The addresses are the same in each run of the code, and known to no log; the mail is a step. */
  private async mailLinks({ alternatives, expiresSeconds, uses }: Extract<Node, { does: 'link' }>, name: string): Promise<void> {
    const { ctx, replay, links } = this.environment;
    const urls: string[] = [];
    for (let index = 0; index < alternatives; index++) {
      const call = replay.nextCall(this.codeRun, `${name}.${index}`);
      const options = { expiresIn: { seconds: expiresSeconds }, payload: linkPayload(name, index), group: name };
      const url = await this.observe(
        `${name}.${index}`,
        call,
        () => ctx.signalUrl(signalName, options),
        ({ effect }) => (effect === undefined ? undefined : 'and no link'),
      );
      ctx.log.info(`made ${url}`, { url });
      ctx.progress(null, url);
      urls.push(url);
    }
    await ctx.step(`${name}.mail`, async () => {
      links.receive(ctx.job.id, name, { urls, uses });
      return 'mailed';
    });
  }

  /** Each signal is received once, and as it was sent; the first attempt receives them in the order of acceptance. */
  private faultOfSignal(shape: string): string | undefined {
    const { ctx, signalsOf } = this.environment;
    const sent = signalsOf(ctx.job.id);
    if (!sent.includes(shape)) return 'and no caller sent it';
    if (this.signals.includes(shape)) return 'for the second time';
    this.signals.push(shape);
    const isInOrder = ctx.job.attempt > 1 || sent[this.signals.length - 1] === shape;
    return isInOrder ? undefined : 'and an earlier one was not received';
  }

  private async misuse(what: Misuse, name: string): Promise<void> {
    const { ctx, replay } = this.environment;
    const cycle = makeValue('cycle', name) as Record<string, unknown>;
    const untyped = ctx as unknown as { progress(...given: unknown[]): void };
    const throwing = {
      get it() {
        throw new Error('a getter');
      },
    };
    const never = async () => undefined;
    const seconds = { NaN: { seconds: Number.NaN }, negative: { seconds: -5 } };
    const act: Readonly<Record<Misuse, () => unknown>> = {
      'sleep NaN': () => ctx.sleep(name, seconds.NaN),
      'sleep a negative time': () => ctx.sleep(name, seconds.negative),
      'wait NaN': () => ctx.waitUntil(name, never, { every: seconds.NaN, timeout: seconds.NaN }),
      'progress NaN': () => untyped.progress(Number.NaN),
      'progress undefined': () => untyped.progress(undefined),
      'progress without text': () => untyped.progress(0.1, null),
      'log a cycle': () => ctx.log.info('misuse', { cycle }),
      'log a bigint': () => ctx.log.info('misuse', { count: 1n }),
      'log what throws': () => ctx.log.info('misuse', throwing),
      'log over its own fields': () => ctx.log.info('misuse', { job: 'forged', level: 'fatal', message: 'forged' }),
      'save undefined': () => ctx.checkpoint.save(undefined),
      'save a cycle': () => ctx.checkpoint.save(cycle),
    };
    await this.observe(
      name,
      replay.nextCall(this.codeRun, name),
      async () => act[what](),
      ({ effect }) => {
        if (effect === undefined) return /^(sleep|wait)/.test(what) ? 'for an invalid time' : undefined;
        if (what.startsWith('log')) return 'from a log line';
        return effect.isRetryable ? 'which another attempt cannot change' : undefined;
      },
      'none',
    );
  }

  /** @param check says why the code may not receive this outcome; undefined if it may */
  private async observe<T>(
    name: string,
    call: number,
    ask: () => Promise<T>,
    check: (outcome: { shape?: string; effect?: ErrorEffect }) => string | undefined,
    rule: ReplayRule = 'when acted upon',
  ): Promise<T> {
    const { replay, machine } = this.environment;
    const report = (outcome: Observation) => {
      const observed = outcome.is === 'value' ? { shape: outcome.shape } : { effect: outcome.effect };
      const isOutage = outcome.is === 'thrown' && outcome.effect.code === 'unavailable' && machine.hadFault;
      replay.observed(this.codeRun, name, call, outcome, isOutage ? undefined : check(observed), rule);
    };
    try {
      const value = await ask();
      report({ is: 'value', shape: shapeOf(value) });
      return value;
    } catch (error) {
      report({ is: 'thrown', effect: errorEffectOf(error) });
      throw error;
    }
  }
}

function hasSameEffect(effect: ErrorEffect, kind: Parameters<typeof thrownOf>[0], secret: string): boolean {
  const planned = errorEffectOf(thrownOf(kind, secret));
  return kind.startsWith('after') || (effect.code === planned.code && effect.isRetryable === planned.isRetryable);
}
