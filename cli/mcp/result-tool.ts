/** The tool that reads a result. */
import * as z from 'zod';
import type { JobHandle } from '../../client/job-handle.ts';
import { maxDataBytes } from './foreign-data.ts';
import { factsOf, sentenceOf } from './job-facts.ts';
import { defineTool, jobIdInput } from './tool.ts';
import type { ToolAnswer } from './tool-answer.ts';

export const getResult = defineTool({
  name: 'get_result',
  title: 'Read a result',
  description: `Reads the result of a job that succeeded: at most ${maxDataBytes} bytes of its JSON in one answer, with exact numbers. Use offset for more, or ask a job for less.`,
  input: z.strictObject({
    job: jobIdInput,
    offset: z.int().min(0).default(0).describe('Characters of the JSON to leave out, which is nextOffset of the answer before.'),
  }),
  run: async ({ client }, { job, offset }, { signal }) => resultAnswer(await client.job(job, { signal }), { offset, signal }),
});

/** @returns the result of a job, or that there is none @param offset characters of its JSON to leave out */
export async function resultAnswer(
  handle: JobHandle,
  { offset = 0, signal }: { readonly offset?: number; readonly signal: AbortSignal },
): Promise<ToolAnswer> {
  const facts = factsOf(handle.job);
  if (handle.status !== 'succeeded') return { says: `There is no result. ${sentenceOf(handle.job)}`, facts, isError: true };
  const value = await handle.result({ signal });
  return {
    says: `${handle.id} (${handle.type}) succeeded at ${handle.job.finishedAt}.`,
    facts,
    data: { what: `The result of ${handle.id}`, value, offset },
  };
}
