/** Deals out due alarms, one of each owner in turn, so that no owner's alarms wait behind another's many, at any distribution over the index. */
import { compareAlarmKeys, keyAfterOwner, readAlarmKey } from '../job/alarm-key.ts';
import type { DueEntry, DuePosition } from '../job/ports.ts';
import { rotate } from './sweep.ts';

/**
 * Reads up to `duePageSize` alarms of a partition.
 * @param after the position after which to start; undefined starts at the head
 * @returns undefined if they could not be read
 */
export type ReadDue = (partition: string, after: DuePosition | undefined, untilMs: number) => Promise<readonly DueEntry[] | undefined>;

export const duePageSize = 200;

/** The alarms of one owner in one minute and partition. */
interface Group {
  readonly partition: string;
  readonly minuteStartMs: number;
  readonly owner: string;
  /** Alarms that were read and not dealt out. */
  readonly entries: DueEntry[];
  /** The last alarm that was read, if others may follow in the index. */
  lastRead: DueEntry | undefined;
}

/** Where a walk through a partition starts, and where it ends. */
interface Walk {
  readonly from: DuePosition;
  readonly untilMs: number;
  /** Whether no further page may be read; called after each page. */
  readonly isOver: () => boolean;
}

export interface Survey {
  /** Alarms since this time are surveyed before the older ones, which are a backlog. */
  readonly freshSinceMs: number;
  /** Where the last survey of the backlog stopped; undefined if it reached its end. */
  readonly cursor: DuePosition | undefined;
  /** Whether no further page may be read. */
  readonly isOver: () => boolean;
}

export class DueAlarms {
  /** The number of alarms that are known and not dealt out. */
  size = 0;
  /** The groups of each owner, by its number, in the order of their turns. */
  private readonly owners = new Map<string, Group[]>();
  private readonly read: ReadDue;
  private readonly untilMs: number;

  /** @param untilMs later alarms are ignored */
  constructor(read: ReadDue, untilMs: number) {
    this.read = read;
    this.untilMs = untilMs;
  }

  /**
   * Finds the owners with due alarms in a partition: reads at most a page of each owner and minute. Most partitions have
   * one page. In a longer one the oldest page is read first, then the fresh alarms, so that no backlog hides them, then those between.
   * @returns where the next survey of the backlog continues; undefined if this one reached the end
   */
  async survey(partition: string, { freshSinceMs, cursor, isOver }: Survey): Promise<DuePosition | undefined> {
    const { untilMs } = this;
    const head = await this.readPage(partition, undefined, untilMs);
    if (head === 'failed') return cursor;
    if (head === 'end') return undefined;
    if (readAlarmKey(head.key).minuteStartMs >= freshSinceMs) {
      await this.walk(partition, { from: head, untilMs, isOver });
      return undefined;
    }
    await this.walk(partition, { from: { key: String(freshSinceMs) }, untilMs, isOver });
    const from = cursor !== undefined && compareAlarmKeys(cursor.key, head.key) > 0 ? cursor : head;
    return this.walk(partition, { from, untilMs: freshSinceMs - 1, isOver });
  }

  /** Sorts each owner's alarms by time, and starts the turns with a random owner. @param random in [0, 1) */
  arrange(random: number): void {
    for (const groups of this.owners.values()) groups.sort((a, b) => a.minuteStartMs - b.minuteStartMs);
    const owners = [...this.owners];
    this.owners.clear();
    for (const [owner, groups] of rotate(owners, Math.floor(random * owners.length))) this.owners.set(owner, groups);
  }

  /** @returns up to `count` alarms: one of each owner in turn, each owner's oldest first as far as they are known */
  async next(count: number): Promise<readonly DueEntry[]> {
    const dealt: DueEntry[] = [];
    // An owner that got its turn moves to the end of the map, which this loop reaches again.
    for (const [owner, groups] of this.owners) {
      if (dealt.length === count) break;
      this.owners.delete(owner);
      const entry = await this.take(groups);
      if (entry === undefined) continue;
      dealt.push(entry);
      this.owners.set(owner, groups);
    }
    return dealt;
  }

  /** @returns where the walk stopped: at a page that could not be read, or when it was over; undefined at the end of the partition */
  private async walk(partition: string, { from, untilMs, isOver }: Walk): Promise<DuePosition | undefined> {
    let after = from;
    do {
      const next = await this.readPage(partition, after, untilMs);
      if (next === 'failed') return after;
      if (next === 'end') return undefined;
      after = next;
    } while (!isOver());
    return after;
  }

  /** Reads one page. @returns where the next page starts: after the last owner and minute of this one, whose other alarms are stepped over */
  private async readPage(partition: string, after: DuePosition | undefined, untilMs: number): Promise<DuePosition | 'end' | 'failed'> {
    const page = await this.read(partition, after, untilMs);
    if (page === undefined) return 'failed';
    const last = this.add(partition, page);
    return last === undefined ? 'end' : { key: keyAfterOwner(last.key) };
  }

  /** @returns the last alarm of a full page, or undefined if no page follows */
  private add(partition: string, page: readonly DueEntry[]): DueEntry | undefined {
    let group: Group | undefined;
    for (const entry of page) {
      // A page includes the whole minute of `untilMs`.
      if (entry.dueAtMs > this.untilMs) continue;
      const { minuteStartMs, owner } = readAlarmKey(entry.key);
      if (group?.minuteStartMs !== minuteStartMs || group.owner !== owner) {
        group = { partition, minuteStartMs, owner, entries: [], lastRead: undefined };
        const groups = this.owners.get(owner);
        if (groups === undefined) this.owners.set(owner, [group]);
        else groups.push(group);
      }
      group.entries.push(entry);
      this.size += 1;
    }
    const last = page.length < duePageSize ? undefined : page.at(-1);
    if (group !== undefined && last !== undefined && group.entries.at(-1) === last) group.lastRead = last;
    return last;
  }

  private async take(groups: Group[]): Promise<DueEntry | undefined> {
    for (let group = groups[0]; group !== undefined; group = groups[0]) {
      const entry = group.entries.shift();
      if (entry !== undefined) {
        this.size -= 1;
        return entry;
      }
      if (group.lastRead === undefined) groups.shift();
      else await this.readMore(group, group.lastRead);
    }
    return undefined;
  }

  private async readMore(group: Group, after: DueEntry): Promise<void> {
    const { partition, minuteStartMs, entries } = group;
    const page = (await this.read(partition, after, minuteStartMs)) ?? [];
    const isOfGroup = ({ key, dueAtMs }: DueEntry) => keyAfterOwner(key) === keyAfterOwner(after.key) && dueAtMs <= this.untilMs;
    const more = page.filter(isOfGroup);
    entries.push(...more);
    this.size += more.length;
    group.lastRead = more.length === duePageSize ? more.at(-1) : undefined;
  }
}
