/** Deals out due alarms, one of each owner in turn, so that no owner's alarms wait behind another's many, at any distribution over the index. */
import { behindOwner, compareAlarmKeys, readAlarmKey } from '../job/alarm-key.ts';
import type { DueEntry, DuePosition } from '../job/ports.ts';

/** Reads up to `duePageSize` alarms of a partition behind a position. @returns undefined if they could not be read */
export type ReadDue = (partition: string, after: DuePosition | undefined, untilMs: number) => Promise<readonly DueEntry[] | undefined>;

export const duePageSize = 200;

/** The alarms of one owner in one minute and partition. */
interface Group {
  readonly partition: string;
  readonly sinceMs: number;
  readonly slot: string;
  /** Alarms that were read and not dealt out. */
  readonly entries: DueEntry[];
  /** The last alarm that was read, if others may follow. */
  readOn: DueEntry | undefined;
}

export interface Survey {
  /** Alarms since this time are surveyed before the older ones, which are a backlog. */
  readonly freshSinceMs: number;
  /** Where the last survey of the backlog stopped; undefined if it reached its end. */
  readonly cursor: DuePosition | undefined;
  readonly isOver: () => boolean;
}

export class DueAlarms {
  /** The number of alarms that are known and not dealt out. */
  size = 0;
  private readonly owners = new Map<string, Group[]>();
  private readonly read: ReadDue;
  private readonly untilMs: number;

  /** @param untilMs later alarms are ignored */
  constructor(read: ReadDue, untilMs: number) {
    this.read = read;
    this.untilMs = untilMs;
  }

  /**
   * Finds the owners with due alarms in a partition. Most partitions have one page. In a longer one the oldest page is read first, then the
   * fresh alarms, so that no backlog hides them, then those between.
   * @returns where the survey of the backlog stopped, or undefined if it reached the end
   */
  async survey(partition: string, { freshSinceMs, cursor, isOver }: Survey): Promise<DuePosition | undefined> {
    const { untilMs } = this;
    const head = await this.walk(partition, undefined, untilMs, () => true);
    if (head === undefined) return undefined;
    if (readAlarmKey(head.key).sinceMs >= freshSinceMs) {
      await this.walk(partition, head, untilMs, isOver);
      return undefined;
    }
    await this.walk(partition, { key: String(freshSinceMs) }, untilMs, isOver);
    const from = cursor !== undefined && compareAlarmKeys(cursor.key, head.key) > 0 ? cursor : head;
    return this.walk(partition, from, freshSinceMs - 1, isOver);
  }

  /** @returns up to `count` alarms: one of each owner in turn, each owner's oldest first as far as they are known */
  async next(count: number): Promise<readonly DueEntry[]> {
    const dealt: DueEntry[] = [];
    // An owner that got its turn moves to the end of the map, which this loop reaches again.
    for (const [slot, groups] of this.owners) {
      if (dealt.length === count) break;
      this.owners.delete(slot);
      const entry = await this.take(groups);
      if (entry === undefined) continue;
      dealt.push(entry);
      this.owners.set(slot, groups);
    }
    return dealt;
  }

  /** Sorts each owner's alarms by time, and starts the turns with a random owner. @param random in [0, 1) */
  arrange(random: number): void {
    for (const groups of this.owners.values()) groups.sort((a, b) => a.sinceMs - b.sinceMs);
    const owners = [...this.owners];
    const first = Math.floor(random * owners.length);
    this.owners.clear();
    for (const [slot, groups] of [...owners.slice(first), ...owners.slice(0, first)]) this.owners.set(slot, groups);
  }

  /** Reads at most a page of each owner and minute, and steps over the rest. @returns where it stopped, or undefined at the end */
  private async walk(
    partition: string,
    from: DuePosition | undefined,
    untilMs: number,
    isOver: () => boolean,
  ): Promise<DuePosition | undefined> {
    let after = from;
    do {
      const page = await this.read(partition, after, untilMs);
      if (page === undefined) return after;
      const last = this.add(partition, page);
      if (last === undefined) return undefined;
      after = { key: behindOwner(last.key) };
    } while (!isOver());
    return after;
  }

  /** @returns the last alarm of a full page, or undefined if no page follows */
  private add(partition: string, page: readonly DueEntry[]): DueEntry | undefined {
    let group: Group | undefined;
    for (const entry of page) {
      // A page includes the whole minute of `untilMs`.
      if (entry.wakeAtMs > this.untilMs) continue;
      const { sinceMs, slot } = readAlarmKey(entry.key);
      if (group?.sinceMs !== sinceMs || group.slot !== slot) {
        group = { partition, sinceMs, slot, entries: [], readOn: undefined };
        const groups = this.owners.get(slot);
        if (groups === undefined) this.owners.set(slot, [group]);
        else groups.push(group);
      }
      group.entries.push(entry);
      this.size += 1;
    }
    const last = page.length < duePageSize ? undefined : page.at(-1);
    if (group !== undefined && last !== undefined && group.entries.at(-1) === last) group.readOn = last;
    return last;
  }

  private async take(groups: Group[]): Promise<DueEntry | undefined> {
    for (let group = groups[0]; group !== undefined; group = groups[0]) {
      const entry = group.entries.shift();
      if (entry !== undefined) {
        this.size -= 1;
        return entry;
      }
      if (group.readOn === undefined) groups.shift();
      else await this.readOn(group, group.readOn);
    }
    return undefined;
  }

  private async readOn(group: Group, after: DueEntry): Promise<void> {
    const { partition, sinceMs, entries } = group;
    const page = (await this.read(partition, after, sinceMs)) ?? [];
    const isOfGroup = ({ key, wakeAtMs }: DueEntry) => behindOwner(key) === behindOwner(after.key) && wakeAtMs <= this.untilMs;
    const more = page.filter(isOfGroup);
    entries.push(...more);
    this.size += more.length;
    group.readOn = more.length === duePageSize ? more.at(-1) : undefined;
  }
}
