/** The tool that cancels a job. */
import * as z from 'zod';
import { factsOf, sentenceOf } from './job-facts.ts';
import { defineTool, jobIdInput, writingHints } from './tool.ts';

export const cancelJob = defineTool({
  name: 'cancel_job',
  title: 'Cancel a job',
  description:
    'Cancels a job: at once, or, where its worker runs, with the next heartbeat. What it did already stays done, except for what its type undoes. A job that has ended stays as it is.',
  input: z.strictObject({
    job: jobIdInput,
    reason: z.string().min(1).max(500).optional().describe('Why, for people who read its timeline.'),
  }),
  needs: 'cancel',
  hints: writingHints,
  async run({ client, label }, { job, reason }, { signal }) {
    const before = await client.job(job, { signal });
    const hadEnded = before.hasEnded;
    const handle = hadEnded ? before : await before.cancel({ ...(reason === undefined ? {} : { reason }), signal });
    const outcome = hadEnded
      ? 'It had ended, so nothing was cancelled.'
      : handle.hasEnded
        ? 'It was cancelled.'
        : 'Its worker was asked to stop.';
    return { says: `${label}: ${outcome} ${sentenceOf(handle.job)}`, facts: { ...factsOf(handle.job), deployment: label, hadEnded } };
  },
});
