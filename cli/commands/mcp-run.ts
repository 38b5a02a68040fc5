/** `delegation mcp`. */
import { openSession } from '../api-session.ts';
import { type RunCommand, text, UsageError } from '../command.ts';
import { listed } from '../filter.ts';
import { startMcpServer } from '../mcp/mcp-server.ts';

/** Clients of MCP give up after a minute, so an API that does not answer is reported before. */
const maxTries = 3;

export const mcp: RunCommand = async (input, io) => {
  const { client, target } = openSession(input, io, { maxTries });
  const types = listed(input, 'types');
  const server = startMcpServer({
    client,
    label: target.url,
    allow: listed(input, 'allow'),
    types: types.length === 0 ? undefined : types,
    maxCostUsd: costOf(text(input, 'max-cost')),
  });
  io.signal.addEventListener('abort', () => void server.close());
  await server.closed;
  return 0;
};

function costOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const usd = Number(given);
  if (!(usd > 0)) throw new UsageError(`--max-cost must be an amount of USD above 0 (was "${given}").`);
  return usd;
}
