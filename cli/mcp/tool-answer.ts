/** What a tool answers: a sentence of this server, facts for programs, and data of others, each recognisable as what it is. */
import type { CallToolResult } from '@modelcontextprotocol/server';
import { excerptOf, wrapped } from './foreign-data.ts';

export interface ToolAnswer {
  /** What is the case, in the words of this server alone. */
  readonly says: string;
  /** The same for programs: names, times and numbers that the service made, and no text of a job. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly data?: {
    /** What the data are, at the start of a sentence: "The result of job_…". */
    readonly what: string;
    readonly value: unknown;
    /** Characters of its JSON to leave out. @default 0 */
    readonly offset?: number;
  };
  readonly isError?: boolean;
}

/** The data are texts in both forms: a client that parsed them as JSON would round their numbers. */
export function toResult({ says, facts, data, isError = false }: ToolAnswer): CallToolResult {
  const excerpt = data && excerptOf(data.value, data.offset);
  return {
    content: [{ type: 'text', text: says }, ...(data && excerpt ? [{ type: 'text' as const, text: wrapped(excerpt, data.what) }] : [])],
    structuredContent: {
      ...facts,
      ...(data && excerpt ? { dataFromOthers: { what: data.what, ...excerpt } } : {}),
    },
    ...(isError ? { isError } : {}),
  };
}
