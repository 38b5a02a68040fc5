/** Folders named `key=value`, as Hive, Spark and Athena write them. */
import { CsvColumn } from './csv/csv-column.ts';

/** @see https://hive.apache.org/docs/latest/language/languagemanual-ddl/ (dynamic partitions) */
const nullPartition = '__HIVE_DEFAULT_PARTITION__';

/** @param object `s3://bucket/key` */
export function hivePartitions(object: string): ReadonlyMap<string, string | null> {
  const folders = object.split('/').slice(3, -1);
  return new Map(
    folders.flatMap((folder) => {
      const at = folder.indexOf('=');
      if (at <= 0) return [];
      const value = folder.slice(at + 1);
      return [[decoded(folder.slice(0, at)), value === nullPartition ? null : decoded(value)] as const];
    }),
  );
}

/** @returns DuckDB's name of a type, as for a column of CSV with these values: `month=01` is text, since it would lose its zero */
export function partitionType(name: string, values: Iterable<string | null>): string {
  const column = new CsvColumn(name, undefined);
  for (const value of values) {
    if (value === '') column.addText();
    else if (value !== null && column.isOpen) column.add(Buffer.from(value), 0, Buffer.byteLength(value));
  }
  return column.type;
}

/** Characters that a folder cannot have are written as %XX. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
