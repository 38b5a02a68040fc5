/** `delegation mcp` as a process: the deployment's URL and the options, as JSON, are its arguments. */

import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
const { createClient } = await import('../../client/create-client.ts');
const { startMcpServer } = await import('../../cli/mcp/mcp-server.ts');

const [url = '', options = '{}'] = process.argv.slice(2);
const { closed } = startMcpServer({ client: createClient({ url, maxTries: 1 }), label: url, ...(JSON.parse(options) as object) });
await closed;
const packages = [...loaded].flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
process.stderr.write(`loaded: ${[...new Set(packages)].sort().join(' ')}\n`);
