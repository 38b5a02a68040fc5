/** `npm run demo`: a query, a batch write and a launch, over data sets that are installed for development. */
import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { bucketUrl, runDemo } from './demo/run-demo.ts';
import { launch, showBatch, showInstances, showRows } from './demo/show-results.ts';
import { local } from './resources.ts';

const data = join(import.meta.dirname, '..', 'node_modules', 'vega-datasets', 'data');

runDemo({
  objects: ['flights-3m.parquet', 'zipcodes.csv'].map((name) => {
    const path = join(data, name);
    return { name, sizeBytes: statSync(path).size, body: () => createReadStream(path) };
  }),
  submissions: [
    {
      title: 'query 3 million flights',
      key: 'demo-query',
      body: {
        type: 'run-query',
        input: {
          sql: 'SELECT origin, count(*) AS flights, round(avg(delay), 1) AS average_delay FROM flights GROUP BY origin ORDER BY flights DESC LIMIT 5',
          sources: { flights: { url: `${bucketUrl}/flights-3m.parquet`, format: 'parquet' } },
        },
      },
    },
    {
      title: 'write 42,049 ZIP codes',
      key: 'demo-batch',
      body: {
        type: 'write-batch',
        input: {
          table: local.scratchTable,
          operation: 'put',
          source: {
            url: `${bucketUrl}/zipcodes.csv`,
            format: 'csv',
            rename: { zip_code: 'id' },
            columns: { latitude: 'number', longitude: 'number' },
          },
        },
      },
    },
    launch,
  ],
  async showResults([query, batch, launched]) {
    showRows('\nThe busiest airports:', query);
    await showBatch(batch, ['id', 'city', 'state', 'latitude', 'longitude']);
    showInstances(launched);
  },
});
