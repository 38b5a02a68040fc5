/** A tool of the server: its name, its input, what it may change, and what it does. */
import type { ToolAnnotations } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { McpSession, Permission } from './mcp-session.ts';
import type { ToolAnswer } from './tool-answer.ts';

/** What a call has besides its arguments. */
export interface ToolCall {
  /** Aborts when the client cancels the call or goes away. */
  readonly signal: AbortSignal;
  /** Reports progress to the client, where it asked for that. @param fraction from 0 to 1, or null where it is unknown */
  readonly report: (fraction: number | null, message: string) => void;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodType;
  readonly hints: ToolAnnotations;
  /** What has to be allowed for the tool to be listed. */
  readonly needs: Permission | undefined;
  readonly run: (session: McpSession, args: never, call: ToolCall) => Promise<ToolAnswer> | ToolAnswer;
}

/** Changes nothing, so it may be called at any time. */
const readingHints: ToolAnnotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true };
/** Changes something outside, but the same call a second time changes nothing more. */
export const writingHints: ToolAnnotations = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true };

/** @returns the tool, whose `run` has the type of its input */
export function defineTool<Input extends z.ZodType>(
  tool: Omit<Tool, 'input' | 'run' | 'hints' | 'needs'> & {
    readonly input: Input;
    readonly hints?: ToolAnnotations;
    readonly needs?: Permission;
    readonly run: (session: McpSession, args: z.output<Input>, call: ToolCall) => Promise<ToolAnswer> | ToolAnswer;
  },
): Tool {
  return { hints: readingHints, needs: undefined, ...tool };
}

/** The id of a job, as the API writes it. */
export const jobIdInput = z
  .string()
  .regex(/^job_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of a job: job_ and 26 letters and digits, as submit_job and list_jobs show it')
  .describe('The id of a job, such as job_0123456789abcdefghjkmnpqrs.');

/** The name of a job type. */
export const jobTypeInput = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be the name of a job type, as list_job_types shows it')
  .describe('The name of a job type, as list_job_types shows it.');
