/** `delegation mcp`: an MCP server for one deployment, over standard input and output. Nothing but the protocol is written to standard output. */
import type { Transport } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Client } from '../../client/create-client.ts';
import { boundedLog } from './bounded-log.ts';
import { CostBudget } from './cost-budget.ts';
import { type McpSession, readPermissions, readTypes } from './mcp-session.ts';
import { createToolServer } from './tool-server.ts';

export interface McpServerOptions {
  readonly client: Client;
  /** The deployment's name for people, such as its URL. */
  readonly label: string;
  /** What it may do beyond reading: `submit`, `cancel`. @default nothing */
  readonly allow?: readonly string[];
  /** The job types that may be submitted. @default any */
  readonly types?: readonly string[] | undefined;
  /** What all submissions of this process may cost together by the API's estimates, at the list prices of us-east-1. @default no limit */
  readonly maxCostUsd?: number | undefined;
  /** @default standard input and output */
  readonly transport?: Transport;
  /** Takes a line for people. @default standard error, for the first lines */
  readonly log?: (line: string) => void;
}

export interface McpServerHandle {
  /** Resolves when the client has gone, or `close` was called. */
  readonly closed: Promise<void>;
  /** Ends the connection, and aborts the calls that are under way. Jobs go on. */
  close(): Promise<void>;
}

/**
 * Serves one client until it closes standard input.
 * @throws Error for an option that is wrong, before anything is read
 */
export function startMcpServer({
  client,
  label,
  allow = [],
  types,
  maxCostUsd,
  transport = new StdioServerTransport(),
  log = boundedLog((text) => process.stderr.write(text)),
}: McpServerOptions): McpServerHandle {
  const session: McpSession = {
    client,
    label,
    allow: readPermissions(allow),
    types: readTypes(types),
    budget: maxCostUsd === undefined ? undefined : new CostBudget(maxCostUsd),
  };
  const handle = serveStdio(({ era }) => createToolServer(session, era, log), { transport, onerror: ({ message }) => log(message) });
  const closed = new Promise<void>((resolve) => {
    const { onclose } = transport;
    transport.onclose = () => {
      onclose?.();
      resolve();
    };
  });
  return { closed, close: () => handle.close() };
}
