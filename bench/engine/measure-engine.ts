/** One round of the engine alone, in a process of its own. Prints a line of JSON: jobs a second, submitted and worked. */
import { inLanes, rate, warmUpJobs } from '../measure/rates.ts';
import { engineAlone } from './engine-alone.ts';

const [jobs = 20_000, atOnce = 50] = process.argv.slice(2).map(Number);

async function round(count: number): Promise<{ readonly submitted: number; readonly worked: number }> {
  const engine = engineAlone();
  const submitted = await rate(count, () => inLanes(count, atOnce, (n) => engine.submit(n)));
  const worked = await rate(count, () => engine.work(atOnce));
  const undone = [...engine.jobs.values()].filter(({ status }) => status !== 'succeeded').length;
  if (engine.jobs.size !== count || undone > 0) throw new Error(`${undone} of ${engine.jobs.size} jobs are not done.`);
  return { submitted, worked };
}

await round(warmUpJobs);
console.log(JSON.stringify(await round(jobs)));
