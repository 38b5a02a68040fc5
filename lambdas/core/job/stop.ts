/** The engine's own stop signals. */

/** What a wait needs of an `AbortSignal`. */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Stops once, with a reason. It is a signal and its controller in one, without events: those of Node.js, some four a job, took a fifth of the engine's time.
 * Worker code gets an `AbortSignal`, which is made when it asks for it.
 */
export class Stop implements StopSignal {
  private isStopped = false;
  private why: Error | undefined;
  private listeners: Set<() => void> | undefined;
  private controller: AbortController | undefined;

  get aborted(): boolean {
    return this.isStopped;
  }

  /** Undefined before it stops, and where nothing was said. */
  get reason(): Error | undefined {
    return this.why;
  }

  /** Aborts with the same reason, after the listeners of this. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.isStopped) this.controller.abort(this.why);
    }
    return this.controller.signal;
  }

  /** Calls each listener once, in the order in which they came. The first reason stays. */
  stop(reason?: Error): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.why = reason;
    const { listeners } = this;
    this.listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener();
    this.controller?.abort(reason);
  }

  /** @throws Error the reason, once it has stopped */
  throwIfAborted(): void {
    if (this.isStopped) throw this.why;
  }

  /** A listener that comes after the stop is never called, as with an `AbortSignal`. */
  addEventListener(_: 'abort', listener: () => void): void {
    if (this.isStopped) return;
    this.listeners ??= new Set();
    this.listeners.add(listener);
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.listeners?.delete(listener);
  }
}
