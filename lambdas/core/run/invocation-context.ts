/** The `ctx` of one invocation: remembers in the job's record what the worker's code received, and ends the invocation when the code waits. */
import { parseExactJson } from '../../text/exact-json.ts';
import { truncate } from '../../text/truncate.ts';
import type { DelegationRequest, JobContext, WaitReason } from '../contract/context.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { type Duration, durationMs } from '../contract/duration.ts';
import {
  DamagedPayloadError,
  JobInterruptedError,
  LeaseLostError,
  PermanentError,
  QuotaExceededError,
  UnavailableError,
  WaitTimedOutError,
} from '../contract/errors.ts';
import { errorText, readable } from '../job/error-text.ts';
import { describeFailure } from '../job/failure.ts';
import type { Job, JobPatch, Payload, Reason } from '../job/job.ts';
import { toJson } from '../job/json-value.ts';
import { inlinePayloadBytes, loadPayload, storePayload } from '../job/payload.ts';
import type { FileStore, PayloadStore, Runtime } from '../job/ports.ts';
import { extendTimeline } from '../job/timeline.ts';
import type { Suspension } from '../job/transitions.ts';
import { type BaseContextDeps, baseContext } from './base-context.ts';
import { checkDuration, checkFunction, checkpointJson, progressOf, readCheckpoint, refuseWithin } from './context-input.ts';
import { immediateResumption } from './decide.ts';
import { JobFiles } from './job-files.ts';
import type { JobSession } from './job-session.ts';
import { failureKey, Journal, type JournalKind, type JournalSnapshot, journalKey, UsedNames } from './journal.ts';
import { runReadyCode } from './microtasks.ts';
import { failureJson, rebuildFailure, rebuildWithStack } from './remembered-failure.ts';
import { notYetReceived, ReplayOrder, sleepOrder } from './replay-order.ts';
import { runInScope, scopeKind } from './scope.ts';

export interface ContextDeps extends BaseContextDeps {
  readonly payloads: PayloadStore;
  readonly files: FileStore;
  readonly runtime: Runtime;
  /** Whether the invocation's time is so nearly over that it should end at the next safe point. */
  readonly isTimeNearlyOver: () => boolean;
  readonly delegate: (name: string, job: DelegationRequest) => Promise<string>;
}

/** A reference to a stored object takes about as much. */
const maxInlineBytesWhenFull = 256;

/**
 * What an operation of the context returns when its caller must not go on in this invocation. The caller then gets a promise that never settles:
 * the invocation is suspended, and in the next one the code runs from its top and receives what is in the journal.
 */
const parked = Symbol('parked');
type OrParked<T> = T | typeof parked;

/** One call of a step, wait or delegation. */
interface NamedCall {
  readonly kind: JournalKind;
  readonly name: string;
  /** Number of failures of this name in this invocation, before the call. */
  readonly failures: number;
}

export class InvocationContext {
  readonly ctx: JobContext;
  /** Resolves when the worker's code asks to wait, or cannot go on in this invocation. */
  readonly suspended: Promise<void>;
  private readonly session: JobSession;
  private readonly contract: JobTypeContract;
  private readonly deps: ContextDeps;
  private readonly files: JobFiles;
  private readonly journal: Journal;
  private readonly replay = new ReplayOrder();
  private readonly names = new UsedNames();
  private readonly underWay = new Map<Promise<unknown>, string>();
  private checkpoint: string | undefined;
  private earliest: Suspension | undefined;
  private engineFault: Error | undefined;
  /** Number of outcomes that the code has received and that no write of their own has stored (waits, delegations, failures), and how many are in the record. */
  private receivedCount = 0;
  private savedCount = 0;
  private isClosed = false;
  private readonly suspend: () => void;

  constructor(session: JobSession, contract: JobTypeContract, deps: ContextDeps) {
    this.session = session;
    this.contract = contract;
    this.deps = deps;
    this.journal = new Journal(session.job.journal);
    this.checkpoint = session.job.checkpoint;
    this.files = new JobFiles(session.job, contract, {
      signal: session.interrupted,
      store: deps.files,
      folder: deps.runtime.newToken(),
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.suspended = promise;
    this.suspend = resolve;
    this.ctx = {
      ...baseContext(session, deps),
      checkpoint: {
        load: <T>() => readCheckpoint<T>(this.checkpoint),
        save: (state) => this.perform('checkpoint', () => this.saveCheckpoint(state)),
      },
      progress: (fraction, message) => {
        if (this.isClosed) return;
        this.session.assertHeld();
        this.session.showProgress(progressOf(fraction, message));
      },
      step: (name, fn) => this.perform(`step "${String(name)}"`, () => this.step(name, fn)),
      sleep: (name, duration, reason) => this.perform(`sleep "${String(name)}"`, () => this.sleep(name, duration, reason)),
      waitUntil: (name, check, options) => this.perform(`wait "${String(name)}"`, () => this.waitUntil(name, check, options)),
      files: this.files,
      delegate: (name, job) => this.perform(`delegation "${String(name)}"`, () => this.delegate(name, job)),
    };
  }

  /** @returns what the record must keep of this invocation, whichever way it ends */
  snapshot(): JournalSnapshot {
    const all = this.patch();
    return { all, forNextAttempt: { ...all, journal: this.journal.forNextAttempt() } };
  }

  /** When the job goes on: the earliest moment that any branch of its code waits for. */
  suspension(): Suspension {
    return this.earliest ?? immediateResumption(this.deps.runtime.nowMs());
  }

  /** @returns why the invocation must end before its code does: a store that does not answer, or that lost what the job remembers */
  stoppedBy(): Error | undefined {
    return this.engineFault;
  }

  /** From now on, code that is still running starts nothing more through its context, except for what its running steps need. */
  close(): void {
    this.isClosed = true;
  }

  /** @returns what the code started and that has not ended, for people */
  unfinished(): readonly string[] {
    return [...this.underWay.values()];
  }

  /** Resolves when everything that the code started has ended and is in the journal. Branches that can go on meanwhile do. */
  async settle(): Promise<void> {
    do {
      while (this.underWay.size > 0) await Promise.allSettled(this.underWay.keys());
      await runReadyCode();
    } while (this.underWay.size > 0);
  }

  private patch(): JobPatch {
    const { version } = this.contract;
    return { version, journal: this.journal.all(), checkpoint: this.checkpoint, files: this.files.references() };
  }

  /**
   * Runs one call of the worker's code. Its promise may be awaited late, or never, without being an unhandled rejection.
   * An outage of the engine's own stores suspends the invocation instead of reaching the code: code that caught it would take a branch that a
   * replay does not take. Inside a step the step fails, since that is the code's own effect.
   */
  private perform<T>(what: string, action: () => Promise<OrParked<T>>): Promise<T> {
    const isInside = scopeKind() !== undefined;
    if (this.isClosed && !isInside) return never();
    const operation = action().catch((error: unknown): OrParked<T> => {
      if (isInside || !(error instanceof UnavailableError || error instanceof DamagedPayloadError)) throw error;
      this.engineFault ??= error;
      this.suspend();
      return parked;
    });
    this.underWay.set(operation, what);
    const result = operation.finally(() => this.underWay.delete(operation)).then((value) => (value === parked ? never<T>() : value));
    result.catch(() => undefined);
    return result;
  }

  private async step<T>(name: string, fn: () => Promise<T>): Promise<OrParked<T>> {
    refuseWithin('step', 'step', name);
    checkFunction(fn, `step "${String(name)}"`);
    const failures = this.names.use('step', name);
    const known = await this.recall<T>('step', name, failures);
    if (known !== undefined) return known.value;
    await this.replay.caughtUp();
    await this.beforeEffect();
    const key = journalKey('step', name);
    const release = this.journal.reserve(key);
    try {
      const json = await this.runStep(name, fn, failures);
      return this.isClosed || this.suspendIfTimeIsUp() ? parked : (parseExactJson(json) as T);
    } finally {
      release();
    }
  }

  private async runStep(name: string, fn: () => Promise<unknown>, failures: number): Promise<string> {
    let json: string;
    try {
      const value = await runInScope('step', fn);
      json = toJson(value === undefined ? null : value, `The result of step "${name}"`, 'invalid_step_result');
    } catch (error) {
      throw await this.recordFailure({ kind: 'step', name, failures }, error);
    }
    const payload = await this.store(json);
    let received: Promise<void> = Promise.resolve();
    const saved = this.save((job) => {
      const order = this.journal.setReceived(journalKey('step', name), payload);
      received = this.receive(order, () => saved);
      const timeline = extendTimeline(job.timeline, { atMs: this.deps.runtime.nowMs(), event: 'step', detail: name });
      return { ...this.patch(), crashes: 0, storeOutages: undefined, timeline };
    });
    await saved;
    await received;
    return json;
  }

  private async sleep(name: string, duration: Duration, reason: WaitReason | undefined): Promise<OrParked<void>> {
    refuseWithin('sleep', 'step', name);
    refuseWithin('sleep', 'wait', name);
    this.names.use('sleep', name);
    checkDuration(duration, `The duration of sleep "${name}"`);
    const key = journalKey('sleep', name);
    const known = this.journal.get(key);
    if (known === undefined) {
      const untilMs = this.deps.runtime.nowMs() + Math.max(1_000, durationMs(duration));
      this.journal.reserve(key)(); // throws where the journal is full
      this.journal.set(key, inline({ untilMs }));
      return this.park(untilMs, reason);
    }
    const { untilMs } = parseExactJson(await loadPayload(this.deps.payloads, known)) as { untilMs: number };
    if (known.order === undefined && this.deps.runtime.nowMs() < untilMs) return this.park(untilMs, reason);
    await this.replay.next(known.order ?? sleepOrder(untilMs), async () => {
      if (known.order === undefined) this.journal.setReceived(key, known);
    });
  }

  private async waitUntil<T>(
    name: string,
    check: () => Promise<T | undefined>,
    options: { readonly every: Duration; readonly timeout: Duration; readonly reason?: WaitReason },
  ): Promise<OrParked<T>> {
    checkFunction(check, `the check of wait "${String(name)}"`);
    const { every, timeout, reason } = options ?? {};
    refuseWithin('wait', 'step', name);
    refuseWithin('wait', 'wait', name);
    const failures = this.names.use('wait', name);
    checkDuration(every, `"every" of wait "${name}"`);
    checkDuration(timeout, `"timeout" of wait "${name}"`);
    const known = await this.recall<T>('wait', name, failures);
    if (known !== undefined) return known.value;
    await this.replay.caughtUp();
    const key = journalKey('wait', name);
    const unfinished = this.journal.get(key);
    const release = this.journal.reserve(key);
    try {
      const look = await this.look(name, check, failures);
      if (look.json !== undefined) {
        const order = this.journal.setReceived(key, await this.store(look.json));
        this.receivedCount += 1;
        await this.receive(order);
        return this.isClosed ? parked : (parseExactJson(look.json) as T);
      }
      const nowMs = this.deps.runtime.nowMs();
      const sinceMs =
        unfinished === undefined
          ? nowMs
          : (parseExactJson(await loadPayload(this.deps.payloads, unfinished)) as { sinceMs: number }).sinceMs;
      const timeoutMs = durationMs(timeout);
      if (nowMs - sinceMs >= timeoutMs) {
        const error = new WaitTimedOutError(`Still waiting after ${Math.round(timeoutMs / 1000)} s.${look.failure ?? ''}`);
        throw await this.recordFailure({ kind: 'wait', name, failures }, error);
      }
      this.journal.set(key, inline({ sinceMs }));
      const detail = look.failure === undefined ? reason?.detail : truncate(`${reason?.detail ?? `wait "${name}"`}.${look.failure}`, 300);
      const untilMs = Math.min(nowMs + Math.max(1_000, durationMs(every)), sinceMs + timeoutMs);
      return this.park(untilMs, { ...reason, ...(detail === undefined ? {} : { detail }) });
    } finally {
      release();
    }
  }

  /** @returns what the check found, as JSON; or a sentence on why it found nothing, where it failed in a way that may pass */
  private async look(
    name: string,
    check: () => Promise<unknown>,
    failures: number,
  ): Promise<{ readonly json?: string; readonly failure?: string }> {
    this.session.assertHeld();
    this.session.interrupted.throwIfAborted();
    try {
      const value = await runInScope('wait', check);
      return value === undefined ? {} : { json: toJson(value, `What the check of wait "${name}" returned`, 'invalid_step_result') };
    } catch (error) {
      if (!this.isCodeFailure(readable(error)) || !describeFailure(error).error.retryable)
        throw await this.recordFailure({ kind: 'wait', name, failures }, error);
      this.deps.log.warn('The check of a wait failed; it is repeated.', { wait: name, error });
      return { failure: ` The last check failed: ${errorText(error)}` };
    }
  }

  private async delegate(name: string, job: DelegationRequest): Promise<OrParked<string>> {
    const failures = this.names.use('child', name);
    const known = await this.recall<string>('child', name, failures);
    if (known !== undefined) return known.value;
    if (!this.contract.delegatesTo?.includes(job.type)) {
      throw new PermanentError(`${this.contract.name} may not delegate to ${job.type}: its contract's delegatesTo does not name it.`, {
        code: 'delegation_not_allowed',
      });
    }
    await this.replay.caughtUp();
    await this.beforeEffect();
    const key = journalKey('child', name);
    const release = this.journal.reserve(key);
    try {
      const id = await this.deps.delegate(name, job);
      const order = this.journal.setReceived(key, inline(id));
      this.receivedCount += 1;
      await this.receive(order);
      return id;
    } catch (error) {
      // Inside a step, rethrow: the step fails with it, and a quota error suspends the job if the code lets it through.
      if (scopeKind() !== undefined) {
        this.names.release('child', name);
        throw error;
      }
      if (!(error instanceof QuotaExceededError)) throw await this.recordFailure({ kind: 'child', name, failures }, error);
      return this.park(this.deps.runtime.nowMs() + error.afterSeconds * 1000, { code: 'quota', detail: error.message });
    } finally {
      release();
    }
  }

  private async saveCheckpoint(state: unknown): Promise<OrParked<void>> {
    const json = checkpointJson(state);
    this.session.assertHeld();
    await this.save(() => {
      // Saving the same checkpoint again is not progress.
      const isFurther = this.checkpoint !== json;
      this.checkpoint = json;
      return { ...this.patch(), ...(isFurther ? { crashes: 0 } : {}) };
    });
    if (this.suspendIfTimeIsUp()) return parked;
  }

  /**
   * Looks for what the code received in an earlier invocation: the next failure of a name, or its result.
   * @param failures how often the name has failed in this invocation
   * @throws the remembered failure, rebuilt
   */
  private async recall<T>(kind: JournalKind, name: string, failures: number): Promise<{ readonly value: T } | undefined> {
    const failure = this.journal.get(failureKey(kind, name, failures + 1));
    if (failure !== undefined) {
      const json = await this.replay.next(failure.order ?? notYetReceived, () => loadPayload(this.deps.payloads, failure));
      this.names.release(kind, name);
      throw rebuildFailure(json);
    }
    const known = this.journal.get(journalKey(kind, name));
    if (known === undefined || (kind === 'wait' && known.order === undefined)) return undefined;
    const json = await this.replay.next(known.order ?? notYetReceived, () => loadPayload(this.deps.payloads, known));
    return { value: parseExactJson(json) as T };
  }

  /**
   * Records a failure of the code, so that it gets the same one in every later invocation of this attempt.
   * @returns what to throw: the failure as it is rebuilt from the journal, or the engine's own error as it is
   */
  private async recordFailure({ kind, name, failures }: NamedCall, thrown: unknown): Promise<unknown> {
    const error = readable(thrown);
    if (!this.isCodeFailure(error)) return error;
    const json = failureJson(error);
    // The failure takes the place that was reserved for the result.
    const key = failureKey(kind, name, failures + 1);
    const order = this.journal.setReceived(key, await this.store(json));
    // A wait that is repeated starts again from now.
    if (kind === 'wait') this.journal.delete(journalKey(kind, name));
    this.receivedCount += 1;
    await this.receive(order);
    this.names.release(kind, name);
    return rebuildWithStack(json, error);
  }

  /** Whether the code itself failed. The engine's own errors, and those of code that obeys its signal, end the invocation; the next one tries again. */
  private isCodeFailure(error: unknown): boolean {
    const isEngines = [UnavailableError, QuotaExceededError, LeaseLostError, JobInterruptedError].some((own) => error instanceof own);
    return !isEngines && !this.session.interrupted.aborted;
  }

  /**
   * Waits until the code may receive a new outcome: after all outcomes with an earlier position, whose writes may still be on their way.
   * Otherwise a race between branches would have another winner in the next invocation.
   */
  private receive(order: number, written: () => Promise<void> = async () => undefined): Promise<void> {
    const received = this.replay.next(order, written);
    received.catch(() => undefined); // a write that failed is reported where it was made
    return received;
  }

  private async save(makePatch: (job: Job) => JobPatch): Promise<void> {
    let received = 0;
    await this.session.save((job) => {
      const patch = makePatch(job);
      received = this.receivedCount;
      return patch;
    });
    this.savedCount = Math.max(this.savedCount, received);
  }

  /** An effect starts only while the lease is certainly held, and after what led to it is in the record. */
  private async beforeEffect(): Promise<void> {
    this.session.interrupted.throwIfAborted();
    // Another branch may receive something during the write. After a save whose response was lost, `save` throws, so this ends.
    while (this.savedCount < this.receivedCount || this.session.hasUncertainSave) await this.save(() => this.patch());
    this.session.assertHeld();
    this.session.interrupted.throwIfAborted();
  }

  /** Ends the invocation at this safe point if its time is nearly over. Inside a step or a check there is no safe point. */
  private suspendIfTimeIsUp(): boolean {
    if (!this.deps.isTimeNearlyOver() || scopeKind() !== undefined) return false;
    this.suspendUntil(immediateResumption(this.deps.runtime.nowMs()));
    return true;
  }

  private park(untilMs: number, reason: { readonly code?: Reason['code']; readonly detail?: string } = {}): typeof parked {
    this.suspendUntil({ untilMs, reason: { code: reason.code ?? 'sleeping', detail: reason.detail } });
    return parked;
  }

  private suspendUntil(suspension: Suspension): void {
    if (this.earliest === undefined || suspension.untilMs < this.earliest.untilMs) this.earliest = suspension;
    this.suspend();
  }

  /** Small results stay in the record until there are many of them. */
  private store(json: string): Promise<Payload> {
    const inlineBytes = this.journal.hasInlineRoom() ? inlinePayloadBytes : maxInlineBytesWhenFull;
    return storePayload(this.deps.payloads, { jobId: this.session.job.id, name: 'step', json, inlineBytes });
  }
}

/** A promise for code that must not go on: the invocation ends meanwhile, and the code runs from its top in the next one. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

function inline(value: unknown): Payload {
  return { kind: 'inline', json: JSON.stringify(value) };
}
