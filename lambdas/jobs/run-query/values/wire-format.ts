/**
 * How a value of DuckDB is written in JSON. `wire-value.ts` is this table as code.
 * @see https://duckdb.org/docs/stable/sql/data_types/overview
 */
export const wireFormat = `
| type | JSON |
|---|---|
| NULL | null |
| BOOLEAN | true, false |
| TINYINT to INTEGER, UTINYINT to UINTEGER | number |
| BIGINT, UBIGINT, HUGEINT, UHUGEINT, BIGNUM | string of all digits |
| DECIMAL | string with all its decimals, "1.50" |
| FLOAT, DOUBLE | number; "NaN", "Infinity", "-Infinity" as strings; -0 becomes 0 |
| VARCHAR, ENUM, UUID, JSON | string |
| BLOB, GEOMETRY (as WKB) | base64 |
| BIT | string of 0 and 1 |
| DATE | "2026-01-31"; years beyond four digits as "+012026-01-31", before 1 as "-000043-03-15" |
| TIME, TIME_NS | "12:34:56.789", as many decimals as needed |
| TIMETZ | "12:34:56+02:00" |
| TIMESTAMP, _S, _MS, _NS | "2026-01-31T12:34:56.789", without a zone, as it has none |
| TIMESTAMPTZ | "2026-01-31T12:34:56.789Z", in UTC |
| infinite dates and timestamps | "infinity", "-infinity" |
| INTERVAL | "1 year 3 days 00:00:04", which DuckDB reads back |
| LIST, ARRAY | array |
| STRUCT | object |
| MAP | array of [key, value] |
| UNION | object with the one member that is set |
| VARIANT | as the type it holds |
`;

/** A struct of some hundred members has a longer name than most; an enum can have any number of values. */
export const maxTypeName = 10_000;
