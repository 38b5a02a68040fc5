/** Schedules as DynamoDB keeps them: one item each, written over the revision that was read, with an index that lags behind. */
import { alarmKey, keyAfterMinutes } from '../lambdas/core/job/alarm-key.ts';
import { type FoundSchedule, type Schedule, type ScheduleStore, scheduleId } from '../lambdas/core/schedule/schedule-record.ts';
import type { Carry } from './carry.ts';

/** Observes each write of one process at the moment when it is done. */
export interface ScheduleObserver {
  written?(before: Schedule | undefined, after: Schedule | undefined): void;
}

interface Row {
  readonly schedule: Schedule;
  readonly dueAtMs: number | undefined;
}

interface Written extends Row {
  readonly removal: string | undefined;
}

export class MemoryScheduleStore {
  readonly rows = new Map<string, Row>();
  /** The last removal of each schedule that was removed, by number. */
  private readonly removals = new Map<string, string>();
  /** What each schedule was due at before, and until when, for a lagging index. */
  private readonly former: { readonly id: string; readonly untilMs: number; readonly row: Row | undefined }[] = [];
  private readonly nowMs: () => number;
  private readonly lagMs: () => number;

  /** @param lagMs the lag of the index at this read */
  constructor(nowMs: () => number, lagMs: () => number = () => 0) {
    this.nowMs = nowMs;
    this.lagMs = lagMs;
  }

  /** @returns whether any is in the index of alarms */
  readonly hasAlarms = (): boolean => [...this.rows.values()].some(({ dueAtMs }) => dueAtMs !== undefined);

  /** @returns the store, as one process reaches it */
  connect(carry: Carry, observer: ScheduleObserver = {}): ScheduleStore {
    return {
      get: (id) => carry('get schedule', () => this.rows.get(id)?.schedule),
      find: (id) => carry('get schedule', () => this.find(id)),
      write: (schedule, dueAtMs, removal) => carry('write schedule', () => this.write({ schedule, dueAtMs, removal }, observer)),
      remove: (schedule) => carry('remove schedule', () => this.remove(schedule, observer)),
      list: (owner, limit, after = '') =>
        carry('list schedules', () => {
          const all = this.ofOwner(owner).filter(({ name }) => name > after);
          const schedules = all.slice(0, limit);
          return { schedules, next: all.length > limit ? schedules.at(-1)?.name : undefined };
        }),
      count: (owner) => carry('count schedules', () => this.ofOwner(owner).length),
      due: (_partition, after, untilMs, limit) =>
        carry('due schedules', () => {
          const entries = this.dueEntries().filter(({ key }) => key <= keyAfterMinutes(untilMs));
          const first = after === undefined ? 0 : entries.findIndex(({ key, id }) => orderOf({ key, id }) > orderOf(after));
          return first === -1 ? [] : entries.slice(first, first + limit);
        }),
    };
  }

  private ofOwner(owner: string): readonly Schedule[] {
    const all = [...this.rows.values()].map(({ schedule }) => schedule).filter((schedule) => schedule.owner === owner);
    return all.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private find(id: string): FoundSchedule {
    const schedule = this.rows.get(id)?.schedule;
    return { schedule, removal: schedule === undefined ? this.removals.get(id) : undefined };
  }

  private write({ schedule, dueAtMs, removal }: Written, observer: ScheduleObserver): Schedule | undefined {
    const id = scheduleId(schedule.owner, schedule.name);
    if (!this.isAsRead(schedule)) return undefined;
    if (schedule.revision === 0 && this.removals.get(id) !== removal) return undefined;
    const before = this.rows.get(id)?.schedule;
    const after = structuredClone({ ...schedule, revision: schedule.revision + 1 });
    this.replace(id, { schedule: after, dueAtMs });
    observer.written?.(before, after);
    return after;
  }

  private remove(schedule: Schedule, observer: ScheduleObserver): boolean {
    if (!this.isAsRead(schedule)) return false;
    const id = scheduleId(schedule.owner, schedule.name);
    this.removals.set(id, String(Number(this.removals.get(id) ?? 0) + 1));
    this.replace(id, undefined);
    observer.written?.(schedule, undefined);
    return true;
  }

  private isAsRead({ owner, name, creation, revision }: Schedule): boolean {
    const current = this.rows.get(scheduleId(owner, name))?.schedule;
    return current === undefined ? revision === 0 : current.revision === revision && current.creation === creation;
  }

  private replace(id: string, row: Row | undefined): void {
    this.former.push({ id, untilMs: this.nowMs(), row: this.rows.get(id) });
    if (row === undefined) this.rows.delete(id);
    else this.rows.set(id, row);
  }

  private dueEntries() {
    const asOfMs = this.nowMs() - this.lagMs();
    const rows = new Map<string, Row | undefined>(this.rows);
    for (const { id, untilMs, row } of this.former.toReversed()) if (asOfMs < untilMs) rows.set(id, row);
    return [...rows]
      .flatMap(([id, row]) =>
        row?.dueAtMs === undefined ? [] : [{ id, key: alarmKey(row.schedule.owner, row.dueAtMs), dueAtMs: row.dueAtMs }],
      )
      .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  }
}

/** Alarm keys have the same length, so they sort as texts. */
function orderOf({ key, id }: { readonly key: string; readonly id?: string | undefined }): string {
  return id === undefined ? key : `${key} ${id}`;
}
