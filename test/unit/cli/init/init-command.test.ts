import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type InitOptions, init } from '../../../../cli/init/init-command.ts';
import { recordedTerminal } from '../../../support/recorded-terminal.ts';

const around = mkdtempSync(join(tmpdir(), 'init-'));
afterAll(() => rmSync(around, { recursive: true }));
let count = 0;
const agent = process.env['npm_config_user_agent'];
beforeAll(() => {
  delete process.env['npm_config_user_agent'];
});
afterAll(() => {
  if (agent !== undefined) process.env['npm_config_user_agent'] = agent;
});

/** A folder of its own with these files. */
function folderWith(files: Readonly<Record<string, string>>): string {
  count += 1;
  const folder = join(around, `project-${count}`);
  for (const [path, text] of Object.entries({ ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
const read = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8');
const json = (folder: string) => JSON.parse(read(folder, 'package.json'));

async function run(folder: string, more: Partial<InitOptions> = {}) {
  const terminal = recordedTerminal();
  const code = await init({ folder, isConfirmed: true, isDryRun: false, terminal, ...more });
  return { code, printed: terminal.printed(), reported: terminal.reported() };
}

const jobType = ['contract.ts', 'worker.test.ts', 'worker.ts'].map((name) => `jobs/send-greeting/${name}`);
const minimal = ['.gitignore', 'AGENTS.md', 'README.md', ...jobType, 'package.json', 'tsconfig.json'];

describe('in a new folder', () => {
  it('makes an app, and ends with the next commands and how to undo it', async () => {
    const folder = join(around, 'deep', 'down', 'my-jobs');
    const { code, printed } = await run(folder);
    expect(code).toBe(0);
    expect(filesIn(folder)).toEqual(minimal);
    for (const path of minimal) expect(printed).toContain(join(folder, path));
    expect(printed).toContain('npx delegation dev');
    // What it made is the outermost new folder.
    expect(printed).toContain(`To undo it: rm -r ${join(around, 'deep')}\n`);
    expect(json(folder)).toMatchObject({ name: 'my-jobs', type: 'module', dependencies: { zod: expect.any(String) } });
  });

  it('makes a CDK app by its template', async () => {
    const folder = folderWith({});
    await run(folder, { template: 'cdk-app' });
    expect(filesIn(folder)).toEqual([...minimal, 'app.ts', 'cdk.json', 'delegation.config.ts'].sort());
    expect(json(folder).devDependencies).toHaveProperty('aws-cdk');
    expect(read(folder, 'README.md')).toContain('npx delegation deploy');
  });

  it('explains each file by a comment, in fewer than 30 lines', async () => {
    const folder = folderWith({});
    await run(folder, { template: 'cdk-app' });
    for (const path of filesIn(folder)) expect([path, read(folder, path).split('\n').length < 30]).toEqual([path, true]);
    for (const path of filesIn(folder).filter((name) => name.endsWith('.ts'))) expect(read(folder, path)).toMatch(/^\/\*\* [A-Z]/);
  });

  it('keeps what a new repository has: a readme, a licence, ignored files', async () => {
    const folder = folderWith({ 'README.md': 'mine\n', LICENSE: 'mine\n', '.git/HEAD': '', '.gitignore': '/node_modules\nsecret\n' });
    const { printed } = await run(folder);
    expect(read(folder, 'README.md')).toBe('mine\n');
    expect(read(folder, '.gitignore')).toBe('/node_modules\nsecret\n.delegation/\ncdk.out/\n.build/\n');
    expect(printed).toMatch(/leave +\S+README\.md +is there already/);
  });

  it('completes the package.json that npm init and npm install leave', async () => {
    const scripts = { test: 'echo "Error: no test specified" && exit 1', lint: 'mine' };
    const before = { name: 'mine', version: '1.0.0', type: 'commonjs', scripts, dependencies: { 'aws-cdk-lib': '2.276.0', zod: '4.6.7' } };
    const folder = folderWith({ 'package.json': JSON.stringify(before), 'package-lock.json': '{}' });
    expect((await run(folder)).printed).toContain('modify');
    expect(json(folder)).toMatchObject({ name: 'mine', version: '1.0.0', type: 'module', scripts: { lint: 'mine' } });
    expect(json(folder).scripts.test).toMatch(/^node --test/);
    expect(json(folder).dependencies).toMatchObject({ 'aws-cdk-lib': '2.276.0', zod: '4.6.7', 'delegation-aws': expect.any(String) });
  });

  it.each([
    ['Größe & Co', 'gro-e-co'],
    ['.hidden', 'hidden'],
    ['日本', 'jobs-app'],
    ['node app', 'node-app'],
  ])('names the package of the folder %s %s, and quotes the folder for a shell', async (name, packageName) => {
    const folder = join(around, 'named', name);
    const { code, printed } = await run(folder);
    expect(code).toBe(0);
    expect(json(folder).name).toBe(packageName);
    if (name.includes(' ')) expect(printed).toContain(`cd '${folder}'`);
  });
});

describe('in a project', () => {
  it('adds job types and packages to one in TypeScript, and leaves its pages and scripts', async () => {
    const manifest = '{\n\t"name": "mine",\n\t"type": "module",\n\t"scripts": {"test": "vitest"}\n}\n';
    const folder = folderWith({ 'package.json': manifest, 'tsconfig.json': '{}', 'src/index.ts': '' });
    const { printed } = await run(folder);
    expect(filesIn(folder)).toEqual(['.gitignore', ...jobType, 'package.json', 'src/index.ts', 'tsconfig.json']);
    expect(json(folder).scripts).toEqual({ test: 'vitest' });
    expect(read(folder, 'package.json')).toMatch(/^\{\n\t"name"/);
    expect(printed).toContain('"allowImportingTsExtensions": true');
    expect(printed).toContain('npm uninstall aws-cdk-lib constructs delegation-aws zod @types/node typescript');
  });

  it('leaves the CommonJS files of others in the folder jobs as they are', async () => {
    const folder = folderWith({ 'package.json': '{}', 'index.js': '', 'jobs/mine.js': 'module.exports = 1;' });
    await run(folder);
    expect(filesIn(folder)).toContain('jobs/send-greeting/package.json');
    expect(filesIn(folder)).not.toContain('jobs/package.json');
  });

  it('writes JavaScript into one in JavaScript, as ES modules beside CommonJS', async () => {
    const folder = folderWith({ 'package.json': '{}', 'index.js': '' });
    await run(folder, { template: 'cdk-app' });
    expect(filesIn(folder)).toEqual(
      ['.gitignore', 'app.mjs', 'cdk.json', 'delegation.config.mjs', 'index.js', 'jobs/package.json', 'package.json']
        .concat(jobType.map((path) => path.replace('.ts', '.js')))
        .sort(),
    );
    expect(json(folder).devDependencies).not.toHaveProperty('typescript');
    expect(read(folder, 'cdk.json')).toContain('node app.mjs');
    expect(read(folder, 'app.mjs')).toContain("'./delegation.config.mjs'");
  });

  it('adds to a CDK app what is deployed, and prints the lines for its stack', async () => {
    const manifest = JSON.stringify({ dependencies: { 'aws-cdk-lib': '2.276.0' }, devDependencies: { typescript: '~7.0.2' } });
    const folder = folderWith({ 'package.json': manifest, 'cdk.json': '{}', 'tsconfig.json': '{}', 'lib/shop-stack.ts': '' });
    const { printed } = await run(folder);
    expect(filesIn(folder)).toContain('delegation.config.ts');
    expect(filesIn(folder)).not.toContain('app.ts');
    expect(read(folder, 'delegation.config.ts')).toContain("folder: resolve('jobs', 'send-greeting')");
    expect(printed).toContain("import deployments from '../delegation.config';");
    expect(printed).toContain("new Delegation(this, 'Jobs', deployments[0]);");
    expect(json(folder).dependencies['aws-cdk-lib']).toBe('2.276.0');
  });

  it('shows a CDK app in CommonJS how to load it', async () => {
    const manifest = JSON.stringify({ dependencies: { 'aws-cdk-lib': '2.276.0' } });
    const folder = folderWith({ 'package.json': manifest, 'cdk.json': '{}', 'lib/shop-stack.js': '' });
    const { printed } = await run(folder);
    expect(printed).toContain("const { default: deployments } = require('../delegation.config.mjs');");
  });

  it.each([
    ['npm', { 'package-lock.json': '{}' }, 'npx delegation dev'],
    ['pnpm', { 'pnpm-lock.yaml': '' }, 'pnpm exec delegation dev'],
    ['yarn', { 'yarn.lock': '' }, 'yarn delegation dev'],
    ['yarn', { 'package.json': '{"packageManager":"yarn@4.18.1"}', 'package-lock.json': '{}' }, 'yarn delegation dev'],
  ])('uses %s where the files say so', async (_, files, command) => {
    expect((await run(folderWith(files))).printed).toContain(command);
  });

  it('uses the package manager of the workspace around it', async () => {
    const workspace = folderWith({ 'pnpm-workspace.yaml': 'packages: ["apps/*"]\n', 'package.json': '{}' });
    const { printed } = await run(join(workspace, 'apps', 'jobs'));
    expect(printed).toContain('pnpm install');
    expect(existsSync(join(workspace, 'apps', 'jobs', 'pnpm-workspace.yaml'))).toBe(false);
    expect(printed).toContain('allowBuilds');
  });
});

describe('refuses, and writes nothing', () => {
  it.each([
    ['a file that is there', { 'package.json': '{}', 'jobs/send-greeting/worker.ts': 'mine' }, /worker\.ts[\s\S]*delegation add job-type/],
    ['package.json that is not JSON', { 'package.json': '{"name":' }, /package\.json is not JSON: .*Correct it first/],
    ['package.json that is a list', { 'package.json': '[]' }, /package\.json must be a JSON object/],
    ['dependencies that are a list', { 'package.json': '{"dependencies":[]}' }, /"dependencies" in .* must be an object/],
  ])('%s', async (_, files, message) => {
    const folder = folderWith(files);
    const before = filesIn(folder).map((path) => read(folder, path));
    const { code, reported } = await run(folder);
    expect(code).toBe(1);
    expect(reported).toMatch(message);
    expect(filesIn(folder).map((path) => read(folder, path))).toEqual(before);
  });

  it('a folder that is a file, below a file, or behind a link that leads nowhere', async () => {
    const folder = folderWith({ file: '' });
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    for (const place of ['file', 'file/app', 'link', 'link/app']) {
      const { code, reported } = await run(join(folder, place));
      expect([place, code]).toEqual([place, 2]);
      expect(reported).toContain('is not a folder');
    }
  });

  it('a control character in the name', async () => {
    const { code, reported } = await run(join(around, 'a\nb'));
    expect([code, reported]).toEqual([2, expect.stringContaining(String.raw`"a\nb"`)]);
  });

  it.each([
    [{ template: 'all' }, /--template must be minimal or cdk-app \(was "all"\)/],
    [{ packageManager: 'bun' }, /--package-manager must be npm or pnpm or yarn \(was "bun"\)/],
    [{ language: 'ts' }, /--language must be/],
    [{ folder: '' }, /must have a name/],
  ])('the option %j', async (options, message) => {
    const { code, reported } = await run(folderWith({}), options);
    expect(code).toBe(2);
    expect(reported).toMatch(message);
  });

  it('without a terminal and without --yes, with the exit code 2', async () => {
    const folder = folderWith({});
    const { code, reported, printed } = await run(folder, { isConfirmed: false });
    expect([code, filesIn(folder)]).toEqual([2, []]);
    expect(reported).toContain('--yes');
    expect(printed).toContain('contract.ts');
  });

  it('where the answer is no, with the exit code 1', async () => {
    const folder = folderWith({});
    const terminal = recordedTerminal(false);
    expect(await init({ folder, isConfirmed: false, isDryRun: false, terminal })).toBe(1);
    expect([filesIn(folder), terminal.questions]).toEqual([[], ['Write these files?']]);
  });

  it('with --dry-run, which shows the files and asks nothing', async () => {
    const folder = folderWith({});
    const { code, printed } = await run(folder, { isConfirmed: false, isDryRun: true });
    expect([code, filesIn(folder)]).toEqual([0, []]);
    expect(printed).toContain('Nothing was written (--dry-run).');
  });
});

it('asks once on a terminal, and writes after a yes', async () => {
  const folder = folderWith({});
  const terminal = recordedTerminal(true);
  expect(await init({ folder, isConfirmed: false, isDryRun: false, terminal })).toBe(0);
  expect([filesIn(folder), terminal.questions]).toEqual([minimal, ['Write these files?']]);
});
