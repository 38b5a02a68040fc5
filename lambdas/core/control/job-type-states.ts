/** What an operator switches without a deploy: whether a job type runs, and whether it takes new jobs. One item for all types. */
import type { Log } from '../contract/context.ts';
import { UnavailableError } from '../contract/errors.ts';
import type { DuePosition, Runtime } from '../job/ports.ts';

/**
 * - `active`   takes jobs and runs them
 * - `paused`   takes jobs and keeps them; what runs already goes on to its next rest
 * - `draining` runs what it has and takes nothing new
 */
export const typeStates = ['active', 'paused', 'draining'] as const;
export type TypeState = (typeof typeStates)[number];

export interface Control {
  /** By job type: every one that ever took a job or that the clock saw deployed. */
  readonly types: Readonly<Record<string, TypeState>>;
  /** Counts the writes; 0 before the first. */
  readonly revision: number;
  /** Where the clock goes on in its next run, by what it had not finished. Empty but in a backlog. */
  readonly cursors: ClockCursors;
}

export type ClockCursors = Readonly<Record<string, DuePosition>>;

export interface ControlStore {
  /** Strongly consistent. */
  read(): Promise<Control>;
  /** Writes over the revision that was read. @returns whether nobody else had written meanwhile */
  write(control: Omit<Control, 'cursors'>): Promise<boolean>;
  /** Whoever writes last counts: they only save work. */
  writeCursors(cursors: ClockCursors): Promise<void>;
}

export interface ControlPorts {
  readonly control: ControlStore;
  readonly runtime: Runtime;
  readonly log: Log;
}

/** A switch reaches every environment within this time, and no job pays for a read of its own. */
const freshMs = 10_000;
const tries = 5;

/** The switches as one environment sees them. */
export class TypeSwitches {
  private readonly ports: ControlPorts;
  private types: Control['types'] = {};
  private readAtMs = Number.NEGATIVE_INFINITY;

  constructor(ports: ControlPorts) {
    this.ports = ports;
  }

  /** At most ten seconds old; what was known before when the store does not answer. */
  async stateOf(type: string): Promise<TypeState> {
    const { control, runtime, log } = this.ports;
    if (runtime.nowMs() - this.readAtMs >= freshMs) {
      try {
        this.types = (await control.read()).types;
        this.readAtMs = runtime.nowMs();
      } catch (error) {
        log.warn('The switches of the job types could not be read; those known before count.', { error: String(error) });
      }
    }
    return this.types[type] ?? 'active';
  }

  /** Read afresh before a yes, so that a resumed type runs at once. */
  async isPaused(type: string): Promise<boolean> {
    if ((await this.stateOf(type)) !== 'paused') return false;
    this.readAtMs = Number.NEGATIVE_INFINITY;
    return (await this.stateOf(type)) === 'paused';
  }

  /**
   * Asked before a job is accepted. The first of its type makes the type known: the clock ends the jobs of known types that are no longer
   * deployed, and of others it would never hear.
   * @throws UnavailableError when the type is new and that cannot be written
   */
  async takesNew(type: string): Promise<boolean> {
    const state = await this.stateOf(type);
    if (this.types[type] === undefined) await this.change((types) => (types[type] === undefined ? { ...types, [type]: 'active' } : types));
    return state !== 'draining';
  }

  /** @throws UnavailableError also when others kept writing */
  switch(type: string, state: TypeState): Promise<void> {
    return this.change((types) => ({ ...types, [type]: state }));
  }

  private async change(changed: (types: Control['types']) => Control['types']): Promise<void> {
    for (let i = 0; i < tries; i++) {
      const control = await this.ports.control.read();
      const types = changed(control.types);
      if (types !== control.types && !(await this.ports.control.write({ ...control, types }))) continue;
      this.types = types;
      return;
    }
    throw new UnavailableError('The switches changed all the time.');
  }
}
