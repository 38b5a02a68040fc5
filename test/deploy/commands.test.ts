/** Every command block of the docs, run as it is written, by somebody with temporary credentials. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalProcess } from '../support/local-process.ts';
import { Deployment } from '../support/tested-deployment.ts';
import { blocksOfDocs, fillIn, functionsOf } from './docs/blocks.ts';
import { type Plan, plans, type Run } from './docs/plans.ts';
import { tokenOf } from './issuer.ts';
import { assumeRole } from './temporary-credentials.ts';

const project = join(__dirname, '..', '..');
const deployment = new Deployment();
const local = new LocalProcess();
const { tokensUrl, issuerKey, pythonFolder } = JSON.parse(process.env['DELEGATION_DEPLOYED'] ?? '{}') as Readonly<Record<string, string>>;
const { issuer } = JSON.parse(process.env['DELEGATION_DEPLOY_TEST'] ?? '{}') as { issuer: string };

const blocks = blocksOfDocs();
const isRun = (plan: Plan | undefined): plan is Run => plan !== undefined && !('leftOut' in plan);
const toRun = blocks.flatMap((block) => {
  const plan = plans[block.name];
  return isRun(plan) ? [[block.name, block, plan] as const] : [];
});
const folder = mkdtempSync(join(tmpdir(), 'delegation-commands-'));
mkdirSync(join(folder, 'bin'));
let variables: Readonly<Record<string, string | undefined>> = {};

beforeAll(async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = await assumeRole(deployment, 'Operator', ['*']);
  const sql = 'SELECT sum(n) AS total FROM numbers';
  const input = { sql, sources: { numbers: { rows: [{ n: 1 }, { n: 2 }] } } };
  const [job, lost, large] = await Promise.all([
    deployment.client.run('run-query', input),
    deployment.client.run('run-query', input),
    deployment.client.run('run-query', { sql: "SELECT repeat('x', 100) AS x FROM range(500)" }),
    local.start(),
  ]);
  symlinkSync(local.folder, join(folder, '.delegation'));
  // The CLI of version 1 asks SQS at an address of its own unless it is given one.
  const cli = `#!/bin/sh\nexec "${pythonFolder}/aws" \${AWS_ENDPOINT_URL:+--endpoint-url "$AWS_ENDPOINT_URL"} "$@"\n`;
  writeFileSync(join(folder, 'bin', 'aws'), cli, { mode: 0o755 });
  const now = Math.floor(Date.now() / 1000);
  variables = {
    PATH: `${join(folder, 'bin')}:${join(project, 'node_modules', '.bin')}:${process.env['PATH']}`,
    HOME: folder,
    AWS_ENDPOINT_URL: process.env['AWS_ENDPOINT_URL'],
    AWS_CA_BUNDLE: process.env['AWS_CA_BUNDLE'],
    CURL_CA_BUNDLE: process.env['AWS_CA_BUNDLE'],
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    STACK: 'Delegation-test',
    TABLE: await deployment.jobsTable(),
    URL: deployment.url,
    JOB: job.id,
    LOST_JOB: lost.id,
    LARGE_JOB: large.id,
    TOKENS_URL: tokensUrl,
    TOKEN: tokenOf(String(issuerKey), { iss: issuer, aud: 'delegation', sub: 'ann', iat: now, exp: now + 600 }),
    LOCAL: local.url,
  };
});
afterAll(() => local.remove());

describe('a command block', () => {
  it.concurrent.each(toRun)('%s', async (_, block, { before = '', after = '', prints = /^/, lacks = {}, standIns = {}, needs }) => {
    const commands = fillIn(block, standIns)
      .split('\n')
      .filter((line) => !Object.keys(lacks).some((command) => line.startsWith(command)))
      .join('\n');
    // Local mode has endpoints of its own.
    const { AWS_ENDPOINT_URL: endpoint, ...others } = variables;
    const env = needs === 'local mode' ? others : { ...others, AWS_ENDPOINT_URL: endpoint };
    const script = [functionsOf(blocks), before, commands, after].join('\n');
    expect(await bash(script, env, needs === 'repository' ? project : folder)).toMatch(prints);
  });
});

/** @returns what it printed. @throws Error with that and what it complained of, when it fails */
async function bash(script: string, env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  // Commands write to /dev/stdout, which can be opened as a pipe, and not as the socket that Node gives.
  const piped = ['-c', 'set -o pipefail; bash -eu -c "$1" </dev/null | cat', 'bash', script];
  return promisify(execFile)('bash', piped, { env, cwd, timeout: 200_000 }).then(
    ({ stdout }) => stdout,
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => {
      throw new Error(`The block ended with ${code}. It printed:\n${stdout}\nIt complained:\n${stderr}`);
    },
  );
}
