/** `delegation mcp` as a process: the deployment's URL and the options, as JSON, are its arguments. */

import { type McpServerOptions, startMcpServer } from '../../cli/mcp/mcp-server.ts';
import { createClient } from '../../client/create-client.ts';

const [url = '', options = '{}'] = process.argv.slice(2);
const { closed } = startMcpServer({
  client: createClient({ url, maxTries: 1 }),
  label: url,
  ...(JSON.parse(options) as Partial<McpServerOptions>),
});
await closed;
if (process.env['MCP_LOADED'] !== undefined) process.stderr.write(`loaded ${JSON.stringify(loadedPackages())}\n`);

/** Packages that are loaded as modules of CommonJS; those of AWS are. */
function loadedPackages(): readonly string[] {
  return process.getBuiltinModule('module') === undefined
    ? []
    : Object.keys((process.getBuiltinModule('module') as never as { _cache: object })._cache);
}
