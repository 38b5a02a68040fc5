/** The tool that searches the documentation of this version, which is in the package. */
import * as z from 'zod';
import { docs } from './package-docs.ts';
import { defineTool } from './tool.ts';

/** Characters of one section in an answer. */
const longestExcerpt = 3_000;

export const searchDocs = defineTool({
  name: 'search_docs',
  title: 'Search the documentation',
  description:
    'Searches the documentation of Delegation, as it is in this version: the HTTP API, problems, schedules, webhooks, writing job types, settings, the runbook. Use the words of the question, or a code.',
  input: z.strictObject({
    query: z.string().min(2).max(300).describe('Words, or a code such as deadline_exceeded.'),
    limit: z.int().min(1).max(10).default(4).describe('The number of sections.'),
  }),
  hints: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run(_session, { query, limit }) {
    const found = docs().search(query, limit);
    if (found.length === 0) return { says: 'The documentation has none of these words. Try others.', facts: { sections: [] } };
    return {
      says: found.map(({ address, heading, text }) => `${address}: ${heading}\n\n${shortened(text)}`).join('\n\n-----\n\n'),
      facts: { sections: found.map(({ address, heading }) => ({ address, heading })) },
    };
  },
});

function shortened(text: string): string {
  return text.length <= longestExcerpt ? text : `${text.slice(0, longestExcerpt)} … (${text.length - longestExcerpt} more characters)`;
}
