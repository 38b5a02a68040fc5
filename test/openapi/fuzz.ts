/** Runs schemathesis against a local mode of its own: every check, also along links from one answer to the next request. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LocalProcess } from '../support/local-process.ts';
import { startAuthorisingGateway } from './authorising-gateway.ts';

const root = join(import.meta.dirname, '..', '..');
const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, examples: { type: 'string', default: '80' } } });
/** Fewer requests would say that the document lost operations, or that the fuzzer skipped them. */
const minRequests = 2_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const server = new LocalProcess(root);
  const folder = mkdtempSync(join(tmpdir(), 'delegation-fuzz-'));
  await server.start();
  const gateway = await startAuthorisingGateway(server.url, 'fuzz');
  try {
    const { code, output } = await schemathesis(gateway.url, folder);
    const requests = Number(/(\d+) generated/.exec(output)?.[1] ?? 0);
    console.log(`schemathesis: seed ${values.seed}, ${requests} requests, ${code === 0 ? 'no failure' : 'failures above'}`);
    if (requests >= minRequests) return code;
    console.log(`schemathesis: at least ${minRequests} requests are needed.`);
    return 1;
  } finally {
    await gateway.stop();
    await server.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

function schemathesis(url: string, cwd: string): Promise<{ readonly code: number; readonly output: string }> {
  const config = join(root, 'test', 'openapi', 'schemathesis.toml');
  const options = ['--seed', values.seed, '--max-examples', values.examples, '--no-color', '--checks', 'all'];
  const args = ['--config-file', config, 'run', `${url}/openapi.json`, ...options, '--header', 'Authorization: Bearer fuzz'];
  const child = spawn(process.env['SCHEMATHESIS'] ?? 'schemathesis', args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    process.stdout.write(chunk);
  });
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve({ code: code ?? 1, output })));
}
