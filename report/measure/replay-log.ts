/** The busiest minutes once more: every arrival and every held time of the log, through a number of servers, first come, first served. */
import type { LogInput } from '../read/log-input.ts';
import type { LoggedRequest } from '../read/logged-request.ts';
import { leftOutReason } from './left-out.ts';

export interface ReplayLoad {
  /** Share of the capacity in use in the busiest minutes. */
  readonly busy: number;
  /** Mean wait for a free server. */
  readonly waitMs: number;
}

export interface ReplayFacts {
  readonly before: ReplayLoad;
  readonly after: ReplayLoad;
}

export interface ReplayOptions {
  readonly firstMs: number;
  /** Minutes of the log. */
  readonly busy: readonly number[];
  readonly capacity: number;
  readonly acceptMs: number;
  readonly nameOf: (request: LoggedRequest) => string | undefined;
  readonly delegated: ReadonlySet<string>;
}

const minuteMs = 60_000;
/** What was in progress before a busy minute fills the servers when it begins. */
const warmUpMinutes = 10;

interface Arrival {
  readonly startMs: number;
  readonly heldMs: number;
  readonly isDelegated: boolean;
}

export async function replayBusyMinutes(input: LogInput, options: ReplayOptions): Promise<ReplayFacts> {
  const { busy, firstMs, nameOf, delegated, capacity, acceptMs } = options;
  const isBusy = new Set(busy);
  const isWanted = new Set(busy.flatMap((minute) => Array.from({ length: warmUpMinutes + 1 }, (_, i) => minute - i)));
  const origin = Math.floor(firstMs / minuteMs);
  const minuteOf = (ms: number) => Math.floor(ms / minuteMs) - origin;
  const arrivals: Arrival[] = [];
  await input.read((request) => {
    const { startMs, heldMs = request.waitMs } = request;
    if (heldMs === undefined || !isWanted.has(minuteOf(startMs)) || leftOutReason(request) !== undefined) return;
    const name = nameOf(request);
    if (name !== undefined) arrivals.push({ startMs, heldMs, isDelegated: delegated.has(name) });
  });
  arrivals.sort((a, b) => a.startMs - b.startMs || a.heldMs - b.heldMs || Number(a.isDelegated) - Number(b.isDelegated));
  const run = (heldOf: (arrival: Arrival) => number) =>
    replay(
      arrivals.map((arrival) => ({ startMs: arrival.startMs, heldMs: heldOf(arrival) })),
      { capacity, isCounted: (ms) => isBusy.has(minuteOf(ms)), seconds: busy.length * 60 },
    );
  return {
    before: run(({ heldMs }) => heldMs),
    after: run(({ heldMs, isDelegated }) => (isDelegated ? Math.min(acceptMs, heldMs) : heldMs)),
  };
}

/**
 * @param arrivals in the order of time
 * @param seconds how long the counted time is
 */
export function replay(
  arrivals: readonly { readonly startMs: number; readonly heldMs: number }[],
  {
    capacity,
    isCounted,
    seconds,
  }: { readonly capacity: number; readonly isCounted: (startMs: number) => boolean; readonly seconds: number },
): ReplayLoad {
  const free = new FreeAt(capacity);
  let [waited, counted, held] = [0, 0, 0];
  for (const { startMs, heldMs } of arrivals) {
    const begins = Math.max(startMs, free.earliest);
    free.replaceEarliest(begins + heldMs);
    if (!isCounted(startMs)) continue;
    waited += begins - startMs;
    held += heldMs;
    counted += 1;
  }
  return { busy: Math.min(1, held / 1000 / seconds / capacity), waitMs: counted === 0 ? 0 : waited / counted };
}

/** When each server is free: a binary heap. */
class FreeAt {
  private readonly times: Float64Array;

  constructor(servers: number) {
    this.times = new Float64Array(servers).fill(Number.NEGATIVE_INFINITY);
  }

  get earliest(): number {
    return this.times[0] ?? 0;
  }

  replaceEarliest(time: number): void {
    const { times } = this;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && (times[child + 1] ?? 0) < (times[child] ?? 0)) child += 1;
      if ((times[child] ?? 0) >= time) break;
      times[place] = times[child] ?? 0;
      place = child;
    }
    times[place] = time;
  }
}
