/** The page about adding a job type: its files are written out, compiled and run as an author would. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '..', '..', '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const page = readFileSync(join(root, 'docs', 'adding-a-job-type.md'), 'utf8');
const files = [...page.matchAll(/^```ts (\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [name, text] as const);
/** What the page says of links, in the places that it means. */
const [, linkSignals = '', linkCode = ''] = /^### Links for people.*?```ts\n(.*?)```.*?```ts\n(.*?)```/ms.exec(page) ?? [];
const linkExample = `import { defineJobType } from 'delegation-aws/contract';
import { worker } from 'delegation-aws/worker';
import * as z from 'zod';
declare const sendMail: (text: string, token: string) => Promise<void>;
const contract = defineJobType({
  name: 'delete-tables', description: 'Deletes tables.', version: 1, input: z.strictObject({}), output: z.strictObject({ approved: z.boolean() }),
  ${linkSignals}
  timeoutSeconds: 30, deadline: { days: 7 }, maxAttempts: 2, backoff: { baseMs: 100, capMs: 100 },
  typicalSeconds: 1, concurrency: 2, batchSize: 1, memoryMiB: 128, permissions: () => [],
});
export const handler = worker(contract, { async run(_, ctx) {
  ${linkCode}
  return { approved };
} });
`;
const folder = mkdtempSync(join(tmpdir(), 'job-type-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The package by its name, with exports that point at the sources: what a build writes of them is the package test's affair. */
function linkPackage(): void {
  const home = join(folder, 'node_modules', 'delegation-aws');
  mkdirSync(home, { recursive: true });
  for (const part of ['lambdas', 'testing']) symlinkSync(join(root, part), join(home, part));
  const exports = {
    './contract': './lambdas/core/contract/contract.ts',
    './worker': './lambdas/worker/handler.ts',
    './testing': './testing/index.ts',
  };
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'delegation-aws', type: 'module', exports }));
  for (const dependency of ['zod', '@types']) symlinkSync(join(root, 'node_modules', dependency), join(folder, 'node_modules', dependency));
}

beforeAll(() => {
  linkPackage();
  for (const [name, text] of [...files, ['links.ts', linkExample] as const]) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const compilerOptions = { ...JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).compilerOptions, types: ['node'], paths: {} };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
});

it('has an example of links', () => expect(linkCode).toContain('ctx.signalUrl('));

it('has a contract, a worker and a test', () =>
  expect(files.map(([name]) => name)).toEqual(['contract.ts', 'worker.ts', 'worker.test.ts']));

it('compiles as strictly as the product', async () => {
  const { stdout } = await promisify(execFile)(bin('tsc'), ['-p', folder], { cwd: folder }).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

it('passes its own test', async () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(bin('node'), ['--test', '--test-reporter=tap', 'worker.test.ts'], {
    cwd: folder,
    env,
  }).catch((error: { stdout: string }) => error);
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(stdout).toMatch(/^# pass 3$/m);
});
