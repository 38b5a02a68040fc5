/** Virtual time: everything that happens in a simulation is an event of this queue, and nothing happens between two events. */
import type { Random } from './random.ts';

interface Event {
  readonly atMs: number;
  /** Events of one moment happen in an order that the seed determines. */
  readonly order: number;
  readonly run: () => void;
}

export class Scheduler {
  nowMs: number;
  readonly startMs: number;
  private readonly random: Random;
  /** A binary heap. */
  private readonly events: Event[] = [];

  constructor(random: Random, startMs: number) {
    this.random = random;
    this.startMs = startMs;
    this.nowMs = startMs;
  }

  /** @param order among the events of that moment; random unless given */
  at(atMs: number, run: () => void, order = this.random.next()): void {
    this.push({ atMs: Math.max(atMs, this.nowMs), order, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.nowMs + ms, run);
  }

  /** Runs events in the order of their time until `isDone`. @returns false if `untilMs` has passed or no event is left before that */
  async run(isDone: () => boolean, untilMs: number): Promise<boolean> {
    await settled(); // code that was started before schedules its first events
    while (!isDone()) {
      const event = this.events[0];
      if (event === undefined || event.atMs > untilMs) return false;
      this.pop();
      this.nowMs = event.atMs;
      event.run();
      // All code that the event started runs to its next await of a port or a sleep, which are events again.
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

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
