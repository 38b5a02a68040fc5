/** `delegation demo`: the built-in job types on this machine, over data that need no download. */
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { duckDbPackage } from '../../lib/build/native-packages.ts';
import { local } from '../resources.ts';
import { bucketUrl, type Demo, runDemo } from './run-demo.ts';
import { launch, showBatch, showInstances, showRows } from './show-results.ts';
import { type Offset, offsetsOf } from './time-zones.ts';

const query = {
  key: 'demo-query',
  body: {
    type: 'run-query',
    input: {
      sql: `WITH zones AS (SELECT zone, min(hours) AS lowest, max(hours) AS highest FROM offsets GROUP BY zone)
        SELECT split_part(zone, '/', 1) AS area, count(*) AS zones, count(*) FILTER (highest > lowest) AS with_summer_time
        FROM zones GROUP BY area ORDER BY zones DESC, area LIMIT 5`,
      sources: { offsets: { url: `${bucketUrl}/offsets.csv`, format: 'csv' } },
    },
  },
};

const batch = {
  key: 'demo-batch',
  body: {
    type: 'write-batch',
    input: {
      table: local.scratchTable,
      operation: 'put',
      source: { url: `${bucketUrl}/every-28-days.csv`, format: 'csv', columns: { hours: 'number' } },
    },
  },
};

const next = `
Next:
  npx delegation-aws init my-jobs     an app with a job type of your own
  npx delegation-aws --help           everything else`;

/** Runs it, and ends the process; with `isKept` only on Ctrl-C. @param options onReady: called with the address, once it listens */
export function demo({ isKept, onReady }: Pick<Demo, 'isKept' | 'onReady'>): void {
  const year = new Date().getUTCFullYear();
  const [daily, some] = [offsetsOf(year, 1), offsetsOf(year, 28)];
  const hasDuckDb = isInstalled('@duckdb/node-api');
  if (!hasDuckDb) console.log(`Without DuckDB there is no query here: npm install ${duckDbPackage}\n`);
  runDemo({
    isKept,
    onReady,
    objects: [...(hasDuckDb ? [object('offsets.csv', daily)] : []), object('every-28-days.csv', some)],
    submissions: [
      ...(hasDuckDb ? [{ ...query, title: `query ${daily.length.toLocaleString('en')} offsets` }] : []),
      { ...batch, title: `write ${some.length.toLocaleString('en')} offsets` },
      launch,
    ],
    async showResults(results) {
      const [queried, written, launched] = hasDuckDb ? results : [undefined, ...results];
      if (hasDuckDb) showRows(`\nWhere clocks changed in ${year}, by area:`, queried);
      await showBatch(written, ['id', 'hours']);
      showInstances(launched);
      console.log(next);
    },
  });
}

function object(name: string, offsets: readonly Offset[]) {
  const text = `id,zone,day,hours\n${offsets.map(({ zone, day, hours }) => `${zone} ${day},${zone},${day},${hours}\n`).join('')}`;
  const bytes = Buffer.from(text);
  return { name, sizeBytes: bytes.length, body: () => Readable.from([bytes]) };
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
