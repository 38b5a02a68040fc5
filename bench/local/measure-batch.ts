/**
 * One round of submissions to the local mode: in batches of 100, one request at a time, and as single submissions, 20 at a time, in turns. The jobs wait, so
 * that no worker takes time meanwhile. Prints a line of JSON: jobs accepted a second, in batches and one by one.
 */
import { inLanes, latencies } from '../measure/rates.ts';
import { startLocal } from './local-process.ts';
import { submitBatch, submitWaiting } from './submissions.ts';

const [jobs = 1_000, atOnce = 20] = process.argv.slice(2).map(Number);
const size = 100;
const local = await startLocal();

const batch = (name: string) => submitBatch(local.url, name, size);
const singles = (name: string) => inLanes(size, atOnce, (n) => submitWaiting(local.url, `${name}-${n}`));

/** Accepts a hundred jobs in both ways, again and again. @returns milliseconds of each way in all */
async function run(name: string, hundreds: number): Promise<{ readonly inBatches: number; readonly oneByOne: number }> {
  let [inBatches, oneByOne] = [0, 0];
  for (let n = 0; n < hundreds; n++) {
    inBatches += (await latencies(1, () => batch(`${name}-batch-${n}`)))[0] ?? 0;
    oneByOne += (await latencies(1, () => singles(`${name}-single-${n}`)))[0] ?? 0;
  }
  return { inBatches, oneByOne };
}

await run('warm-up', 3);
const { inBatches, oneByOne } = await run('measured', jobs / size);
console.log(JSON.stringify({ ours: (jobs / inBatches) * 1000, theirs: (jobs / oneByOne) * 1000 }));
await local.stop();
