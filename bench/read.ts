/**
 * `npm run bench -- read`: a table of 100 MB as CSV, NDJSON and Parquet, read by run-query and by DuckDB's own readers with their defaults.
 *
 * A job has its whole way: the transfer from a local S3 endpoint, the checks, the typing, the view, the locked engine, the rows of the result.
 * DuckDB opens the local file. So the transfer alone is measured as well, by the same client, and taken from the job's time for the ratio that
 * is limited (without transfer on either side); where a reader works while the bytes arrive, that flatters it, so the ratio with the transfer
 * on both sides is shown, too. Both run one query that needs every value of every column, with the same threads and memory, in a DuckDB
 * opened for it. They run in turns, after one round that is not counted, so that a slow moment of the machine meets all.
 *
 * With `--json`, it prints a line of JSON in place of its table: each round's milliseconds, those of the job without the transfer.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { median } from './measure/benchmarks.ts';
import { duckDbReading, jobReading, type Reading, serveObject, transfer } from './readers.ts';
import { type Format, limits } from './reading-limits.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    megabytes: { type: 'string', default: '100' },
    format: { type: 'string' },
    json: { type: 'boolean' },
  },
});
const rounds = Number(values.rounds);

/** The columns of a row: a counter, an id beyond 32 bits, a price, a fraction, a date, a time, a flag, one of few words and one of many texts; some are absent. */
const columns = {
  id: 'i',
  account: '9007199254740993 + hash(i) % 1000000000',
  price: '((hash(i + 1) % 10000000)::DECIMAL(18,2) / 100)::DECIMAL(18,2)',
  rate: '(hash(i + 2) % 1000003) / 1000003.0',
  day: "DATE '2020-01-01' + (hash(i + 3) % 2000)::INTEGER",
  seen: "TIMESTAMP '2024-01-01' + to_seconds((hash(i + 4) % 60000000)::BIGINT)",
  active: 'hash(i + 5) % 2 = 0',
  country: "['DE', 'CH', 'FR', 'JP', 'United States, of America'][1 + (hash(i + 6) % 5)::INTEGER]",
  note: "CASE WHEN hash(i + 7) % 10 > 0 THEN 'order ' || hash(i) || ' by \"' || (hash(i + 8) % 1000) || '\"' END",
};

const folder = mkdtempSync(join(tmpdir(), 'bench-read-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(); // the child processes of jobs are kept warm

async function main(): Promise<void> {
  const formats = (Object.keys(limits) as Format[]).filter((format) => values.format === undefined || values.format === format);
  const files = await makeFiles(formats);
  const table: string[] = [];
  const rows: Record<string, readonly number[]> = {};
  let isWithin = true;
  for (const format of formats) {
    const file = files.get(format) ?? '';
    const server = await serveObject(file);
    const [ours = [], theirs = [], moves = []] = await inTurns([jobReading(format), duckDbReading(file, format), transfer(file, format)]);
    server.kill();
    const [oursMs, theirsMs, moveMs] = [median(ours), median(theirs), median(moves)];
    rows[`${format}-job`] = ours.map((ms, round) => ms - (moves[round] ?? Number.NaN));
    rows[`${format}-duckdb`] = theirs;
    const ratio = (oursMs - moveMs) / theirsMs;
    isWithin &&= ratio <= limits[format];
    const size = (statSync(file).size / 1e6).toFixed(0);
    const shown = (ms: readonly number[]) => `${median(ms).toFixed(0)} (${Math.min(...ms).toFixed(0)} to ${Math.max(...ms).toFixed(0)})`;
    const withTransfer = (oursMs / (theirsMs + moveMs)).toFixed(2);
    table.push(
      `| ${format} | ${size} | ${shown(ours)} | ${shown(moves)} | ${shown(theirs)} | ${ratio.toFixed(2)} | ${limits[format]} | ${withTransfer} |`,
    );
  }
  if (values.json === true) return console.log(JSON.stringify(rows));
  console.log(`Node ${process.version}, ${rounds} rounds in turns; medians, with least and most\n`);
  console.log(
    '| format | MB | job, ms | of it transfer, ms | DuckDB, ms | times DuckDB | at most | with transfer on both sides |\n|---|---|---|---|---|---|---|---|',
  );
  console.log(table.join('\n'));
  if (!isWithin) process.exitCode = 1;
}

/** Writes one table, with as many rows as a CSV file of the given size holds, once in each format. */
async function makeFiles(formats: readonly Format[]): Promise<ReadonlyMap<Format, string>> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const select = Object.entries(columns)
    .map(([name, sql]) => `${sql} AS ${name}`)
    .join(', ');
  const bytesOfRow = 118;
  const files = new Map<Format, string>();
  for (const format of formats) {
    // NDJSON repeats its names and Parquet is dense: each has its own number of rows for its size.
    const share = { csv: 1, ndjson: 0.58, parquet: 2.1 }[format];
    const rows = Math.round((Number(values.megabytes) * 1e6 * share) / bytesOfRow);
    const file = join(folder, `table.${format}`);
    const how = { csv: 'FORMAT csv, HEADER', ndjson: 'FORMAT json', parquet: 'FORMAT parquet' }[format];
    await connection.run(`COPY (SELECT ${select} FROM range(${rows}) t(i)) TO '${file}' (${how})`);
    files.set(format, file);
  }
  return files;
}

/** @returns the milliseconds of each reading's rounds */
async function inTurns(readings: readonly Reading[]): Promise<readonly (readonly number[])[]> {
  const times = readings.map((): number[] => []);
  const answers = new Set<string>();
  for (let round = 0; round <= rounds; round++) {
    for (const [index, read] of readings.entries()) {
      const began = performance.now();
      answers.add(await read(sumOfEverything()));
      if (round > 0) times[index]?.push(performance.now() - began);
    }
  }
  answers.delete(''); // of the transfer
  if (answers.size !== 1) throw new Error(`They read different tables: ${[...answers].join(' | ')}`);
  return times;
}

/** A query for one row that needs every value of every column, with the same result for any type that a column may have. */
function sumOfEverything(): string {
  const sums = {
    id: 'sum(id)',
    account: 'sum(account)',
    price: 'sum(price::DECIMAL(18,2))',
    rate: 'round(sum(rate::DOUBLE), 2)',
    day: 'max(day::DATE)::VARCHAR || count(day)',
    seen: 'max(seen::TIMESTAMP)::VARCHAR || count(seen)',
    active: 'count(*) FILTER (WHERE active)',
    country: 'sum(length(country))',
    note: "sum(length(note)) || ' ' || count(note)",
  };
  return `SELECT ${Object.values(sums)
    .map((sql) => `(${sql})::VARCHAR`)
    .join(" || ' ' || ")} || ' ' || count(*) AS sums FROM t`;
}
