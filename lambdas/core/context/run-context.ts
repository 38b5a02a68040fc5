/** The `ctx` of one run of a worker's code: remembers in the job's record what the code received, and ends the run when the code waits. */
import type { JobContext } from '../contract/context.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { DamagedPayloadError, UnavailableError } from '../contract/errors.ts';
import type { Suspension } from '../job/transitions.ts';
import type { JobSession } from '../session/job-session.ts';
import { baseContext } from './base-context.ts';
import { checkpointJson, progressOf, readCheckpoint } from './context-input.ts';
import type { ContextDeps, ContextParts } from './context-parts.ts';
import { delegate } from './delegate.ts';
import { JobFiles } from './job-files.ts';
import { openUpload } from './job-uploads.ts';
import type { JournalSnapshot } from './journal.ts';
import { runReadyCode } from './microtasks.ts';
import { runAll, runOne } from './run-children.ts';
import { RunJournal } from './run-journal.ts';
import { scopeKind } from './scope.ts';
import { signalUrl } from './signal-url.ts';
import { step } from './step.ts';
import { type OrParked, parked, Suspensions } from './suspensions.ts';
import { sleep, waitUntil } from './wait.ts';
import { waitForSignal } from './wait-for-signal.ts';

export class RunContext {
  readonly ctx: JobContext;
  private readonly parts: ContextParts;
  /** Calls that have not ended, with what they are, for people. */
  private readonly underWay = new Map<Promise<unknown>, string>();
  private checkpoint: string | undefined;
  private engineFault: Error | undefined;
  private isClosed = false;

  constructor(session: JobSession, contract: JobTypeContract, deps: ContextDeps) {
    this.checkpoint = session.job.checkpoint;
    const files = new JobFiles(session.job, contract, {
      interrupted: session.interrupted,
      store: deps.files,
      newFolder: () => deps.runtime.newToken(),
    });
    const children = new Set(session.job.children);
    const links = [...(session.job.links ?? [])];
    const otherMembers = () => ({
      version: contract.version,
      checkpoint: this.checkpoint,
      files: files.references(),
      ...(children.size === 0 ? {} : { children: [...children] }),
      ...(links.length === 0 ? {} : { links: [...links] }),
    });
    const journal = new RunJournal(session, { payloads: deps.payloads, otherMembers });
    this.parts = { session, contract, deps, journal, children, links, suspensions: new Suspensions(deps), isClosed: () => this.isClosed };
    const open = (reference: string) => openUpload(reference, { session, contract, store: deps.uploadReader });
    // Not spread: its signal is made when the code asks for it.
    this.ctx = Object.assign(baseContext(session, deps), this.operations(), { files, openUpload: open });
  }

  /** Resolves when the worker's code asks to wait, or cannot go on in this invocation. */
  get suspended(): Promise<void> {
    return this.parts.suspensions.requested;
  }

  /** @returns what the record must keep of this run, whichever way it ends */
  snapshot(): JournalSnapshot {
    return this.parts.journal.snapshot();
  }

  /** @returns when the job resumes: at the earliest time that any branch of its code waits for */
  suspension(): Suspension {
    return this.parts.suspensions.result();
  }

  /** @returns why the run must end before its code does: a store that does not answer, or that lost what the job remembers */
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
    // Closed code starts nothing outside of what is under way.
    if (this.isClosed && this.underWay.size === 0) return;
    do {
      while (this.underWay.size > 0) await Promise.allSettled(this.underWay.keys());
      await runReadyCode();
    } while (this.underWay.size > 0);
  }

  private operations(): Pick<
    JobContext,
    'checkpoint' | 'progress' | 'step' | 'sleep' | 'waitUntil' | 'waitForSignal' | 'signalUrl' | 'delegate' | 'run' | 'runAll'
  > {
    const { parts } = this;
    return {
      checkpoint: {
        load: <T>() => readCheckpoint<T>(this.checkpoint),
        save: (state) => this.perform('checkpoint', () => this.saveCheckpoint(state)),
      },
      progress: (fraction, message) => {
        if (this.isClosed) return;
        parts.session.assertHeld();
        parts.session.showProgress(progressOf(fraction, message));
      },
      step: (name, fn) => this.perform(`step "${String(name)}"`, () => step(parts, name, fn)),
      sleep: (name, duration, reason) => this.perform(`sleep "${String(name)}"`, () => sleep(parts, { name, duration, reason })),
      waitUntil: (name, check, options) => this.perform(`wait "${String(name)}"`, () => waitUntil(parts, { name, check, options })),
      waitForSignal: (name, wait) => this.perform(`signal "${String(name)}"`, () => waitForSignal(parts, name, wait)),
      signalUrl: (name, options) => this.perform(`link "${String(name)}"`, () => signalUrl(parts, name, options)),
      // What a job returns has the types of its contract, which the worker that ran it has checked.
      run: ((name, type, input, options) =>
        this.perform(`run "${String(name)}"`, () => runOne(parts, { name, type, input, ...options }))) as JobContext['run'],
      runAll: ((requests) => this.perform('several runs', () => runAll(parts, requests))) as JobContext['runAll'],
      delegate: (name, request) => this.perform(`delegation "${String(name)}"`, () => delegate(parts, name, request)),
    };
  }

  /**
   * Runs one call of the worker's code. Its promise may be awaited late, or never, without being an unhandled rejection.
   * An outage of the engine's own stores suspends the job instead of reaching the code: code that caught it would take a branch that a
   * replay does not take. Inside a step the step fails, since that is the code's own effect.
   */
  private perform<T>(what: string, action: () => Promise<OrParked<T>>): Promise<T> {
    const isInside = scopeKind() !== undefined;
    if (this.isClosed && !isInside) return never();
    const operation = action().catch((error: unknown): OrParked<T> => {
      if (isInside || !(error instanceof UnavailableError || error instanceof DamagedPayloadError)) throw error;
      this.engineFault ??= error;
      this.parts.suspensions.request();
      return parked;
    });
    this.underWay.set(operation, what);
    const result = operation.finally(() => this.underWay.delete(operation)).then((value) => (value === parked ? never<T>() : value));
    result.catch(() => undefined);
    return result;
  }

  private async saveCheckpoint(state: unknown): Promise<OrParked<void>> {
    const { session, journal, suspensions } = this.parts;
    const json = checkpointJson(state);
    session.assertHeld();
    await journal.save(() => {
      // Saving the same checkpoint again is not progress.
      const isFurther = this.checkpoint !== json;
      this.checkpoint = json;
      return isFurther ? { crashes: 0 } : {};
    });
    return suspensions.parkIfTimeIsUp();
  }
}

/** A promise for code that must not go on: the run ends meanwhile, and the code runs from its top in the next one. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
