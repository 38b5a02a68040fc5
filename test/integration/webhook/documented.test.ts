/** The examples of docs/webhooks.md, as a reader copies them: compiled, and run against a webhook that is really signed. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { signWebhook } from '../../../lambdas/webhook/sign-webhook.ts';
import { verifyWebhook } from '../../../lambdas/webhook/verify-webhook.ts';
import { parseSettings, runtimeSettings } from '../../../lib/parse-settings.ts';

const root = join(__dirname, '..', '..', '..');
const run = promisify(execFile);
const page = readFileSync(join(root, 'docs', 'webhooks.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);
const blockWith = (language: string, text: string) => {
  const [found, ...more] = blocks(language).filter((block) => block.includes(text));
  if (found === undefined || more.length > 0) throw new Error(`docs/webhooks.md has no single ${language} block with ${text}`);
  return found;
};

const folder = mkdtempSync(join(tmpdir(), 'webhook-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = JSON.stringify({ type: 'job.succeeded', timestamp: '2026-11-24T12:00:00.000Z', sequence: 7, data: { id: 'job_1' } });
const signed = (attemptedAt: Date) => signWebhook({ id: 'msg_1', attemptedAt, body: Buffer.from(body) }, [secret]);

it('verifies in TypeScript, and compiles as strictly as the product', async () => {
  const example = blockWith('ts', 'verifyWebhook');
  const imports = example.split('\n').filter((line) => line.startsWith('import '));
  const code = example.split('\n').filter((line) => !line.startsWith('import '));
  const home = join(folder, 'node_modules', 'delegation-aws');
  mkdirSync(home, { recursive: true });
  symlinkSync(join(root, 'lambdas'), join(home, 'lambdas'));
  for (const dependency of ['zod', '@types']) symlinkSync(join(root, 'node_modules', dependency), join(folder, 'node_modules', dependency));
  const exports = { './webhook': './lambdas/webhook/verify-webhook.ts' };
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'delegation-aws', type: 'module', exports }));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const file = [
    ...imports,
    "if (process.env['WEBHOOK_SECRET'] === undefined) throw new Error('no secret');",
    'declare global { namespace NodeJS { interface ProcessEnv { WEBHOOK_SECRET: string } } }',
    `const request = new Request('https://hooks.example.com/', { method: 'POST', headers: ${JSON.stringify(signed(new Date()))}, body: ${JSON.stringify(body)} });`,
    ...code,
    'console.log(JSON.stringify({ id, event }));',
  ].join('\n');
  writeFileSync(join(folder, 'receiver.ts'), file);
  const compilerOptions = { ...JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).compilerOptions, types: ['node'], paths: {} };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['receiver.ts'] }));
  const bin = (name: string) => join(root, 'node_modules', '.bin', name);
  const compiled = await run(bin('tsc'), ['-p', folder], { cwd: folder }).catch((error: { stdout: string }) => error);
  expect(compiled.stdout).toBe('');
  const { NODE_OPTIONS: _, ...own } = process.env;
  // Node does not strip types below node_modules unless it goes by the real path, which is the repository's.
  const { stdout } = await run(bin('node'), ['--disable-warning=ExperimentalWarning', 'receiver.ts'], {
    cwd: folder,
    env: { ...own, WEBHOOK_SECRET: secret },
  });
  expect(JSON.parse(stdout)).toEqual({ id: 'msg_1', event: JSON.parse(body) });
});

it('verifies with a shell', async () => {
  const attemptedAt = new Date();
  const { 'webhook-signature': signature, 'webhook-timestamp': timestamp } = signed(attemptedAt);
  writeFileSync(join(folder, 'body.json'), body);
  const env = { ...process.env, SECRET: secret, ID: 'msg_1', TIMESTAMP: timestamp };
  // `xxd -p` writes hexadecimal, as `od` does where there is no xxd.
  const script = `command -v xxd >/dev/null || xxd() { od -An -tx1 -v | tr -d ' \\n'; }\n${blockWith('text', 'openssl dgst')}`;
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env });
  expect(`v1,${stdout.trim()}`).toBe(signature);
});

it('shows the published test vector, which verifies', () => {
  const [, vectorSecret = '', id = '', timestamp = ''] = /secret `([^`]+)`, id `([^`]+)`, timestamp `(\d+)`/.exec(page) ?? [];
  const [, vectorBody = '', signature = ''] = /body `([^`]+)`, signature\n`([^`]+)`/.exec(page) ?? [];
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  const now = new Date(Number(timestamp) * 1_000);
  expect(verifyWebhook({ headers, body: vectorBody }, { secrets: vectorSecret, now })).toMatchObject({ id, event: JSON.parse(vectorBody) });
});

it('rotates with the commands shown: first both sign, then the new one alone', async () => {
  const stored = join(folder, 'stored');
  writeFileSync(stored, secret);
  const aws = `aws() { case "$2" in get-secret-value) cat ${stored};; put-secret-value) printf %s "\${!#}" > ${stored}; printf '%s\\n' "\${!#}";; esac; }`;
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', `${aws}\n${blockWith('text', 'NEW=whsec_')}`], {
    cwd: folder,
    env: { ...process.env, ID: 'arn' },
  });
  const [both = '', alone = ''] = stdout.trim().split('\n');
  expect(both).toBe(`${alone} ${secret}`);
  const headers = signWebhook({ id: 'msg_1', attemptedAt: new Date(), body: Buffer.from(body) }, both.split(' '));
  for (const one of both.split(' ')) expect(verifyWebhook({ headers: { ...headers }, body }, { secrets: one }).id).toBe('msg_1');
});

it('has settings that are accepted', () => {
  const evaluate = new Function('defineDeployments', blockWith('ts', 'defineDeployments').replace('export default', 'return'));
  const [settings] = evaluate((...given: readonly object[]) => given) as readonly [{ readonly webhooks: object }];
  expect(runtimeSettings(parseSettings(settings, ['write-batch'])).webhooks).toEqual({ allowedHosts: [], ...settings.webhooks });
});

it('has a body that says what it shows in the order that it is sent', () => {
  const [, json = ''] = /^(\{"type":"job\.succeeded".*)$/m.exec(page) ?? [];
  expect(Object.keys(JSON.parse(json.replaceAll(/,?"…":"…"/g, '')))).toEqual(['type', 'timestamp', 'sequence', 'data']);
});
