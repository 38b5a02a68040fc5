/** Moves the time of a kit from event to event, and lets code that runs reach its end in between. */
import { clearTimeout, setTimeout } from 'node:timers';
import { type Scheduler, settled } from './scheduler.ts';
import type { WorkerProcess } from './worker-process.ts';

/** How long code that waits for the time may take to react to each event, in milliseconds of this machine. */
const reactionMs = 10;
// The real ones, also while a test has replaced the timers of its process.
const [setTimer, clearTimer] = [setTimeout, clearTimeout];

/** What happens when code runs for longer than the driver's patience without ending or saving anything. */
export type WhenBusy = 'reject' | 'move on';

export interface TimeDriverOptions {
  readonly scheduler: Scheduler;
  /** How long code may run without ending or saving anything, in milliseconds of this machine. */
  readonly patienceMs: number;
  readonly onMoved: () => void;
  /** Counts what workers have saved. */
  readonly saves: () => number;
  /** Names the code that runs, for people. */
  readonly busy: () => string;
  /** When the clock runs next and has something to do. */
  readonly tickMs: () => number | undefined;
  readonly tick: (atMs: number) => void;
}

type Held = ReturnType<typeof Promise.withResolvers<void>>;

export class TimeDriver {
  /** Invocations and runs of the clock that have not ended, with the process of the worker. */
  private readonly underWay = new Map<Promise<unknown>, WorkerProcess | undefined>();
  private readonly options: TimeDriverOptions;
  private held: Held | undefined;
  private onHold: () => void = () => undefined;

  constructor(options: TimeDriverOptions) {
    this.options = options;
  }

  /** Whether a worker is held at a point, so that nothing more is run until `release`. */
  get isHolding(): boolean {
    return this.held !== undefined;
  }

  /** Holds a worker. @returns resolves when it is released */
  hold(): Promise<void> {
    this.held ??= Promise.withResolvers<void>();
    this.onHold();
    return this.held.promise;
  }

  /** Lets a worker that is held go on. */
  release(): void {
    this.held?.resolve();
    this.held = undefined;
  }

  /** @param process of the worker, undefined for the clock */
  track(work: Promise<unknown>, process?: WorkerProcess): void {
    const end = () => void this.underWay.delete(done);
    const done: Promise<unknown> = work.then(end, end);
    this.underWay.set(done, process);
  }

  /** Processes of workers that run now. */
  get processes(): readonly WorkerProcess[] {
    return [...this.underWay.values()].filter((process) => process !== undefined);
  }

  /** Runs what becomes due until a moment, each at its own, and then moves the time to that moment. */
  async runUntil(untilMs: number, whenBusy: WhenBusy, patienceMs?: number): Promise<void> {
    await this.quiet(whenBusy, patienceMs);
    while (!this.isHolding && (this.nextMs() ?? Number.POSITIVE_INFINITY) <= untilMs) await this.runNext(whenBusy, patienceMs);
    if (!this.isHolding && this.options.scheduler.nowMs < untilMs) {
      this.options.scheduler.at(untilMs, () => this.options.onMoved());
      this.options.scheduler.runNext();
    }
  }

  /** Moves the time to what is due next, which may be a run of the clock, and runs it. @returns false when nothing is due any more */
  async runNext(whenBusy: WhenBusy, patienceMs?: number): Promise<boolean> {
    const { scheduler, tickMs, tick, onMoved } = this.options;
    const beforeMs = scheduler.nowMs;
    const nextMs = this.nextMs();
    if (nextMs === undefined) return false;
    if (nextMs === tickMs()) scheduler.at(nextMs, () => tick(nextMs), Number.NEGATIVE_INFINITY);
    scheduler.runNext();
    if (scheduler.nowMs !== beforeMs) onMoved();
    await this.quiet(whenBusy, patienceMs);
    return true;
  }

  /** Resolves when no code runs, or when a worker is held. The time does not move meanwhile. */
  async quiet(whenBusy: WhenBusy, patienceMs = this.options.patienceMs): Promise<void> {
    await settled();
    while (this.underWay.size > 0 && !this.isHolding) {
      const waitForTime = whenBusy === 'move on' && [...this.underWay.values()].every((process) => process?.waitsForTime === true);
      const saves = this.options.saves();
      const held = new Promise<void>((resolve) => {
        this.onHold = resolve;
      });
      if (await endsWithin([...this.underWay.keys(), held], waitForTime ? reactionMs : patienceMs)) continue;
      if (waitForTime) return;
      if (this.options.saves() > saves) continue;
      if (whenBusy === 'reject') throw new Error(this.busyMessage());
      for (const process of this.processes) process.waitsForTime = true;
      return;
    }
  }

  private nextMs(): number | undefined {
    const due = [this.options.scheduler.nextMs, this.options.tickMs()].filter((atMs) => atMs !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  private busyMessage(): string {
    return (
      `The code of ${this.options.busy()} has run for ${this.options.patienceMs} ms without ending or saving anything. ` +
      'The time does not move while code runs. Where the code waits for the time, e.g. for its time-out, move the time with kit.advance(). ' +
      'Where it needs longer, raise the option patienceMs.'
    );
  }
}

/** @returns whether one of them ends within `ms` milliseconds of this machine */
async function endsWithin(promises: Iterable<Promise<unknown>>, ms: number): Promise<boolean> {
  let stop = () => {};
  const timeout = new Promise<false>((resolve) => {
    const handle = setTimer(() => resolve(false), ms);
    stop = () => clearTimer(handle);
  });
  const hasEnded = await Promise.race([Promise.race(promises).then(() => true), timeout]);
  stop();
  return hasEnded;
}
