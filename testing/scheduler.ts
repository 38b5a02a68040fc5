/** Virtual time: everything that happens is an event of this queue, and nothing happens between two events. */
import { setImmediate } from 'node:timers';

interface Event {
  readonly atMs: number;
  /** Decides among the events of one moment. */
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

// The real one, also while a test has replaced the timers of its process.
const nextTurn = setImmediate;

export class Scheduler {
  nowMs: number;
  readonly startMs: number;
  private readonly nextOrder: () => number;
  /** A binary heap. */
  private readonly events: Event[] = [];

  /** @param nextOrder orders the events of one moment; by chance where a seed decides */
  constructor(nextOrder: () => number, startMs: number) {
    this.nextOrder = nextOrder;
    this.startMs = startMs;
    this.nowMs = startMs;
  }

  /**
   * @param order among the events of that moment; `nextOrder` decides unless it matters
   * @returns cancels the event
   */
  at(atMs: number, run: () => void, order = this.nextOrder()): () => void {
    const event: Event = { atMs: Math.max(atMs, this.nowMs), order, run, isCancelled: false };
    this.push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  after(ms: number, run: () => void): () => void {
    return this.at(this.nowMs + ms, run);
  }

  /** When the next event happens; undefined while there is none. */
  get nextMs(): number | undefined {
    while (this.events[0]?.isCancelled === true) this.pop();
    return this.events[0]?.atMs;
  }

  /** Moves the time to the next event and runs it. */
  runNext(): void {
    if (this.nextMs === undefined) return;
    const { atMs, run } = this.events[0] as Event;
    this.pop();
    this.nowMs = atMs;
    run();
  }

  /** Runs events in the order of their time until `isDone` says so. @returns whether it did, before `untilMs` and before nothing was left to happen */
  async run(isDone: () => boolean, untilMs: number): Promise<boolean> {
    await settled(); // what was started before has its first events then
    while (!isDone()) {
      const { nextMs } = this;
      if (nextMs === undefined || nextMs > untilMs) return false;
      this.runNext();
      // What the event started runs up to its next await of a port or a pause: those are events again.
      await settled();
    }
    return true;
  }

  private push(event: Event): void {
    const { events } = this;
    let i = events.length;
    events.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, events[parent] as Event)) break;
      events[i] = events[parent] as Event;
      i = parent;
    }
    events[i] = event;
  }

  private pop(): void {
    const { events } = this;
    const last = events.pop() as Event;
    if (events.length === 0) return;
    let i = 0;
    while (true) {
      let child = 2 * i + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1] as Event, events[child] as Event)) child += 1;
      if (!isBefore(events[child] as Event, last)) break;
      events[i] = events[child] as Event;
      i = child;
    }
    events[i] = last;
  }
}

/** Resolves once everything that can go on without time has done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
