import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as esbuild from 'esbuild/lib/main.js';
import { bareBundle, functionBundles } from '../../bench/bundles.ts';
import { bundleOptions } from '../../lib/build/bundle.ts';
import { buildSync } from '../support/cached-esbuild.ts';

const root = join(__dirname, '..', '..');

const bundles = functionBundles();
const bundleOf = (name: string) => {
  const found = bundles.find((bundle) => bundle.name === name);
  if (found === undefined) throw new Error(`no bundle of ${name}`);
  return found;
};

it("the API's bundle is at most 1.35 times one of nothing but its SDK clients", () => {
  expect(bundleOf('api').bytes / bareBundle().bytes).toBeLessThanOrEqual(1.35);
});

it("the EC2 workers' bundles are at most 1.6 times the bare one, without the SDK's own client of EC2", () => {
  for (const name of ['launch-instances', 'terminate-instances']) {
    const { bytes, inputs } = bundleOf(name);
    expect([name, inputs.filter((file) => file.includes('client-ec2'))]).toEqual([name, []]);
    expect(bytes / bareBundle().bytes).toBeLessThanOrEqual(1.6);
  }
});

it('the bare function has the clients and commands of the API, and no others', () => {
  const commandsOf = ({ inputs }: { readonly inputs: readonly string[] }) =>
    [...new Set(inputs.flatMap((file) => /client-[a-z0-9]+\/dist-es\/commands\/\w+/.exec(file) ?? []))].sort();
  // That of events is in a file of its own, which no start loads.
  const commands = commandsOf(bundleOf('api')).filter((command) => !command.startsWith('client-eventbridge/'));
  expect(commandsOf(bareBundle())).toEqual(commands);
  expect(commandsOf(bareBundle()).length).toBeGreaterThan(8);
});

it('the API and the clock carry no work, and no client that they do not call', () => {
  for (const [name, foreign] of [
    ['api', /client-ec2|adapters\/ec2\/|duckdb|csv-parse|lib-storage|submodules\/event-streams|mnemonist|lambdas\/jobs\/.*\/worker\.ts/],
    [
      'clock',
      /client-ec2|adapters\/ec2\/|duckdb|csv-parse|hono|presigner|s3-upload|submodules\/event-streams|mnemonist|lambdas\/api|lambdas\/jobs\/.*\/worker\.ts/,
    ],
  ] as const)
    expect(bundleOf(name).inputs.filter((file) => foreign.test(file))).toEqual([]);
});

it('no function carries the sources of credentials that Lambda does not have', () => {
  for (const { name, inputs } of bundles)
    expect([name, inputs.filter((file) => /nested-clients|credential-provider-(?!env)|token-providers/.test(file))]).toEqual([name, []]);
});

it("the worker of queries carries no DuckDB: that is its process's, which starts from the asset alone and answers", async () => {
  const folder = dirname(bundleOf('run-query').file);
  const loadsBinding = (file: string) => readFileSync(join(folder, file), 'utf8').includes('duckdb.node');
  expect([loadsBinding('index.js'), loadsBinding('engine-process.js')]).toEqual([false, true]);
  // Away from this package, as in Lambda: nothing else is there to be loaded.
  const asset = mkdtempSync(join(tmpdir(), 'asset-'));
  cpSync(join(folder, 'engine-process.js'), join(asset, 'engine-process.js'));
  symlinkSync(join(folder, 'node_modules'), join(asset, 'node_modules'));
  const child = fork(join(asset, 'engine-process.js'), { serialization: 'advanced', env: {}, cwd: '/' });
  try {
    expect(await once(child, 'message')).toEqual([{ id: 0 }, undefined]);
    const ask = async (id: number, request: object) => {
      child.send({ id, request });
      return ((await once(child, 'message')) as [{ value: unknown }])[0];
    };
    const open = { kind: 'open', limits: { memoryMiB: 1024, spillMiB: 10 }, spillFolder: '/tmp', sourceOfPath: new Map() };
    expect(await ask(1, open)).toEqual({ id: 1, value: undefined });
    expect(await ask(2, { kind: 'query', sql: 'SELECT 42', values: [] })).toEqual({ id: 2, value: [[42]] });
  } finally {
    child.kill('SIGKILL');
    rmSync(asset, { recursive: true });
  }
});

it('the bundles that the tests of the stack share are what esbuild builds from the sources', () => {
  const entryPoints = { index: join(root, 'lambdas', 'clock', 'handler.ts') };
  const catalogue = join(root, 'lambdas', 'jobs', 'catalogue.ts');
  const [shared, own] = [buildSync, esbuild.buildSync].map((build) => {
    const outdir = mkdtempSync(join(tmpdir(), 'bundle-'));
    build({ ...bundleOptions, metafile: true, entryPoints, outdir, alias: { '#catalogue': catalogue } });
    const text = readFileSync(join(outdir, 'index.js'), 'utf8');
    rmSync(outdir, { recursive: true });
    return text;
  });
  expect(shared).toBe(own);
});

it('the part for live events carries no zod and no contract: the API has them, and hands on what needs them', () => {
  expect(statSync(join(dirname(bundleOf('api').file), 'live-part.js')).size).toBeLessThan(10_000);
});

it('no other function carries a program of another process', () => {
  for (const { name, file } of bundles)
    expect([name, existsSync(join(dirname(file), 'engine-process.js'))]).toEqual([name, name === 'run-query']);
});
