/** How the code of one run asks for its suspension. */
import type { Awaited, Reason } from '../job/job.ts';
import type { Runtime } from '../job/ports.ts';
import { type EarlyEnd, immediateResumption, type Suspension } from '../job/transitions.ts';
import { scopeKind } from './scope.ts';

/**
 * What an operation of the context returns when its caller must not go on in this invocation. The caller then gets a promise that never settles:
 * the job is suspended, and in its next invocation the code runs from its top and receives what is in the journal.
 */
export const parked = Symbol('parked');
export type OrParked<T> = T | typeof parked;

export interface SuspensionsDeps {
  readonly runtime: Runtime;
  /** Whether the invocation's time is so nearly over that the job should be suspended at its next safe point. */
  readonly isTimeNearlyOver: () => boolean;
}

export class Suspensions {
  /** Resolves when the code asks to wait, or cannot go on in this invocation. */
  readonly requested: Promise<void>;
  /** Asks for a suspension without a time of its own. */
  readonly request: () => void;
  private readonly deps: SuspensionsDeps;
  private earliest: Suspension | undefined;
  private early: EarlyEnd | undefined;

  constructor(deps: SuspensionsDeps) {
    this.deps = deps;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.requested = promise;
    this.request = resolve;
  }

  /** Lets the job resume at a time, or earlier if another branch of its code waits for less. */
  park(untilMs: number, { code = 'sleeping', detail }: { readonly code?: Reason['code']; readonly detail?: string } = {}): typeof parked {
    return this.suspend({ untilMs, reason: { code, detail } });
  }

  /** Lets the job resume when something comes from outside, or at a time. @param seenNotices the notices that the caller has looked at */
  parkFor(awaited: Awaited, seenNotices: number, suspension: Suspension): typeof parked {
    const { awaits, seenNotices: seenBefore } = this.early ?? { awaits: [], seenNotices };
    this.early = { awaits: [...awaits, awaited], seenNotices: Math.min(seenBefore, seenNotices) };
    return this.suspend(suspension);
  }

  /** Suspends the job at this safe point if the invocation's time is nearly over. Inside a step or a check there is no safe point. */
  parkIfTimeIsUp(): typeof parked | undefined {
    if (!this.deps.isTimeNearlyOver() || scopeKind() !== undefined) return undefined;
    return this.suspend(this.now());
  }

  /** @returns when and why the job resumes: the earliest time that any branch of its code waits for, or earlier by what any branch waits for */
  result(): Suspension {
    const suspension = this.earliest ?? this.now();
    return this.early === undefined ? suspension : { ...suspension, early: this.early };
  }

  private suspend(suspension: Suspension): typeof parked {
    if (this.earliest === undefined || suspension.untilMs < this.earliest.untilMs) this.earliest = suspension;
    this.request();
    return parked;
  }

  private now(): Suspension {
    return immediateResumption(this.deps.runtime.nowMs());
  }
}
