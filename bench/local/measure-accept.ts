/**
 * One round of submissions over HTTP, one at a time, to the local mode and to a bare server that makes the same two calls, in turns. The jobs wait, so that
 * no worker takes time meanwhile. Prints a line of JSON: the median of each, in milliseconds.
 */
import { latencies, percentile } from '../measure/rates.ts';
import { startLocal } from './local-process.ts';
import { submitWaiting } from './submissions.ts';

const [jobs = 1_000, warmUpJobs = 500] = process.argv.slice(2).map(Number);
const turns = 10;
const servers = { ours: await startLocal(), theirs: await startLocal(['bench/local/bare-server.ts']) };
const measured = { ours: [] as number[], theirs: [] as number[] };
const sides = ['ours', 'theirs'] as const;

const submit = (side: (typeof sides)[number], name: string, count: number) =>
  latencies(count, (n) => submitWaiting(servers[side].url, `${name}-${n}`));
for (const side of sides) await submit(side, 'warm-up', warmUpJobs);
for (let turn = 0; turn < turns; turn++)
  for (const side of sides) measured[side].push(...(await submit(side, `turn-${turn}`, jobs / turns)));
console.log(JSON.stringify({ ours: percentile(measured.ours, 0.5), theirs: percentile(measured.theirs, 0.5) }));
await Promise.all([servers.ours.stop(), servers.theirs.stop()]);
