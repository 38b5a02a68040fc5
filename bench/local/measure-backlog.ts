/**
 * Submissions over HTTP, one at a time, to local modes with different numbers of waiting jobs, in turns: one that has none, and one for each backlog. The
 * backlogs are filled by batches of 100. The jobs wait for their time, and their messages are in the queue. A backlog that is not filled in time is left out.
 * Prints a line of JSON: for each backlog the rounds' 99th percentiles in milliseconds, and the seconds that filling took.
 */
import { inLanes, latencies, percentile } from '../measure/rates.ts';
import { type LocalProcess, startLocal } from './local-process.ts';
import { submitBatch, submitWaiting, waitSeconds } from './submissions.ts';

const [roundsText = '5', samplesText = '1000', ...backlogs] = process.argv.slice(2);
const [rounds, samples] = [Number(roundsText), Number(samplesText)];
const size = 100;
/** Batches in flight while a backlog is filled. */
const atOnce = 4;
/** When filling ends at the latest, so that no job starts while submissions are measured. */
const filledByMs = performance.now() + waitSeconds * 1000 * 0.7;

const submit = ({ url }: LocalProcess, name: string, count: number) => latencies(count, (n) => submitWaiting(url, `${name}-${n}`));

/** @returns the seconds that it took, or undefined where the time was over */
async function fill({ url }: LocalProcess, jobs: number): Promise<number | undefined> {
  const isOver = () => performance.now() > filledByMs;
  const startedMs = performance.now();
  await inLanes(jobs / size, atOnce, async (n) => isOver() || submitBatch(url, `fill-${n}`, size));
  return isOver() ? undefined : (performance.now() - startedMs) / 1000;
}

const sides = [];
for (const backlog of ['0', ...backlogs]) {
  const local = await startLocal();
  const filledSeconds = await fill(local, Number(backlog));
  if (filledSeconds !== undefined) sides.push({ backlog, local, filledSeconds, measured: [] as number[] });
  else {
    process.stderr.write(`A backlog of ${backlog} jobs was not filled in time, and is left out.\n`);
    await local.stop();
  }
}
for (const { local } of sides) await submit(local, 'warm-up', samples);
for (let round = 0; round < rounds; round++)
  for (const { local, measured } of sides) measured.push(percentile(await submit(local, `round-${round}`, samples), 0.99));
const printed = sides.flatMap(({ backlog, measured, filledSeconds }) => [
  [backlog, measured],
  [`filled ${backlog}`, filledSeconds],
]);
console.log(JSON.stringify(Object.fromEntries(printed)));
await Promise.all(sides.map(({ local }) => local.stop()));
