import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledger, writeUnitsOf } from '../../lambdas/ledger.ts';
import {
  cellsText,
  costRow,
  limitRates,
  limitRows,
  partitionsText,
  ratesOfCost,
  settingRows,
  toleranceText,
  unitsOfShortJob,
  unitsText,
} from '../support/scale-figures.ts';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'scale.md'), 'utf8');
const tables = [...page.matchAll(/(?:^\|.+\n)+/gm)].map(([table]) => table.trim().split('\n'));

it('counts the units of a short job as the ledger does', () => {
  const sum = Object.values(unitsOfShortJob).reduce((units, part) => units + part, 0);
  expect(sum).toBe(writeUnitsOf([...ledger.accept, ...ledger.claim, ...ledger.finish], 1));
});

it('has every limit with the rate at which it is met, in the order in which they are met', () => {
  const rates = limitRows.map((row) => Number(/\*\*([\d,]+)\*\*/.exec(row)?.[1]?.replaceAll(',', '')));
  expect(rates).toEqual(rates.toSorted((a, b) => a - b));
  expect(tables.find(([head]) => head?.includes('what meets it'))?.slice(2)).toEqual(limitRows);
});

it('has the prices of the bill', () => {
  expect(tables.find(([head]) => head?.includes('jobs a month'))?.slice(2)).toEqual(ratesOfCost.map(costRow));
  for (const row of settingRows) expect(page).toContain(row);
});

it.each([unitsText, partitionsText, cellsText, toleranceText])('has the figures of: %s', (text) => expect(page).toContain(text));

it('names at each rate the limits that are below it, and no other', () => {
  const rows = tables.find(([head]) => head?.includes('breaks first'))?.slice(2) ?? [];
  const rates = rows.map((row) => Number(/^\| ([\d,]+)/.exec(row)?.[1]?.replaceAll(',', '')));
  expect(rates).toEqual([100, 1_000, 10_000, 100_000]);
  const shown = (name: keyof typeof limitRates) => Math.floor(limitRates[name]).toLocaleString('en-US');
  const namedAt = [
    ['newAccount', 'clock', 'quota'],
    ['throttle', 'clockAtMost', 'type', 'freshTable'],
    ['partitionsOfType', 'partitionsOfOwner', 'usualAccount', 'gateway', 'tableQuota'],
    ['tableQuota'],
  ] as const;
  for (const [i, limits] of namedAt.entries()) for (const name of limits) expect(rows[i]).toContain(shown(name));
});
