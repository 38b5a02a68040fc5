/** What an operator changes without a deploy: whether a job type runs, and whether it accepts new jobs; and what the clock announces to the other functions. One item for all types. */

import { UnavailableError } from '../contract/errors.ts';
import type { Log } from '../contract/log.ts';
import {
  type AnnouncedPartitions,
  mostPartitions,
  type PartitionCount,
  partitionsToRead,
  partitionsToWrite,
} from '../job/index-partitions.ts';
import type { DuePosition, Runtime } from '../job/ports.ts';
import { conflict, retryOnConflict } from '../job/retry-on-conflict.ts';

/**
 * - `active`   accepts jobs and runs them
 * - `paused`   accepts jobs and keeps them; a running job goes on until it ends or waits
 * - `draining` runs the jobs it has and accepts no new ones
 */
export const jobTypeStates = ['active', 'paused', 'draining'] as const;
export type JobTypeState = (typeof jobTypeStates)[number];

/** Who put a job type into its state, when, and why. */
export interface StateChange {
  readonly state: JobTypeState;
  /** The admin. */
  readonly by: string;
  readonly atMs: number;
  /** The admin's own words, at most 500 characters. */
  readonly reason?: string | undefined;
}

/** The item, as it was read. */
export interface Control {
  /** By job type: every type that ever accepted a job or that the clock saw deployed. */
  readonly types: Readonly<Record<string, JobTypeState>>;
  /** By job type, the last change of its state; a type that was never paused or drained has none. */
  readonly changes: Readonly<Record<string, StateChange>>;
  /** How many partitions the indexes have, where they are more than the fewest. */
  readonly partitions: AnnouncedPartitions | undefined;
  /** The number of writes. */
  readonly revision: number;
  /** Where the clock's next run continues, by the partition that it had not finished. Empty except in a backlog. */
  readonly cursors: ClockCursors;
}

export type ClockCursors = Readonly<Record<string, DuePosition>>;

export interface ControlStore {
  /** Strongly consistent. */
  read(): Promise<Control>;
  /** Replaces the revision that was read. @returns false on a conflict: it was written meanwhile */
  write(control: Omit<Control, 'cursors'>): Promise<boolean>;
  /** The last write wins, since cursors only save work. */
  writeCursors(cursors: ClockCursors): Promise<void>;
}

export interface ControlDeps {
  readonly control: ControlStore;
  readonly runtime: Runtime;
  readonly log: Log;
}

/** A change of state reaches every environment within this time, and no job pays for a read of its own. */
const maxAgeMs = 10_000;
const maxAttempts = 5;

type States = Pick<Control, 'types' | 'changes' | 'partitions'>;

function takesJobs(state: JobTypeState): boolean {
  return state !== 'draining';
}

/** The states of the job types as one environment knows them. */
export class JobTypeStates {
  private readonly deps: ControlDeps;
  private known: States = { types: {}, changes: {}, partitions: undefined };
  private readAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: ControlDeps) {
    this.deps = deps;
  }

  /** The state, at most ten seconds old; while the store does not answer, the last one that was read. */
  async stateOf(type: string): Promise<JobTypeState> {
    if (this.isOld()) await this.refresh();
    return this.known.types[type] ?? 'active';
  }

  /** @returns every type that ever accepted a job or that the clock saw deployed, as of at most ten seconds ago */
  async knownTypes(): Promise<readonly string[]> {
    if (this.isOld()) await this.refresh();
    return Object.keys(this.known.types);
  }

  /** Who put the type into its present state; as old as `stateOf`, and undefined where an earlier version wrote the state. */
  async changeOf(type: string): Promise<StateChange | undefined> {
    const state = await this.stateOf(type);
    const change = this.known.changes[type];
    return change?.state === state ? change : undefined;
  }

  /** Reads the state again before it says yes, so that a resumed type runs at once. */
  async isPaused(type: string): Promise<boolean> {
    if ((await this.stateOf(type)) !== 'paused') return false;
    await this.refresh();
    return this.known.types[type] === 'paused';
  }

  /** @returns how many partitions the indexes may have, as of at most ten seconds ago; the most, where that could not be read */
  async partitionsToRead(): Promise<PartitionCount> {
    if (this.isOld()) await this.refresh();
    return this.isOld() ? mostPartitions : partitionsToRead(this.known.partitions);
  }

  /** @returns how many partitions a record may be spread over, by what was last read: every reader reads at least as many */
  partitionsToWrite(): PartitionCount {
    return partitionsToWrite(this.known.partitions, this.deps.runtime.nowMs());
  }

  async acceptsJobs(type: string): Promise<boolean> {
    return takesJobs(await this.stateOf(type));
  }

  /**
   * Makes a type that accepts jobs known before its first one: the clock ends the jobs of known types that are no longer deployed, and does not look
   * for jobs of other types.
   * @returns whether it accepts jobs
   * @throws UnavailableError when the type is new and that cannot be written
   */
  async registerJobs(type: string): Promise<boolean> {
    if (!takesJobs(await this.stateOf(type))) return false;
    if (this.known.types[type] === undefined)
      await this.change((states) =>
        states.types[type] === undefined ? { ...states, types: { ...states.types, [type]: 'active' } } : states,
      );
    return true;
  }

  /** @throws UnavailableError also when every attempt lost against another writer */
  setState(type: string, state: JobTypeState, change?: Omit<StateChange, 'state'>): Promise<void> {
    return this.change(({ types, changes: { [type]: _former, ...others }, partitions }) => ({
      partitions,
      types: { ...types, [type]: state },
      changes: change === undefined ? others : { ...others, [type]: { ...change, state } },
    }));
  }

  private isOld(): boolean {
    return this.deps.runtime.nowMs() - this.readAtMs >= maxAgeMs;
  }

  private async refresh(): Promise<void> {
    const { control, runtime, log } = this.deps;
    try {
      this.known = await control.read();
      this.readAtMs = runtime.nowMs();
    } catch (error) {
      log.warn('The states of the job types could not be read; the last known ones apply.', { error: String(error) });
    }
  }

  private async change(update: (states: States) => States): Promise<void> {
    const { control } = this.deps;
    const written = await retryOnConflict(maxAttempts, async () => {
      const current = await control.read();
      const states = update(current);
      return states === current || (await control.write({ ...current, ...states })) ? states : conflict;
    });
    if (written === conflict) throw new UnavailableError('Too many concurrent changes to the states of job types; try again.');
    this.known = written;
  }
}
