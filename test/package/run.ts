/**
 * `npm run test:package`: packs the package and uses it as its users do, from the tarball, in empty folders. Each package manager installs it for an
 * app of another kind, which is type-checked, synthesised, and run with `delegation dev`. Prints a table of what was shown.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { duckDbPackage } from '../../lib/build/native-packages.ts';
import { useRunFolder } from '../support/run-folder.ts';
import { type Place, run } from './commands.ts';
import { workWithDev } from './dev-session.ts';
import { addOneMore, useNewApp } from './new-app.ts';
import { checkSynthesised } from './synthesised.ts';
import { linkNode, userEnvironment } from './user-environment.ts';

interface User {
  readonly manager: 'npm' | 'pnpm' | 'yarn';
  readonly language: 'typescript' | 'javascript';
  readonly about: string;
  readonly files: Readonly<Record<string, string>>;
  readonly install: (packages: readonly string[]) => readonly string[];
  /** Starts a command of an installed package. */
  readonly exec: readonly string[];
  /** Starts a file of the app. */
  readonly node: readonly string[];
  /** `[the compiler, its arguments]` for each compiler that must accept the app. */
  readonly compilers: readonly (readonly string[])[];
  /** The built-in job types that the app deploys as well; `run-query` needs DuckDB. */
  readonly builtIn: readonly string[];
  readonly nodeFolder: string;
}

const root = join(import.meta.dirname, '..', '..');
/** The lowest that `engines` of package.json allows. */
const minNode = '22.15.0';
const pnpm = ['npx', '-y', '--prefer-offline', 'pnpm@12.21.0'];
const yarn = ['npx', '-y', '--prefer-offline', '--package=@yarnpkg/cli-dist@4.18.1', 'yarn'];
const compiler = [process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc')];
const olderCompiler = ['npx', '-y', '--prefer-offline', '--package=typescript@5.9.3', 'tsc'];
/** The most that the client may be, compressed as a server would. */
const maxClientBytes = 12_000;
/** Commands of npm, for an app that `delegation init` made. */
const npmApp = {
  install: ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'],
  run: ['npm', 'run'],
  exec: ['npx'],
  node: ['node'],
};
useRunFolder();
const work = mkdtempSync(join(tmpdir(), 'delegation-package-'));
const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
/** What was shown for each package manager, step by step. */
const rows: { readonly user: User; readonly steps: string[] }[] = [];

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
rmSync(work, { recursive: true, force: true });

async function main(): Promise<number> {
  const here = { cwd: root, env: process.env };
  const packed = await timed('build and pack', () => pack(here));
  const [tarball, lowNode] = await Promise.all([
    timed('publint, attw', () => lint(packed, here)),
    timed(`Node.js ${minNode}`, () => installNode(here)),
  ]);
  await timed('delegation-client alone', () => useClient(here));
  const highNode = linkNode(join(work, 'path', 'node-this'), process.execPath);
  await timed('npx delegation init', () => begin(tarball, highNode));
  const outcomes = await Promise.allSettled(users(lowNode, highNode).map((user) => use(user, tarball)));
  for (const { user, steps } of rows)
    console.log(`package: ${user.manager.padEnd(4)}  ${user.language.padEnd(10)}  ${steps.join(', ')}  (${user.about})`);
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
  for (const failure of failures) console.error(`${failure}\n`);
  console.log(
    `package: ${outcomes.length - failures.length} of ${outcomes.length} package managers install it, synthesise with it and run delegation dev`,
  );
  return failures.length;
}

function users(lowNode: string, highNode: string): readonly User[] {
  const strict = { strict: true, skipLibCheck: false, noEmit: true, allowImportingTsExtensions: true, target: 'es2022', types: ['node'] };
  const tsconfig = (more: object) => JSON.stringify({ compilerOptions: { ...strict, ...more }, include: ['app.ts', 'jobs', 'kit.ts'] });
  return [
    {
      manager: 'npm',
      language: 'typescript',
      about: `nodenext, TypeScript 7 and 5.9, Node.js ${minNode}`,
      files: { 'tsconfig.json': tsconfig({ module: 'nodenext' }) },
      install: (packages) => ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...packages],
      exec: ['npx'],
      node: ['node', '--experimental-strip-types'],
      compilers: [compiler, olderCompiler],
      builtIn: ['launch-instances', 'run-query', 'terminate-instances', 'write-batch'],
      nodeFolder: lowNode,
    },
    {
      manager: 'pnpm',
      language: 'typescript',
      about: `bundler, TypeScript 7, Node.js ${process.versions.node}`,
      files: {
        'tsconfig.json': tsconfig({ module: 'esnext', moduleResolution: 'bundler' }),
        // Neither needs its script: their binaries are packages.
        'pnpm-workspace.yaml': 'allowBuilds:\n  classic-level: false\n  esbuild: false\n',
      },
      install: (packages) => [...pnpm, 'add', ...packages],
      exec: [...pnpm, 'exec'],
      node: ['node'],
      compilers: [compiler],
      builtIn: ['run-query'],
      nodeFolder: highNode,
    },
    {
      manager: 'yarn',
      language: 'javascript',
      about: `Plug'n'Play, Node.js ${process.versions.node}`,
      files: {
        'yarn.lock': '',
        '.yarnrc.yml': `enableTelemetry: false\nnpmRegistryServer: ${JSON.stringify(registry)}\n`,
      },
      install: (packages) => [...yarn, 'add', ...packages],
      exec: yarn,
      node: [...yarn, 'node'],
      compilers: [],
      builtIn: [],
      nodeFolder: highNode,
    },
  ];
}

/** As a new user begins: in an empty folder, with nothing installed. */
async function begin(tarball: string, nodeFolder: string): Promise<void> {
  const cwd = join(work, 'new-npm');
  mkdirSync(cwd);
  const init = ['npx', '--yes', '--package', tarball, 'delegation', 'init', 'my-jobs', '--template', 'cdk-app', '--yes'];
  await useNewApp({ ...npmApp, init, folder: join(cwd, 'my-jobs') }, { cwd, env: userEnvironment(nodeFolder) });
}

/** @returns the tarball @throws Error when it holds what no user needs */
async function pack(here: Place): Promise<string> {
  await run(['npm', 'run', 'build'], here);
  const json = await run(['npm', 'pack', '--ignore-scripts', '--json', '--silent', '--pack-destination', work], here);
  const [{ filename, files, size }] = JSON.parse(json) as [{ filename: string; files: { path: string }[]; size: number }];
  const foreign = files.filter(
    ({ path }) =>
      !/^(dist\/(.*\.(js|js\.map|d\.ts)|docs\/.*\.md|cli\/init\/template\/.*|console\/static\/[a-z0-9-]+\.(css|html|svg))|package\.json|README\.md|AGENTS\.md|LICENSE)$/.test(
        path,
      ) || /test\//.test(path),
  );
  if (foreign.length > 0) throw new Error(`The package holds ${foreign.map(({ path }) => path).join(', ')}.`);
  // For `npm run test:tutorials`, which needs the same.
  const { DELEGATION_PACKED: kept } = process.env;
  if (kept !== undefined) copyFileSync(join(work, filename), join(kept, filename));
  console.log(`${filename}: ${files.length} files, ${(size / 1e3).toFixed(0)} kB packed, no tests`);
  return join(work, filename);
}

/** Installs the client alone in an empty folder, compiles code that uses it, for Node.js and for browsers, and lets it fail to reach an API. @throws Error when it brings another package, or is large */
async function useClient(here: Place): Promise<void> {
  const client = join(root, 'client');
  const json = await run(['npm', 'pack', client, '--ignore-scripts', '--json', '--silent', '--pack-destination', work], here);
  const [{ filename, files }] = JSON.parse(json) as [{ filename: string; files: { path: string }[] }];
  const foreign = files.filter(({ path }) => !/^(dist\/[a-z0-9-]+\.(js|d\.ts)|package\.json|README\.md|LICENSE)$/.test(path));
  if (foreign.length > 0) throw new Error(`The client's package holds ${foreign.map(({ path }) => path).join(', ')}.`);
  const bytes = brotliCompressSync(readFileSync(join(client, 'dist', 'index.js'))).length;
  if (bytes > maxClientBytes) throw new Error(`The client takes ${bytes} bytes, compressed; it may take ${maxClientBytes}.`);
  await lint(join(work, filename), here);
  const folder = join(work, 'client-app');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const place = { cwd: folder, env: process.env };
  await run(['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', join(work, filename)], place);
  const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  if (installed.join() !== 'delegation-client') throw new Error(`The client brings ${installed.join(', ')}.`);
  const code = `import { createClient, is, sigv4 } from 'delegation-client';
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
const client = createClient<{ greet: { input: { name: string }; output: { greeting: string } } }>({
  url: 'http://127.0.0.1:1', maxTries: 1, auth: sigv4({ region: 'eu-central-1', credentials }),
});
export const greeting: Promise<string> = client.run('greet', { name: 'Ada' }).then(({ greeting }) => greeting);
greeting.catch((error: unknown) => { globalThis.console.log(is(error, 'unreachable') ? 'unreachable, as expected' : String(error)); });
`;
  writeFileSync(join(folder, 'app.ts'), code);
  for (const [command, more] of [
    [compiler, { module: 'nodenext', lib: ['es2024', 'dom'] }],
    [olderCompiler, { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'] }],
  ] as const) {
    const compilerOptions = { noEmit: true, strict: true, target: 'es2022', types: [], skipLibCheck: false, ...more };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.ts'] }));
    await run([...command, '-p', '.'], place);
  }
  const output = await run([process.execPath, '--disable-warning=ExperimentalWarning', 'app.ts'], place);
  if (output.trim() !== 'unreachable, as expected') throw new Error(`The client printed:\n${output}`);
  console.log(`delegation-client: ${files.length} files, no other package, ${(bytes / 1e3).toFixed(1)} kB compressed`);
}

async function lint(tarball: string, here: Place): Promise<string> {
  await run([join(root, 'node_modules', '.bin', 'publint'), '--strict', tarball], here);
  await run(['npx', '-y', '--prefer-offline', '@arethetypeswrong/cli@0.18.5', '--profile', 'esm-only', tarball], here);
  return tarball;
}

/** @returns a folder for PATH */
async function installNode(here: Place): Promise<string> {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(work, 'lowest'); // npx takes commands from the folders around an app
  mkdirSync(folder);
  await run(['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--no-save', '--prefix', folder, `${name}@${minNode}`], here);
  return linkNode(join(work, 'path', 'node-lowest'), join(folder, 'node_modules', name, 'bin', 'node'));
}

async function use(user: User, tarball: string): Promise<void> {
  const cwd = join(work, user.manager);
  cpSync(join(import.meta.dirname, 'apps', user.language), cwd, { recursive: true });
  // aws-cdk-lib bundles this package. Yarn resolves it all the same, and not every mirror of the registry has it.
  const resolutions = { '@aws/cloudformation-validate': 'latest' };
  const manifest = { name: 'app', private: true, type: 'module', ...(user.manager === 'yarn' ? { resolutions } : {}) };
  for (const [file, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...user.files }))
    writeFileSync(join(cwd, file), text);
  const place = { cwd, env: userEnvironment(user.nodeFolder) };
  const local = `delegation-aws@file:${tarball}`;
  const packages = [local, 'zod', 'aws-cdk-lib', 'constructs', ...(user.compilers.length > 0 ? ['@types/node'] : [])];
  const steps: string[] = [];
  rows.push({ user, steps });
  const step = async (name: string, work: () => Promise<unknown>) => {
    const startedMs = performance.now();
    await work().catch((error: unknown) => {
      steps.push(`${name} FAILED`);
      throw new Error(`${user.manager}, ${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
    steps.push(`${name} ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  };
  await step('install', () => run(user.install([...packages, ...(user.builtIn.includes('run-query') ? [duckDbPackage] : [])]), place));
  if (user.compilers.length > 0)
    await step('types', async () => {
      for (const command of user.compilers) await run([...command, '-p', '.'], place);
    });
  await step('synth', async () => {
    const env = { ...place.env, CDK_OUTDIR: 'cdk.out', BUILT_IN: user.builtIn.join(',') };
    await run([...user.node, user.language === 'typescript' ? 'app.ts' : 'app.js'], { cwd, env });
    checkSynthesised(join(cwd, 'cdk.out'), [...user.builtIn, 'send-greeting']);
  });
  if (user.manager === 'npm') {
    const isLoaded = `process.exit(typeof require('delegation-aws').Delegation === 'function' ? 0 : 1)`;
    await step('require', () => run(['node', '--input-type=commonjs', '-e', isLoaded], place));
  }
  await step('demo', () => showDemo(user, place));
  const extension = user.language === 'typescript' ? 'ts' : 'js';
  await step('dev', () => workWithDev([...user.exec, 'delegation'], place, `jobs/send-greeting/worker.${extension}`));
  await step('add', () => addOneMore({ exec: user.exec, node: user.node, extension }, place));
  if (user.manager === 'pnpm') await step('init', () => beginWithPnpm(user, place));
}

/** Beside the app, since below it the new one would be a part of its workspace. */
async function beginWithPnpm({ exec, node }: User, place: Place): Promise<void> {
  const folder = join(work, 'new-pnpm');
  const init = [...exec, 'delegation', 'init', '../new-pnpm', '--yes', '--package-manager', 'pnpm'];
  await useNewApp({ init, folder, install: [...pnpm, 'install'], run: [...pnpm, 'run'], exec, node }, place);
}

async function showDemo({ exec, builtIn }: User, place: Place): Promise<void> {
  const output = await run([...exec, 'delegation', 'demo'], place);
  const succeeded = output.match(/^✔ .* succeeded /gm) ?? [];
  const expected = builtIn.includes('run-query') ? 3 : 2; // the query needs DuckDB
  if (succeeded.length !== expected) throw new Error(`${succeeded.length} jobs succeeded, not ${expected}:\n${output}`);
}

async function timed<T>(title: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  console.log(`${title}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  return result;
}
