/** The samples of csv-spectrum, which readers of CSV in many languages are tested with. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readCsv } from '../../../../../support/read-csv.ts';

const folder = dirname(require.resolve('csv-spectrum'));
const names = readdirSync(join(folder, 'csvs')).map((name) => name.replace('.csv', ''));
const csvOf = (name: string) => readFileSync(join(folder, 'csvs', `${name}.csv`));
/** A sample whose telephone number differs from the expected result in version 2.0.0. */
const corrections: Readonly<Record<string, object>> = { location_coordinates: { 'Contact Phone Number': '2095257564' } };
const expectedOf = (name: string) => {
  const rows = [JSON.parse(readFileSync(join(folder, 'json', `${name}.json`), 'utf8'))].flat();
  return rows.map((row: object) => ({ ...row, ...corrections[name] }));
};

it('is there with all its samples', () => expect(names).toHaveLength(12));

it.each(names)('reads %s', async (name) => {
  const { columns, rows } = await readCsv(csvOf(name), { types: 'text' });
  const objects = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column.name, row[i] ?? ''])));
  expect(objects).toEqual(expectedOf(name));
});
