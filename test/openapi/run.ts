/**
 * `npm run test:openapi`: the document as its readers use it. A strict linter passes, and two generators write clients from it, each in an empty project
 * with a TypeScript of its own, where an app over the client is type-checked and does a job.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../package/commands.ts';
import { LocalProcess } from '../support/local-process.ts';

const root = join(import.meta.dirname, '..', '..');
const document = join(root, 'openapi.json');
const work = mkdtempSync(join(tmpdir(), 'delegation-openapi-'));

interface Generator {
  readonly name: string;
  readonly packages: readonly string[];
  readonly generate: readonly string[];
}

const generators: readonly Generator[] = [
  {
    name: 'hey-api',
    packages: ['@hey-api/openapi-ts@0.99.0', 'typescript@5.9.3'],
    generate: ['openapi-ts', '--input', document, '--output', 'client', '--client', '@hey-api/client-fetch'],
  },
  {
    name: 'openapi-typescript',
    packages: ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3'],
    generate: ['openapi-typescript', document, '--output', 'schema.ts', '--default-non-nullable', 'false'],
  },
];

const compilerOptions = {
  ...{ strict: true, noEmit: true, allowImportingTsExtensions: true, skipLibCheck: false, target: 'es2022', types: ['node'] },
  ...{ module: 'esnext', moduleResolution: 'bundler', exactOptionalPropertyTypes: false },
};

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
rmSync(work, { recursive: true, force: true });

async function main(): Promise<number> {
  const server = new LocalProcess(root);
  await Promise.all([lint(), server.start()]);
  try {
    for (const generator of generators) await use(generator, server.url);
  } finally {
    await server.remove();
  }
  console.log(`openapi: the linter found nothing, and the clients of ${generators.map(({ name }) => name).join(' and ')} compile and work`);
  return 0;
}

/** @throws Error with what it found */
async function lint(): Promise<void> {
  const project = await install('lint', ['@stoplight/spectral-cli@6.16.3']);
  const ruleset = join(root, 'test', 'openapi', 'spectral.yaml');
  await run(['npx', '--no-install', 'spectral', 'lint', '--ruleset', ruleset, '--fail-severity', 'hint', document], project);
}

/** @throws Error when the client is not written, does not compile, or does not do its job */
async function use({ name, packages, generate }: Generator, url: string): Promise<void> {
  const project = await install(name, [...packages, '@types/node@24']);
  const app = `${name}.ts`;
  cpSync(join(import.meta.dirname, 'clients', app), join(project.cwd, app));
  writeFileSync(join(project.cwd, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: [app] }));
  await run(['npx', '--no-install', ...generate], project);
  await run(['npx', '--no-install', 'tsc', '-p', '.'], project);
  // Bundled, since the modules of a generated client name each other without extensions, which Node does not follow.
  await run(
    [join(root, 'node_modules', '.bin', 'esbuild'), app, '--bundle', '--platform=node', '--format=esm', '--outfile=app.mjs'],
    project,
  );
  const printed = await run([process.execPath, 'app.mjs', url], project);
  const found = JSON.stringify(JSON.parse(printed));
  const expected = JSON.stringify({ status: 'succeeded', listed: 1, code: 'invalid-submission' });
  if (found !== expected) throw new Error(`The app over the client of ${name} printed ${found}, not ${expected}.`);
}

async function install(name: string, packages: readonly string[]) {
  const cwd = join(work, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  const place = { cwd, env: process.env };
  await run(['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...packages], place);
  return place;
}
