import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isReadOnly } from '../../lib/doctor/read-only.ts';
import { type Answers, elements, startAwsEndpoint } from '../support/aws-endpoint.ts';

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'doctor-test-'));
const config = join(folder, 'delegation.config.ts');
writeFileSync(
  config,
  `export default [{
    disabledJobTypes: ['run-query', 'write-batch', 'launch-instances'],
    auth: { kind: 'jwt', issuer: 'https://127.0.0.1:2', audience: ['delegation'] },
  }];`,
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number | null;
  readonly out: string;
}

/** Runs the doctor as a user does, with only this environment. */
async function doctor(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Run> {
  // For `npm run test:models`.
  const { DELEGATION_RECORD_CALLS: calls } = process.env;
  const recorder = calls === undefined ? [] : ['--import', './test/models/record-calls.ts'];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...recorder, 'bin/cli.ts', 'doctor', ...args], {
    cwd: root,
    env: {
      ...(calls === undefined ? {} : { DELEGATION_RECORD_CALLS: calls }),
      PATH: process.env['PATH'],
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
  return { code: await new Promise((resolve) => child.once('close', resolve)), out };
}

const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'eu-central-1' };

async function withEndpoint(answers: Answers, args: readonly string[]): Promise<Run & { readonly operations: readonly string[] }> {
  const endpoint = await startAwsEndpoint(answers);
  try {
    return { ...(await doctor(args, { ...keys, AWS_ENDPOINT_URL: endpoint.url })), operations: endpoint.operations };
  } finally {
    await endpoint.stop();
  }
}

const wrong = join(folder, 'wrong.config.ts');
writeFileSync(wrong, 'export default [{ retentionDays: 0 }];');

it.each([
  ['without a region', {}, 'No region is set.'],
  ['without credentials', { AWS_REGION: 'eu-central-1' }, 'There are no AWS credentials.'],
  ['offline', { ...keys, AWS_ENDPOINT_URL: 'http://127.0.0.1:2' }, 'AWS cannot be reached in eu-central-1: ECONNREFUSED.'],
])('%s, and with settings that cannot be deployed, the doctor reports both, once', async (_, env, expected) => {
  const { code, out } = await doctor(['-c', wrong], env);
  expect(out).toContain(`PROBLEM ${expected}`);
  expect(out).toMatch(/PROBLEM .*wrong\.config\.ts cannot\s+be\s+deployed:\s+These\s+settings\s+are\s+not\s+valid[\s\S]*retentionDays/);
  expect(out.match(/PROBLEM/g)).toHaveLength(2);
  expect(code).toBe(1);
});

it('without credentials, the doctor still makes the checks that need no account', async () => {
  const { code, out } = await doctor(['-c', config], { AWS_REGION: 'eu-central-1' });
  expect(out).toMatch(/defines\s+the\s+stack\s+Delegation/);
  expect(out).toMatch(/PROBLEM The issuer's discovery document cannot be read/);
  expect(out.replaceAll(/\s+/g, ' ')).toContain('Nothing else was checked: it needs a region and credentials that AWS accepts.');
  expect(code).toBe(1);
});

describe('with an identity and no permission', () => {
  it('each check of the doctor names the missing permission, the others continue, and nothing is written', async () => {
    const GetCallerIdentity = elements({ Arn: 'arn:aws:iam::123456789012:user/ada', Account: '123456789012', UserId: 'x' });
    const { code, out, operations } = await withEndpoint({ GetCallerIdentity }, ['-c', config, '--json', '--redact']);
    const { account, region, findings } = JSON.parse(out) as {
      account: string;
      region: string;
      findings: { status: string; check: string; found: string; lacks?: string }[];
    };
    expect([account, region]).toEqual(['<account>', 'eu-central-1']);
    expect(out).not.toContain('123456789012');
    const skipped = findings.filter(({ status }) => status === 'skipped').map(({ lacks }) => lacks);
    expect(skipped.sort()).toEqual(
      [
        'apigateway:GET',
        'cloudformation:DescribeStacks',
        'cloudformation:DescribeType',
        'iam:GetRole',
        'iam:GetRole',
        'iam:ListAttachedRolePolicies',
        'lambda:GetAccountSettings',
        'lambda:ListLayers',
        's3:ListBucket',
        'ssm:GetParameter',
        'ssm:GetParameter',
      ].sort(),
    );
    // Only the issuer's: an unknown state does not count as a problem.
    expect(findings.filter(({ status }) => status === 'problem').map(({ check }) => check)).toEqual(['issuer']);
    expect(code).toBe(1);
    const isRead = (operation: string) => /^(GET|HEAD) /.test(operation) || isReadOnly(operation);
    expect(operations.filter((operation) => !isRead(operation))).toEqual([]);
    expect(operations.length).toBeGreaterThan(10);
  });
});

it('the doctor accepts the options that it documents', async () => {
  expect(await doctor(['--nonsense'], {})).toMatchObject({ code: 2, out: expect.stringContaining('doctor has no option --nonsense') });
  expect(await doctor(['--help'], {})).toMatchObject({ code: 0, out: expect.stringContaining('writes nothing') });
});
