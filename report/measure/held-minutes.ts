/** Time held by minute: Little's law as an identity, exact over a finite window (Little 1961; Little & Graves 2008). Whole milliseconds. */

const minuteMs = 60_000;

/** Milliseconds that requests of one endpoint were in progress, by minute of the log. */
export class HeldMinutes {
  private readonly firstMs: number;
  private readonly minutes: number;
  /** Empty until something is added. */
  held: Uint32Array = new Uint32Array(0);
  /** What remains after an acceptance. */
  freed: Uint32Array = new Uint32Array(0);

  /** @param minutes how many the log covers, from the one that holds `firstMs` on */
  constructor(firstMs: number, minutes: number) {
    this.firstMs = Math.floor(firstMs / minuteMs) * minuteMs;
    this.minutes = minutes;
  }

  /**
   * @param acceptMs how long an acceptance takes in its place
   * @param weight how many requests it stands for
   */
  add(startMs: number, heldMs: number, acceptMs: number, weight: number): void {
    this.allocate();
    const start = Math.round(startMs) - this.firstMs;
    const end = start + Math.round(heldMs);
    spread(this.held, start, end, weight);
    spread(this.freed, Math.min(end, start + acceptMs), end, weight);
  }

  /** Adds what another one of the same log counted. */
  addAll(other: HeldMinutes): void {
    if (other.held.length === 0) return;
    this.allocate();
    for (let minute = 0; minute < this.held.length; minute++) {
      this.held[minute] = Math.min(most, (this.held[minute] ?? 0) + (other.held[minute] ?? 0));
      this.freed[minute] = Math.min(most, (this.freed[minute] ?? 0) + (other.freed[minute] ?? 0));
    }
  }

  private allocate(): void {
    if (this.held.length === this.minutes) return;
    this.held = new Uint32Array(this.minutes);
    this.freed = new Uint32Array(this.minutes);
  }
}

/** What a place of the array holds: 71,000 requests in progress. */
const most = 2 ** 32 - 1;

/** Clipped to the window: what lies before or after it is not seen. */
function spread(into: Uint32Array, start: number, end: number, weight: number): void {
  const last = Math.min(into.length - 1, Math.floor((end - 1) / minuteMs));
  for (let minute = Math.max(0, Math.floor(start / minuteMs)); minute <= last; minute++) {
    const from = Math.max(start, minute * minuteMs);
    const to = Math.min(end, (minute + 1) * minuteMs);
    if (to > from) into[minute] = Math.min(most, (into[minute] ?? 0) + Math.round((to - from) * weight));
  }
}

/** The minutes of a log that count: those outside its gaps. */
export interface ObservedMinutes {
  readonly isObserved: Uint8Array;
  readonly count: number;
}

/** Hours without a request that are taken for missing files. */
const gapMinutes = 120;

/** @param requests how many requests of any endpoint began in each minute */
export function observedMinutes(requests: Uint32Array): ObservedMinutes & { readonly gaps: readonly (readonly [number, number])[] } {
  const isObserved = new Uint8Array(requests.length).fill(1);
  const gaps: [number, number][] = [];
  let empty = 0;
  for (let minute = 0; minute <= requests.length; minute++) {
    if (minute < requests.length && requests[minute] === 0) empty += 1;
    else {
      if (empty > gapMinutes) {
        isObserved.fill(0, minute - empty, minute);
        gaps.push([minute - empty, minute]);
      }
      empty = 0;
    }
  }
  return { isObserved, count: isObserved.reduce((sum, one) => sum + one, 0), gaps };
}

export interface MinuteFacts {
  /** Requests in progress. */
  readonly mean: number;
  /** Nearest rank, over all observed minutes, the empty ones included. */
  readonly p99: number;
  /** The mean of the highest 1 % of the minutes, at least one. A percentile would be 0 for work that runs in fewer than 1 % of the minutes. */
  readonly peak: number;
}

/** @returns requests in progress, from milliseconds by minute */
export function minuteFacts(perMinute: ArrayLike<number>, { isObserved, count }: ObservedMinutes): MinuteFacts {
  const values = new Float64Array(count);
  let next = 0;
  let sum = 0;
  for (let minute = 0; minute < perMinute.length; minute++) {
    if (isObserved[minute] !== 1) continue;
    values[next++] = perMinute[minute] ?? 0;
    sum += perMinute[minute] ?? 0;
  }
  if (count === 0) return { mean: 0, p99: 0, peak: 0 };
  values.sort();
  const top = topMinutes(count);
  let peak = 0;
  for (let i = count - top; i < count; i++) peak += values[i] ?? 0;
  return { mean: sum / count / minuteMs, p99: (values[Math.ceil(0.99 * count) - 1] ?? 0) / minuteMs, peak: peak / top / minuteMs };
}

/** @returns the busiest 1 % of the minutes: those with the most in progress, the earlier first */
export function busiestMinutes(total: ArrayLike<number>, { isObserved, count }: ObservedMinutes): readonly number[] {
  const minutes = Array.from({ length: total.length }, (_, minute) => minute).filter((minute) => isObserved[minute] === 1);
  return minutes.sort((a, b) => (total[b] ?? 0) - (total[a] ?? 0) || a - b).slice(0, topMinutes(count));
}

const topMinutes = (count: number) => Math.max(1, Math.round(count / 100));
