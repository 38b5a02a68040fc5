/** The tool that explains why a job failed, and what to do about it. */
import * as z from 'zod';
import type { Job } from '../../client/shown-job.ts';
import { factsOf, sentenceOf } from './job-facts.ts';
import { docs } from './package-docs.ts';
import { defineTool, jobIdInput } from './tool.ts';
import type { ToolAnswer } from './tool-answer.ts';

/** Entries of the timeline that say what went wrong. */
const entriesOfFailure = new Set(['attempt_failed', 'worker_lost', 'cancel_requested', 'cleaned_up', 'failed', 'cancelled']);

export const explainFailure = defineTool({
  name: 'explain_failure',
  title: 'Explain a failure',
  description: 'Explains why a job failed: its error, each attempt, what the documentation says about the error code, and what to do next.',
  input: z.strictObject({ job: jobIdInput }),
  run: async ({ client }, { job }, { signal }) => failureAnswer((await client.job(job, { signal })).job),
});

/** @returns what the job failed with, or that it did not fail */
export function failureAnswer(job: Job): ToolAnswer {
  const { error, timeline, attempt, maxAttempts } = job;
  const attempts = timeline.filter(({ event }) => entriesOfFailure.has(event));
  const data = { what: `What ${job.id} failed with, and what its timeline says`, value: { error, reason: job.reason, timeline: attempts } };
  if (error === null) return { says: `It has not failed. ${sentenceOf(job)}`, facts: factsOf(job), data };
  const code = codeOf(error.code);
  return {
    says: [
      `${job.id} (${job.type}) failed at ${job.finishedAt} with the code ${code}, at attempt ${attempt} of ${maxAttempts}. ${retryAdvice(error.retryable)}`,
      ...documented(code),
      `Its log: the saved query "A job's whole story" of CloudWatch Logs Insights, with ${job.id}.`,
    ].join('\n'),
    facts: { ...factsOf(job), code, retryable: error.retryable },
    data,
  };
}

function retryAdvice(isRetryable: boolean): string {
  return isRetryable
    ? 'The cause may pass: a new submission, with a new idempotencyKey, may succeed.'
    : 'The same work would fail again: change what it depends on or its input first.';
}

/** @returns what the documentation says of the code: rows of its tables, or else the sections that fit best */
function documented(code: string): readonly string[] {
  const rows = docs().rowsOf(code);
  if (rows.length > 0) return rows;
  const mentioned = docs()
    .search(code, 3)
    .filter(({ text }) => text.includes(`\`${code}\``));
  return mentioned.length > 0
    ? mentioned.map(({ address, heading }) => `${address} has it: ${heading}`)
    : ['The code is not one of Delegation: it is of the worker, or of AWS. docs/runbook.md#failures says how to go on.'];
}

/** The worker's code chose it, so it is shown outside the data only if it looks like a code. */
function codeOf(code: string): string {
  return /^[A-Za-z][A-Za-z0-9_.:-]{0,80}$/.test(code) ? code : 'one that is not a code (see the data)';
}
