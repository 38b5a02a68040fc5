/** The requests of the two forms of MCP's tasks, answered from jobs. */
import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  RELATED_TASK_META_KEY,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import { is } from '../../client/client-errors.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import { coreTaskOf, extensionTaskOf, taskResultOf } from './job-task.ts';
import { waitForEnd } from './job-tools.ts';
import type { McpSession } from './mcp-session.ts';
import { jobIdInput } from './tool.ts';

export const tasksExtension = 'io.modelcontextprotocol/tasks';
/** How long `tasks/cancel` of 2025-11-25 waits for the end, which it has to answer with: a little longer than a worker's heartbeat, in seconds. */
const longestCancelSeconds = 20;

const params = z.looseObject({ taskId: z.string() });
type Params = z.output<typeof params>;

/** @returns whether the client declared the extension with this request, as the extension demands */
export function declaresTasks(context: ServerContext): boolean {
  const envelope = context.mcpReq.envelope as Readonly<Record<string, { readonly extensions?: object } | undefined>> | undefined;
  return tasksExtension in (envelope?.[CLIENT_CAPABILITIES_META_KEY]?.extensions ?? {});
}

/** Answers `tasks/get`, `tasks/update` and `tasks/cancel` as SEP-2663 has them. */
export function serveExtensionTasks(server: Server, session: McpSession): void {
  const serve = (method: string, answer: (handle: JobHandle, signal: AbortSignal) => Promise<object>) =>
    server.setRequestHandler(method, { params }, async ({ taskId }: Params, context: ServerContext) => {
      if (!declaresTasks(context))
        throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [tasksExtension]: {} } } });
      return protocolErrors(async () => ({ ...(await answer(await find(session, taskId, context), context.mcpReq.signal)) }));
    });
  serve('tasks/get', async (handle, signal) => {
    const task = extensionTaskOf(handle.job);
    return task.status === 'completed' ? { ...task, result: await taskResultOf(handle, signal) } : task;
  });
  // No job asks its client for input, so there are no answers to take.
  serve('tasks/update', async () => ({}));
  serve('tasks/cancel', async (handle, signal) => {
    await cancel(session, handle, signal);
    return {};
  });
}

/** Answers `tasks/get`, `tasks/result` and `tasks/cancel` as protocol 2025-11-25 has them. */
export function serveCoreTasks(server: Server, session: McpSession): void {
  const serve = (method: string, answer: (handle: JobHandle, signal: AbortSignal) => Promise<object>) =>
    server.setRequestHandler(method, { params }, ({ taskId }: Params, context: ServerContext) =>
      protocolErrors(async () => ({ ...(await answer(await find(session, taskId, context), context.mcpReq.signal)) })),
    );
  serve('tasks/get', async ({ job }) => coreTaskOf(job));
  serve('tasks/result', async (handle, signal) => {
    for await (const _change of handle.changes({ signal }));
    return { ...(await taskResultOf(handle, signal)), _meta: { [RELATED_TASK_META_KEY]: { taskId: handle.id } } };
  });
  serve('tasks/cancel', async (handle, signal) => {
    if (handle.hasEnded)
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `The task has ended: it is ${coreTaskOf(handle.job).status}.`);
    await cancel(session, handle, signal);
    await waitForEnd(handle, longestCancelSeconds, { signal, report: () => {} });
    return coreTaskOf(handle.job);
  });
}

async function find({ client }: McpSession, taskId: string, { mcpReq: { signal } }: ServerContext): Promise<JobHandle> {
  if (!jobIdInput.safeParse(taskId).success) throw unknownTask();
  return client.job(taskId, { signal });
}

async function cancel({ allow }: McpSession, handle: JobHandle, signal: AbortSignal): Promise<void> {
  if (!allow.has('cancel'))
    throw new ProtocolError(
      ProtocolErrorCode.InvalidRequest,
      'This server cancels no jobs: a person can start it with --allow submit,cancel.',
    );
  await handle.cancel({ signal });
}

/** Problems of the API as errors of JSON-RPC; their details may hold text of others, which belongs into no message. */
async function protocolErrors<Answer>(answer: () => Promise<Answer>): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    if (is(error, 'job-not-found')) throw unknownTask();
    if (is(error, 'problem'))
      throw new ProtocolError(ProtocolErrorCode.InternalError, `The API refused the request: ${error.status}.`, { code: error.code });
    if (is(error, 'unreachable'))
      throw new ProtocolError(ProtocolErrorCode.InternalError, 'The API did not answer. The job goes on; ask again.');
    throw error;
  }
}

function unknownTask(): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such task, or it is not yours, or its record has expired.');
}
