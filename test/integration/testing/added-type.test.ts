/** The job type of the page about adding one, added to a copy of this repository: no test that reads the catalogue may fail for that. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(__dirname, '..', '..', '..');
const copy = mkdtempSync(join(tmpdir(), 'added-type-'));
const own = new Set(['node_modules', 'dist', '.build', '.git', '.delegation', '.vitest', 'cdk.out']);
afterAll(() => rmSync(copy, { recursive: true }));

beforeAll(() => {
  cpSync(root, copy, { recursive: true, filter: (path) => !own.has(basename(path)) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const page = readFileSync(join(root, 'docs', 'adding-a-job-type.md'), 'utf8');
  const folder = join(copy, 'lambdas', 'jobs', 'send-greeting');
  mkdirSync(folder);
  for (const [, name = '', text = ''] of page.matchAll(/^```ts (contract\.ts|worker\.ts)\n(.*?)^```$/gms)) {
    const imported = text
      .replace("'delegation-aws/contract'", "'../../core/contract/contract.ts'")
      .replace("'delegation-aws/worker'", "'../../worker/handler.ts'");
    writeFileSync(join(folder, name), imported);
  }
  const catalogue = join(copy, 'lambdas', 'jobs', 'catalogue.ts');
  const before = readFileSync(catalogue, 'utf8');
  const after = before
    .replace(/^import \{ contract as terminate/m, "import { contract as sendGreeting } from './send-greeting/contract.ts';\n$&")
    .replace('[launchInstances,', '[launchInstances, sendGreeting,');
  writeFileSync(catalogue, after);
});

/** Unit tests that read the catalogue, the docs or the tree. */
function affected(): readonly string[] {
  const unit = join(copy, 'test', 'unit');
  const tests = readdirSync(unit, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  return tests
    .filter((name) => /catalogue|docs|readdirSync/.test(readFileSync(join(unit, name), 'utf8')))
    .filter((name) => !name.startsWith('jobs'));
}

it('fails no unit test that reads the catalogue, the docs or the tree', async () => {
  const tests = affected();
  expect(tests.length).toBeGreaterThan(5);
  const node = join(root, 'node_modules', '.bin', 'node');
  const jest = [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--selectProjects', 'unit', '-w', '1', '--runTestsByPath'];
  const { JEST_WORKER_ID: _, ...env } = process.env;
  const paths = tests.map((name) => join(copy, 'test', 'unit', name));
  const { stderr } = await promisify(execFile)(node, [...jest, ...paths], { cwd: copy, env, maxBuffer: 1e8 }).catch(
    (error: { stderr: string }) => error,
  );
  expect(stderr).toMatch(new RegExp(`^Test Suites: ${tests.length} passed, ${tests.length} total$`, 'm'));
});
