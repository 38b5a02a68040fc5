/** Lanes: the duties of a run take turns, so that none waits for another to finish. */
import { type ClockRun, type DutyReport, emptyReport } from './clock-run.ts';

/** The work of a lane. It pauses at each `yield`, so that the other lanes have their turns. */
export type Turns = AsyncGenerator<void, void>;

/** What a duty works with: the run that it is part of, and its own report. */
export interface Duty {
  readonly run: ClockRun;
  readonly report: DutyReport;
}

export interface Lane extends Duty {
  readonly turns: Turns;
}

/** @param work starts with the lane's first turn */
export function openLane(run: ClockRun, work: (duty: Duty) => Turns): Lane {
  const duty = { run, report: emptyReport() };
  return { ...duty, turns: work(duty) };
}

/**
 * Gives each lane a turn, in order, until all are done or the time is up.
 * @returns whether all are done
 */
export async function takeTurns(lanes: readonly Lane[], isTimeUp: () => boolean): Promise<boolean> {
  const open = new Set(lanes.map(({ turns }) => turns));
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
