import type { Runtime } from '../job/ports.ts';

/** One moment, read from both clocks of a machine: one may be set back, the other stops while the machine is suspended. */
export interface Timestamps {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function readTimestamps(runtime: Pick<Runtime, 'nowMs' | 'monotonicMs'>): Timestamps {
  return { wallMs: runtime.nowMs(), monotonicMs: runtime.monotonicMs() };
}

/** @returns the milliseconds from one moment to another, by the clock that went further */
export function elapsedMs(from: Timestamps, to: Timestamps): number {
  return Math.max(to.wallMs - from.wallMs, to.monotonicMs - from.monotonicMs);
}
