/** SQL for the values of columns whose declaration was changed in the footer of a Parquet file. */
import type { Restored } from './parquet-footer.ts';

export interface Restoring {
  /** @param column in SQL, as it is read */
  readonly value: (column: string) => string;
  /** DuckDB's name of the type. */
  readonly type: string;
  /** Which values this can restore; without it, all. */
  readonly holds?: (column: string) => string;
}

const nanosPerDay = 86_400_000_000_000n;
/** The day 0 of Unix time in Julian days. */
const julianEpoch = 2_440_588n;
const bits96 = 2n ** 96n - 1n;

/** Ways to restore a column, the best first; the first that holds for all values is taken. */
export const restorings: Readonly<Record<Restored, readonly Restoring[]>> = {
  instant: [
    {
      // Not by a cast, which would depend on the time zone of the session.
      value: (column) => `make_timestamptz(epoch_us(${column}))`,
      type: 'TIMESTAMP WITH TIME ZONE',
      holds: (column) => `epoch_ns(${column}) % 1000 = 0`,
    },
    { value: (column) => column, type: 'TIMESTAMP_NS' },
  ],
  time: [{ value: (column) => `CAST(${column} AS TIME_NS)`, type: 'TIME_NS' }],
  int96: [
    {
      value: (column) => `make_timestamp(CAST(${int96Nanos(column)} // 1000 AS BIGINT))`,
      type: 'TIMESTAMP',
      holds: (column) => `${int96Nanos(column)} % 1000 = 0`,
    },
    {
      value: (column) => `make_timestamp_ns(CAST(${int96Nanos(column)} AS BIGINT))`,
      type: 'TIMESTAMP_NS',
      holds: (column) => `${int96Nanos(column)} BETWEEN -${2n ** 63n - 1n} AND ${2n ** 63n - 1n}`,
    },
  ],
};

/** Nanoseconds since 1970: INT96 is read as a number of 96 bits, which holds the two parts with their bytes turned round. */
function int96Nanos(column: string): string {
  const bits = `(CAST(${column} AS HUGEINT) & ${bits96})`;
  const turned = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => `((${bits} >> ${first - 8 * i}) & 255) * ${256n ** BigInt(i)}`).join(' + ');
  return `((${turned(24, 4)} - ${julianEpoch}) * ${nanosPerDay} + ${turned(88, 8)})`;
}
