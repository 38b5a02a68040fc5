/**
 * CSV objects as local files that DuckDB can only read in one way, with the types of their columns. Every byte is read once, while it arrives:
 * what is already plain (LF, quotes around whole fields, as many fields as columns) is stored unchanged, anything else is written in that form.
 */
import { invalidSource } from '../../../../text/source-error.ts';
import type { CsvOptions } from '../../contract.ts';
import type { ReadObjects } from '../reading.ts';
import { CsvObject } from './csv-object.ts';
import { CsvTable } from './csv-table.ts';

export const readCsvObjects: ReadObjects<CsvOptions> = async (objects, options, context) => {
  const table = new CsvTable(options, context);
  let count = 0;
  let first: string | undefined;
  try {
    for await (const { name, bytes } of objects) {
      await new CsvObject(name, options, table).read(bytes);
      count += 1;
      first ??= name;
    }
  } finally {
    await table.close();
  }
  if (table.columns.length === 0) throw invalidSource('there is no line in it, so it has no columns', { object: first ?? context.source });
  return table.stored(count);
};
