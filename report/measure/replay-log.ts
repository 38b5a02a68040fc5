/** The busiest minutes once more: every arrival and every held time of the log, through a number of servers, first come, first served. */
import type { LogInput } from '../read/log-input.ts';
import type { LoggedRequest } from '../read/logged-request.ts';

export interface ReplayOptions {
  readonly firstMs: number;
  /** Minutes of the log, the busiest first. */
  readonly busy: readonly number[];
  /** Requests that start in each minute. */
  readonly starts: Uint32Array;
  readonly capacity: number;
  readonly acceptMs: number;
  readonly nameOf: (request: LoggedRequest) => string | undefined;
  readonly delegated: ReadonlySet<string>;
}

const minuteMs = 60_000;
/** What was in progress before a busy minute fills the servers when it begins. */
const warmUpMinutes = 10;
/** Arrivals that are replayed at most, by memory: of more, the busiest minutes alone. */
const maxArrivals = 1_000_000;

/** @returns how long requests that are not delegated wait for a free server on average, before and after */
export async function replayWaits(
  input: LogInput,
  options: ReplayOptions,
): Promise<{ readonly beforeMs: number; readonly afterMs: number }> {
  const { firstMs, nameOf, delegated, capacity, acceptMs, starts } = options;
  const { counted, wanted, arrivals: size } = minutesOf(options.busy, starts);
  const origin = Math.floor(firstMs / minuteMs);
  const minuteOf = (ms: number) => Math.floor(ms / minuteMs) - origin;
  const [startMs, heldMs, isDelegated] = [new Float64Array(size), new Float64Array(size), new Uint8Array(size)];
  let length = 0;
  await input.read((request) => {
    const held = request.heldMs ?? request.waitMs;
    if (held === undefined || length === size || !wanted.has(minuteOf(request.startMs))) return;
    const name = nameOf(request);
    if (name === undefined) return;
    startMs[length] = request.startMs;
    heldMs[length] = held;
    isDelegated[length] = delegated.has(name) ? 1 : 0;
    length += 1;
  });
  const order = Uint32Array.from({ length }, (_, i) => i).sort(
    (a, b) => (startMs[a] ?? 0) - (startMs[b] ?? 0) || (heldMs[a] ?? 0) - (heldMs[b] ?? 0) || (isDelegated[a] ?? 0) - (isDelegated[b] ?? 0),
  );
  const run = (heldOf: (row: number) => number) =>
    meanWait(order, { startMs, heldOf, capacity, isCounted: (row) => isDelegated[row] === 0 && counted.has(minuteOf(startMs[row] ?? 0)) });
  return {
    beforeMs: run((row) => heldMs[row] ?? 0),
    afterMs: run((row) => (isDelegated[row] === 1 ? Math.min(acceptMs, heldMs[row] ?? 0) : (heldMs[row] ?? 0))),
  };
}

/** @returns the busy minutes that fit into memory, with those before them */
function minutesOf(busy: readonly number[], starts: Uint32Array) {
  const [counted, wanted] = [new Set<number>(), new Set<number>()];
  let arrivals = 0;
  for (const minute of busy) {
    const more = Array.from({ length: warmUpMinutes + 1 }, (_, i) => minute - i).filter((one) => one >= 0 && !wanted.has(one));
    const size = more.reduce((sum, one) => sum + (starts[one] ?? 0), 0);
    if (counted.size > 0 && arrivals + size > maxArrivals) break;
    for (const one of more) wanted.add(one);
    counted.add(minute);
    arrivals += size;
  }
  return { counted, wanted, arrivals };
}

export interface Arrivals {
  readonly startMs: ArrayLike<number>;
  readonly heldOf: (row: number) => number;
  /** Servers. */
  readonly capacity: number;
  readonly isCounted: (row: number) => boolean;
}

/** @param order rows in the order of time */
export function meanWait(order: Iterable<number>, { startMs, heldOf, capacity, isCounted }: Arrivals): number {
  const free = new FreeAt(capacity);
  let [waited, counted] = [0, 0];
  for (const row of order) {
    const start = startMs[row] ?? 0;
    const begins = Math.max(start, free.earliest);
    free.replaceEarliest(begins + heldOf(row));
    if (!isCounted(row)) continue;
    waited += begins - start;
    counted += 1;
  }
  return counted === 0 ? 0 : waited / counted;
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
