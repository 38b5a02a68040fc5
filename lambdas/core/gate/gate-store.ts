/** Keeps gates and those who wait at them. Each place is taken by one conditional write of one item. */
import type { GateName } from '../job/gate.ts';
import type { JobStore } from '../job/ports.ts';

export interface GateState {
  /** Ids of the jobs that hold a place. */
  readonly holders: readonly string[];
  /** How many may hold one, as its type's contract said last; undefined: any number, since the type has no keys any more. */
  readonly places: number | undefined;
  /** When a job last found the gate full, and started to wait. While it is set, a job that comes takes no place before those who wait. */
  readonly crowdedAtMs: number | undefined;
}

export interface GateRecord extends GateState, GateName {
  /** When the clock looks at it; undefined: never, since no job holds or waits. */
  readonly dueAtMs: number | undefined;
}

export interface Taking {
  readonly places: number;
  /** Whether it is taken for the first in line, and not for a job that comes. */
  readonly isInTurn: boolean;
  readonly nowMs: number;
}

export interface Taken {
  /** Whether the job holds a place now, whoever took it. */
  readonly isTaken: boolean;
  readonly state: GateState;
}

export interface Waiter {
  readonly jobId: string;
  /** See `orderInLine`. */
  readonly order: number;
}

/** Every method may throw `UnavailableError`, and repeating one changes nothing. */
export interface GateStore {
  /** Strongly consistent. */
  read(id: string): Promise<GateRecord | undefined>;
  /** Takes a place, if one is free. A job that holds one already has taken it. */
  take(gate: GateName, jobId: string, taking: Taking): Promise<Taken>;
  /** Gives a place back. @returns the gate afterwards; undefined if there is none */
  leave(id: string, jobId: string): Promise<GateState | undefined>;
  /** Notes that a job has started to wait. */
  crowd(gate: GateName, change: Pick<Taking, 'places' | 'nowMs'>): Promise<GateState>;
  /** Notes that no job waits, if none has started to since. */
  uncrowd(id: string, sinceMs: number): Promise<void>;
  /** Notes how many places there are, and when the clock looks again. */
  postpone(gate: GateName, change: { readonly places: number | undefined; readonly dueAtMs: number }): Promise<void>;
  /** Removes a gate that no job holds a place of or waits at. @returns whether it did */
  close(id: string, nowMs: number): Promise<boolean>;
  /** Puts a job into the line. @param expiresAtMs when its entry is deleted, unless it is removed before */
  join(gateId: string, waiter: Waiter, expiresAtMs: number): Promise<void>;
  /** Takes a job out of the line. */
  quit(jobId: string, nowMs: number): Promise<void>;
  /** Reads those in line, eventually consistent. @param after the one behind whom to start; undefined starts with the first */
  line(gateId: string, limit: number, after?: Waiter): Promise<readonly Waiter[]>;
  /** Reads entries of the partition of gates in the `due` index; as `JobStore.due`. */
  readonly due: JobStore['due'];
}

/** The partition of the `due` index that holds all gates. */
export const gatePartition = 'gate';

/** When the clock looks at a gate first, and again while no job waits there. */
export const lookEveryMs = 300_000;
/** The same while somebody waits. */
export const lookAtCrowdEveryMs = 60_000;

/** @returns whether no place is free */
export function isFull({ holders, places }: GateState): boolean {
  return places !== undefined && holders.length >= places;
}
