/** What this machine has. */
import { availableParallelism, platform, release } from 'node:os';
import { ok, type ReportedFinding, warning } from '../../lib/doctor/finding.ts';

const group = 'This machine';

/** @returns the findings about Node and what the local mode can use */
export async function checkMachine(): Promise<readonly ReportedFinding[]> {
  const node = ok(`Node.js ${process.versions.node} on ${platform()} ${release()}, ${availableParallelism()} processors.`);
  const duckDb = await import('@duckdb/node-api').then(
    () => ok('DuckDB is installed, so run-query works here.'),
    () =>
      warning('DuckDB is not installed, so run-query does not work here; other job types do.', {
        commands: ['npm install @duckdb/node-api@1.5.5-r.5'],
      }),
  );
  return [
    { group, check: 'node', ...node },
    { group, check: 'duckdb', ...duckDb },
  ];
}
