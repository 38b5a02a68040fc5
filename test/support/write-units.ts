/**
 * What a write to the table costs, and which partitions pay for it: a unit for each started KB of the item; then, in each index, one when the item's
 * entry appears, disappears or changes, and two when its key changes, since the entry moves.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { itemSizeBytes, writeUnits } from '../../lambdas/adapters/item-size.ts';
import { jobTable } from '../../lambdas/adapters/table-layout.ts';

type Item = Readonly<Record<string, AttributeValue>>;

/** The table, or one of its indexes. */
export type TablePart = 'table' | 'due' | 'listing' | 'ended';

/** Write units that one partition pays. */
export interface Charge {
  readonly part: TablePart;
  /** The value of the partition key. */
  readonly partition: string;
  readonly units: number;
}

interface Entry {
  readonly partition: string;
  /** The partition key and the sort key. */
  readonly key: string;
  /** The other attributes that the index holds. */
  readonly held: string;
  readonly units: number;
}

/** What of an item decides what its next write costs. */
export interface Footprint {
  readonly id: string;
  readonly units: number;
  readonly entries: Readonly<Partial<Record<TablePart, Entry>>>;
}

const indexes = [jobTable.due, jobTable.listing, jobTable.ended];
/** Attributes that each index has of the table: its own keys aside, the key of the item. */
const tableKey = jobTable.partitionKey;

export function footprintOf(item: Item): Footprint {
  const entries = Object.fromEntries(
    indexes.flatMap((index) => {
      const entry = entryIn(index, item);
      return entry === undefined ? [] : [[index.name, entry]];
    }),
  );
  return { id: item[tableKey]?.S ?? '', units: writeUnits(itemSizeBytes(item)), entries };
}

function entryIn({ partitionKey, sortKey, holds }: (typeof indexes)[number], item: Item): Entry | undefined {
  const [partition, sort] = [item[partitionKey], item[sortKey]];
  if (partition?.S === undefined || sort === undefined) return undefined;
  const names = [partitionKey, sortKey, tableKey, ...holds];
  const attributes = names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]] as const]));
  // A set has no order.
  const held = attributes.map(([name, value]) => [name, value.SS?.toSorted() ?? value]);
  return {
    partition: partition.S,
    key: `${partition.S} ${sort.S ?? sort.N}`,
    held: JSON.stringify(held),
    units: writeUnits(itemSizeBytes(Object.fromEntries(attributes))),
  };
}

/** @returns what a write costs that makes `after` of `before`, which is undefined for an item that is new */
export function chargesOf(before: Footprint | undefined, after: Footprint): readonly Charge[] {
  const charges: Charge[] = [{ part: 'table', partition: after.id, units: Math.max(before?.units ?? 0, after.units) }];
  for (const { name: part } of indexes) charges.push(...chargesIn(part, before?.entries[part], after.entries[part]));
  return charges;
}

function chargesIn(part: TablePart, before: Entry | undefined, after: Entry | undefined): readonly Charge[] {
  if (before !== undefined && after !== undefined && before.key === after.key) {
    if (before.held === after.held) return [];
    return [{ part, partition: after.partition, units: Math.max(before.units, after.units) }];
  }
  return [before, after].flatMap((entry) => (entry === undefined ? [] : [{ part, partition: entry.partition, units: entry.units }]));
}

/** @returns all units of a write */
export function unitsOf(charges: readonly Charge[]): number {
  return charges.reduce((sum, { units }) => sum + units, 0);
}
