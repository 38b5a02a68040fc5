/**
 * Sweeps. A run of the clock is several sweeps, each over the alarms of one kind (and job type). They take turns, so that none waits for another to
 * finish.
 */
import { type ClockRun, emptyReport, type SweepReport } from './clock-run.ts';

/** The work of a sweep. It pauses at each `yield`, so that the other sweeps have their turns. */
export type Turns = AsyncGenerator<void, void>;

/** What the functions of a sweep share: the run that it is part of, and its own report. */
export interface Sweep {
  readonly run: ClockRun;
  readonly report: SweepReport;
}

/** A sweep with the work that it has left. */
export interface SweepInTurns extends Sweep {
  readonly turns: Turns;
}

/** @param work starts with the sweep's first turn */
export function openSweep(run: ClockRun, work: (sweep: Sweep) => Turns): SweepInTurns {
  const sweep = { run, report: emptyReport() };
  return { ...sweep, turns: work(sweep) };
}

/**
 * Gives each sweep a turn, in order, until all are done or the time is up.
 * @returns whether all are done
 */
export async function takeTurns(sweeps: readonly SweepInTurns[], isTimeUp: () => boolean): Promise<boolean> {
  const open = new Set(sweeps.map(({ turns }) => turns));
  while (open.size > 0) {
    for (const turns of open) {
      if (isTimeUp()) return false;
      if ((await turns.next()).done) open.delete(turns);
    }
  }
  return true;
}

/** @returns the list, beginning with the element at `first` and going on from its start */
export function rotate<T>(list: readonly T[], first: number): readonly T[] {
  return [...list.slice(first), ...list.slice(0, first)];
}
