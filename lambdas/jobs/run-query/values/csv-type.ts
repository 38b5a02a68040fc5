/** The types that a caller may give a column of a CSV object, and which spellings each of them holds exactly. */

export const csvTypeRule =
  'must be VARCHAR, BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT, HUGEINT, UTINYINT, USMALLINT, UINTEGER, UBIGINT, UHUGEINT, DECIMAL(width, scale), DOUBLE, DATE, TIME, TIMESTAMP, TIMESTAMP_NS, TIMESTAMPTZ or UUID';

export interface CsvType {
  /** DuckDB's name of it. */
  readonly name: string;
  /** @returns whether DuckDB reads `text` as this type without losing anything; undefined: every text */
  readonly holds?: ((text: string) => boolean) | undefined;
}

const day = '(?!0000)\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])';
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const zone = '(?:Z|[+-](?:(?:0\\d|1[0-3])(?::?[0-5]\\d)?|14(?::?00)?))';
const date = new RegExp(`^${day}$`);
const timestamp = new RegExp(`^${day}[T ]${time}(?::[0-5]\\d(?:\\.\\d{1,6})?)?$`);
const nanoTimestamp = /^(?:1[7-9]|2[01])\d\d.*/;

const integer =
  (bits: number, isSigned: boolean) =>
  (text: string): boolean => {
    if (!/^[+-]?\d{1,60}$/.test(text)) return false;
    const value = BigInt(text.replace(/^\+/, ''));
    const most = 2n ** BigInt(isSigned ? bits - 1 : bits);
    return value < most && value >= (isSigned ? -most : 0n);
  };

/** @returns whether the day exists in its month */
export function isCalendarDay(text: string): boolean {
  const [year, month, dayOfMonth] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return dayOfMonth <= (month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
}

const types: Readonly<Record<string, CsvType>> = Object.fromEntries(
  (
    [
      ['VARCHAR', undefined],
      ['BOOLEAN', (text) => /^(?:true|false)$/i.test(text)],
      ['TINYINT', integer(8, true)],
      ['SMALLINT', integer(16, true)],
      ['INTEGER', integer(32, true)],
      ['BIGINT', integer(64, true)],
      ['HUGEINT', integer(128, true)],
      ['UTINYINT', integer(8, false)],
      ['USMALLINT', integer(16, false)],
      ['UINTEGER', integer(32, false)],
      ['UBIGINT', integer(64, false)],
      ['UHUGEINT', integer(128, false)],
      ['DOUBLE', (text) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text))],
      ['DATE', (text) => date.test(text) && isCalendarDay(text)],
      ['TIME', (text) => /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?$/.test(text)],
      ['TIMESTAMP', (text) => timestamp.test(text) && isCalendarDay(text)],
      [
        'TIMESTAMP_NS',
        (text) =>
          new RegExp(`^${day}[T ]${time}(?::[0-5]\\d(?:\\.\\d{1,9})?)?$`).test(text) && isCalendarDay(text) && nanoTimestamp.test(text),
      ],
      [
        'TIMESTAMP WITH TIME ZONE',
        (text) => new RegExp(`^${day}[T ]${time}:[0-5]\\d(?:\\.\\d{1,6})?${zone}$`).test(text) && isCalendarDay(text),
      ],
      ['UUID', (text) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)],
    ] as const satisfies readonly (readonly [string, CsvType['holds']])[]
  ).map(([name, holds]) => [name, { name, holds }]),
);

/** @returns undefined when it is none of the types that a CSV column can be given */
export function parseCsvType(written: string): CsvType | undefined {
  const name = written.trim().toUpperCase().replaceAll(/\s+/g, ' ');
  const [, width, scale] = /^(?:DECIMAL|NUMERIC) ?\( ?(\d{1,2}) ?, ?(\d{1,2}) ?\)$/.exec(name) ?? [];
  if (width !== undefined && scale !== undefined) return decimalType(Number(width), Number(scale));
  const alias = { TEXT: 'VARCHAR', STRING: 'VARCHAR', INT: 'INTEGER', TIMESTAMPTZ: 'TIMESTAMP WITH TIME ZONE' }[name];
  return Object.hasOwn(types, alias ?? name) ? types[alias ?? name] : undefined;
}

function decimalType(width: number, scale: number): CsvType | undefined {
  if (width < 1 || width > 38 || scale > width) return undefined;
  return {
    name: `DECIMAL(${width},${scale})`,
    holds: (text) => {
      const [, whole, fraction = ''] = /^[+-]?0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
      return whole !== undefined && /\d/.test(text) && whole.length <= width - scale && fraction.length <= scale;
    },
  };
}
