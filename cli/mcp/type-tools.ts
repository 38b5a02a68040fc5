/** Tools that show which jobs can be submitted. */
import * as z from 'zod';
import type { McpSession } from './mcp-session.ts';
import { defineTool, jobTypeInput } from './tool.ts';

interface ShownType {
  readonly name: string;
  readonly state: string;
}

export const listJobTypes = defineTool({
  name: 'list_job_types',
  title: 'List job types',
  description:
    'Lists the kinds of background jobs of this deployment, with what each does, its state and its queue. Call it first; describe_job_type has the schemas.',
  input: z.strictObject({}),
  async run(session, _args, { signal }) {
    const { jobTypes } = (await session.client.request({ method: 'GET', path: '/v1/job-types', signal })) as {
      readonly jobTypes: readonly ShownType[];
    };
    const types = jobTypes.map(({ name, state }) => ({ name, state, canBeSubmittedHere: canSubmit(session, name) }));
    return {
      says: `${session.label} has ${types.length} job types: ${types.map(({ name, state }) => (state === 'active' ? name : `${name} (${state})`)).join(', ')}. ${submissionsOf(session)}`,
      facts: { deployment: session.label, jobTypes: types },
      data: { what: 'The job types, described by whoever deployed them', value: jobTypes },
    };
  },
});

export const describeJobType = defineTool({
  name: 'describe_job_type',
  title: 'Describe a job type',
  description:
    'Shows the JSON Schemas of the input and the result of a job type, its limits, and whether it takes signals. Read it before submit_job.',
  input: z.strictObject({ type: jobTypeInput }),
  async run(session, { type }, { signal }) {
    const shown = (await session.client.request({ method: 'GET', path: `/v1/job-types/${encodeURIComponent(type)}`, signal })) as ShownType;
    const canBeSubmittedHere = canSubmit(session, type);
    return {
      says: `${type} is ${shown.state}. ${canBeSubmittedHere ? 'submit_job submits such a job: its input must fit inputSchema.' : submissionsOf(session)}`,
      facts: { type, state: shown.state, canBeSubmittedHere },
      data: { what: `The description of ${type}, by whoever deployed it`, value: shown },
    };
  },
});

/** @returns whether the server may submit jobs of the type */
export function canSubmit({ allow, types }: McpSession, type: string): boolean {
  return allow.has('submit') && (types === undefined || types.has(type));
}

/** @returns what may be submitted, in a sentence */
export function submissionsOf({ allow, types }: McpSession): string {
  if (!allow.has('submit')) return 'This server submits no jobs: a person can start it with --allow submit.';
  return types === undefined ? 'submit_job submits jobs.' : `Only these may be submitted here: ${[...types].join(', ')}. --types says so.`;
}
