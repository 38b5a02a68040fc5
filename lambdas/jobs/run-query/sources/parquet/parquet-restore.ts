/** SQL for the values of columns whose declaration was changed in the footer of a Parquet file. */
import type { Restored } from './parquet-schema.ts';
import { type ParquetType, sqlOf } from './parquet-type.ts';

export interface RestoredColumn {
  /** The value in SQL. */
  readonly value: string;
  /** DuckDB's name of the type. */
  readonly type: string;
  /** A condition in SQL: whether this is the value. Without it, it always is. */
  readonly holds?: string;
}

const nanosPerDay = 86_400_000_000_000n;
/** The day 0 of Unix time in Julian days. */
const julianEpoch = 2_440_588n;
const bits96 = 2n ** 96n - 1n;

/**
 * @param column in SQL, as it is read @param type what it is read as
 * @returns ways to restore it, of which the first is to be taken that holds for all values; none where nothing is to be restored
 */
export function restorations(
  column: string,
  type: ParquetType,
  leaves: readonly (Restored | undefined)[],
): readonly RestoredColumn[] | undefined {
  if (leaves.every((leaf) => leaf === undefined)) return undefined;
  if (leaves[0] === 'int96') return int96Ways(column);
  const restored = sqlOf(restoredType(type, [...leaves]));
  const value = `CAST(${column} AS ${restored})`;
  // DuckDB has no instants in nanoseconds: where the way back leads elsewhere, some were cut.
  const instants = sqlOf(
    restoredType(
      type,
      leaves.map((leaf) => (leaf === 'instant' ? leaf : undefined)),
    ),
  );
  const holds = `CAST(CAST(${column} AS ${instants}) AS ${sqlOf(type)}) IS NOT DISTINCT FROM ${column}`;
  return [leaves.includes('instant') ? { value, type: restored, holds } : { value, type: restored }];
}

/** @param leaves in the order of the file; taken from here */
function restoredType(type: ParquetType, leaves: (Restored | undefined)[]): ParquetType {
  switch (type.kind) {
    case 'list':
      return { kind: 'list', item: restoredType(type.item, leaves) };
    case 'map':
      return { kind: 'map', key: restoredType(type.key, leaves), value: restoredType(type.value, leaves) };
    case 'struct':
      return { kind: 'struct', members: new Map([...type.members].map(([name, member]) => [name, restoredType(member, leaves)])) };
    default: {
      const restored = leaves.shift();
      if (restored === undefined) return type;
      return { kind: 'scalar', name: restored === 'time' ? 'TIME_NS' : 'TIMESTAMP WITH TIME ZONE' };
    }
  }
}

function int96Ways(column: string): readonly RestoredColumn[] {
  const nanos = int96Nanos(column);
  const range = 2n ** 63n - 1n;
  return [
    { value: `make_timestamp(CAST(${nanos} // 1000 AS BIGINT))`, type: 'TIMESTAMP', holds: `${nanos} % 1000 = 0` },
    { value: `make_timestamp_ns(CAST(${nanos} AS BIGINT))`, type: 'TIMESTAMP_NS', holds: `${nanos} BETWEEN -${range} AND ${range}` },
  ];
}

/** Nanoseconds since 1970: INT96 is read as a number of 96 bits, which holds the two parts with their bytes turned round. */
function int96Nanos(column: string): string {
  const bits = `(CAST(${column} AS HUGEINT) & ${bits96})`;
  const turned = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => `((${bits} >> ${first - 8 * i}) & 255) * ${256n ** BigInt(i)}`).join(' + ');
  return `((${turned(24, 4)} - ${julianEpoch}) * ${nanosPerDay} + ${turned(88, 8)})`;
}
