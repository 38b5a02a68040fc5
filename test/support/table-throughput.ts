/**
 * DynamoDB's hard limits on writes, which no setting raises: those of a partition, for each value of a partition key, of the table and of each of its
 * indexes. An index that has no room refuses the write to the table, as DynamoDB does.
 */

import type { Item } from '../../lambdas/adapters/job-item.ts';
import { asUnavailable } from '../../lambdas/adapters/unavailable.ts';
import type { WriteMeter } from '../../testing/write-meter.ts';
import { type Charge, chargesOf, type Footprint, footprintOf, type TablePart } from './write-units.ts';

/** Write units that one partition takes in a second. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
export const partitionUnitsPerSecond = 1_000;
/** Write units that a new on-demand table takes in a second, and each of its indexes. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html */
export const freshUnitsPerSecond = 4_000;

export interface ThroughputOptions {
  /** Write units that the table takes in a second, and each index, all partitions together. @default no such limit: it has taken more before, or is warm */
  readonly unitsPerSecond?: number;
  /** Called at each write that is refused. */
  readonly onRefused?: () => void;
}

export class TableThroughput implements WriteMeter {
  /** Writes that were refused, by the table or the index that had no room. */
  readonly refused: Record<TablePart, number> = { table: 0, due: 0, listing: 0, ended: 0 };
  /** All units that were spent. */
  readonly spent: Record<TablePart, number> = { table: 0, due: 0, listing: 0, ended: 0 };
  /** The most units that one partition took in a second. */
  readonly peak: Record<TablePart, number> = { table: 0, due: 0, listing: 0, ended: 0 };
  private readonly nowMs: () => number;
  private readonly options: ThroughputOptions;
  /** Units of the present second, by part and partition, and by part. */
  private readonly used = new Map<string, number>();
  private second = Number.NaN;
  /** An item is the former one of its next write. */
  private readonly footprints = new WeakMap<Item, Footprint>();

  constructor(nowMs: () => number, options: ThroughputOptions = {}) {
    this.nowMs = nowMs;
    this.options = options;
  }

  get refusals(): number {
    return Object.values(this.refused).reduce((sum, count) => sum + count, 0);
  }

  write(before: Item | undefined, after: Item): void {
    this.spend(chargesOf(before && this.footprintOf(before), this.footprintOf(after)));
  }

  refuse(id: string, item: Item | undefined): void {
    this.spend([{ part: 'table', partition: id, units: item === undefined ? 1 : this.footprintOf(item).units }]);
  }

  private footprintOf(item: Item): Footprint {
    const known = this.footprints.get(item) ?? footprintOf(item);
    this.footprints.set(item, known);
    return known;
  }

  /**
   * Spends the units of one write, all or none.
   * @throws UnavailableError as the adapters do, by what they read in the SDK's error
   */
  spend(charges: readonly Charge[]): void {
    const second = Math.floor(this.nowMs() / 1000);
    if (second !== this.second) this.used.clear();
    this.second = second;
    const { unitsPerSecond = Number.POSITIVE_INFINITY, onRefused } = this.options;
    const wanted = new Map<string, { readonly part: TablePart; readonly units: number; readonly limit: number }>();
    for (const { part, partition, units } of charges)
      for (const [name, limit] of [
        [`${part} ${partition}`, partitionUnitsPerSecond],
        [part, unitsPerSecond],
      ] as const)
        wanted.set(name, { part, limit, units: units + (wanted.get(name)?.units ?? this.used.get(name) ?? 0) });
    for (const { part, units, limit } of wanted.values()) {
      if (units <= limit) continue;
      this.refused[part] += 1;
      onRefused?.();
      throw asUnavailable(throughputExceeded(part));
    }
    for (const [name, { part, units }] of wanted) {
      this.used.set(name, units);
      if (name !== part) this.peak[part] = Math.max(this.peak[part], units);
    }
    for (const { part, units } of charges) this.spent[part] += units;
  }
}

/** @returns what the SDK throws once its own tries are used up. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/throttling-diagnosing-workflow.html */
function throughputExceeded(part: TablePart): Error {
  const reason = `${part === 'table' ? 'Table' : 'Index'}WriteKeyRangeThroughputExceeded`;
  return Object.assign(new Error(`The level of configured provisioned throughput was exceeded: ${part}.`), {
    name: 'ProvisionedThroughputExceededException',
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
    ThrottlingReasons: [{ reason, resource: part }],
  });
}
