/** Calls of tools: what is refused, what is done, and in which form it is answered. */
import { ProtocolError, ProtocolErrorCode, type ServerContext } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import type { Job } from '../../client/shown-job.ts';
import { coreTaskOf, extensionTaskOf } from './job-task.ts';
import type { McpSession } from './mcp-session.ts';
import type { submissionInput } from './submission-arguments.ts';
import { submit, submitJob } from './submit-tool.ts';
import type { Tool, ToolCall } from './tool.ts';
import { type ToolAnswer, toResult } from './tool-answer.ts';
import { errorAnswer, ToolRefusal } from './tool-error.ts';
import { tools } from './tool-table.ts';

/** How a call is answered: with the tool's result, or with a task in the form of the extension or of protocol 2025-11-25. */
export type CallForm = 'result' | 'extension-task' | 'core-task';

/**
 * Calls a tool. A refused call is a result, which a model reads and can correct.
 * @param log takes a line about what went wrong here, for people
 * @throws ProtocolError for a tool that there is not, or that is not run as a task
 */
export async function callTool(
  session: McpSession,
  {
    name,
    args,
    form,
    context,
  }: { readonly name: string; readonly args: unknown; readonly form: CallForm; readonly context: ServerContext },
  log: (line: string) => void,
) {
  const tool = tools.find((one) => one.name === name);
  if (tool === undefined)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${JSON.stringify(name.slice(0, 100))}.`);
  if (form === 'core-task' && tool !== submitJob)
    throw new ProtocolError(ProtocolErrorCode.MethodNotFound, `${name} is not run as a task: only submit_job is.`);
  try {
    const checked = checkedArguments(session, tool, args);
    if (tool === submitJob && form !== 'result')
      return await submitAsTask(session, checked as Submission, { form, signal: context.mcpReq.signal });
    return toResult(await tool.run(session, checked as never, callOf(context)));
  } catch (error) {
    // The client cancelled the call or went away, so no answer is read.
    if (context.mcpReq.signal.aborted) throw error;
    const refused = refusal(error, log);
    // A client that asked for a task of 2025-11-25 reads nothing else but a task, or an error.
    if (form === 'core-task') throw new ProtocolError(ProtocolErrorCode.InvalidParams, refused.says, refused.facts);
    return toResult(refused);
  }
}

/** @returns whether the tool is among those that are listed */
export function isAllowed({ allow }: McpSession, { needs }: Tool): boolean {
  return needs === undefined || allow.has(needs);
}

type Submission = z.output<typeof submissionInput>;

async function submitAsTask(
  session: McpSession,
  submission: Submission,
  { form, signal }: { readonly form: CallForm; readonly signal: AbortSignal },
) {
  if (submission.dryRun && form === 'core-task') throw new ToolRefusal('no-task', 'A dry run is answered at once: call it without a task.');
  if (submission.dryRun) return toResult(await submitJob.run(session, submission as never, { signal, report: () => {} }));
  const { job } = await submit(session, submission, signal);
  return taskOf(job, form);
}

/** The empty content is for the SDK, which takes a result of `tools/call` without it for a fault. */
function taskOf(job: Job, form: CallForm) {
  const task = form === 'core-task' ? { task: coreTaskOf(job) } : { resultType: 'task', ...extensionTaskOf(job) };
  return { ...task, content: [] };
}

function checkedArguments(session: McpSession, tool: Tool, args: unknown): unknown {
  if (!isAllowed(session, tool))
    throw new ToolRefusal('not-allowed', `${tool.name} is not allowed here: a person can start the server with --allow ${tool.needs}.`);
  const { success, data, error } = tool.input.safeParse(args);
  if (success) return data;
  const faults = error.issues
    .slice(0, 10)
    .map(({ path, message }) => `${path.length === 0 ? 'the arguments' : path.join('.')}: ${message}`);
  throw new ToolRefusal('invalid-arguments', `Correct these and call ${tool.name} again:\n${faults.join('\n')}`);
}

function refusal(error: unknown, log: (line: string) => void): ToolAnswer {
  try {
    return errorAnswer(error);
  } catch {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return { says: 'This server failed on the call; its log has the reason.', facts: { code: 'internal-error' }, isError: true };
  }
}

/** Progress may only grow, so a change that brings none is counted as a thousandth. */
function callOf({ mcpReq }: ServerContext): ToolCall {
  const progressToken = mcpReq._meta?.progressToken;
  let last = -1;
  return {
    signal: mcpReq.signal,
    report(fraction, message) {
      if (progressToken === undefined) return;
      last = Math.max(fraction ?? 0, last + 0.001);
      // The client may be gone, and with it the call.
      mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: last, message } }).catch(() => {});
    },
  };
}
