export type Format = 'csv' | 'ndjson' | 'parquet';

/** The longest time that a job may take, as a multiple of DuckDB's own time. */
export const limits: Readonly<Record<Format, number>> = { csv: 2, ndjson: 2, parquet: 1.15 };
