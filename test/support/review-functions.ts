/**
 * `npm run functions`: compares DuckDB's own catalogue with the functions that were reviewed for `run-query`, for a new release of DuckDB.
 * Prints those that were not reviewed, with what DuckDB says about them, and those that are gone; fails if there is any.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { allowedFunctions, internalFunctions, refusedFunctions } from '../../lambdas/jobs/run-query/query/functions.ts';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
const reader = await connection.runAndReadAll(
  `SELECT lower(function_name), any_value(function_type), coalesce(any_value(macro_definition), any_value(description), '')
   FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro') GROUP BY 1 ORDER BY 1`,
);
const catalogue = new Map(reader.getRows().map(([name, type, about]) => [String(name), `${type}: ${about}`]));
const isReviewed = (name: string) => allowedFunctions.has(name) || refusedFunctions.has(name) || internalFunctions.test(name);
const unreviewed = [...catalogue].filter(([name]) => !isReviewed(name));
const gone = [...allowedFunctions, ...refusedFunctions.keys()].filter((name) => !catalogue.has(name));
for (const [name, about] of unreviewed) console.log(`unreviewed  ${name}  (${about})`);
for (const name of gone) console.log(`gone        ${name}`);
console.log(`${catalogue.size} functions, ${unreviewed.length} of them not reviewed; ${gone.length} reviewed ones are gone.`);
process.exitCode = unreviewed.length + gone.length === 0 ? 0 : 1;
