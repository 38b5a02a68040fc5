/**
 * One round of the local mode, as a person starts it: jobs that write one row each, submitted over HTTP with keys, until the last has ended.
 * Prints a line of JSON: jobs ended a second, from the first submission on.
 */
import { inLanes, rate } from '../measure/rates.ts';
import { startLocal, untilEnded } from './local-process.ts';
import { submitOneRow } from './submissions.ts';

const [jobs = 500, atOnce = 20] = process.argv.slice(2).map(Number);
const local = await startLocal();

/** Submits a number of jobs, and waits until all have ended. */
async function run(name: string, count: number, endedBefore: number): Promise<void> {
  await inLanes(count, atOnce, (n) => submitOneRow(local.url, `${name}-${n}`));
  await untilEnded(local.folder, endedBefore + count);
}

await run('warm-up', 100, 0);
console.log(JSON.stringify({ ended: await rate(jobs, () => run('measured', jobs, 100)) }));
await local.stop();
