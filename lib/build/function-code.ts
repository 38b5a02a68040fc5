/** A handler as one bundled file: no install step, no Docker, only what the handler imports. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, buildSync } from 'esbuild';
import type { JobType } from '../job-type.ts';
import { addNativePackage } from './native-packages.ts';

export interface FunctionCodeOptions {
  /** The file that exports `handler`, without its `.ts` or `.js`. */
  readonly entry: string;
  /** Names the bundle among those of one app. */
  readonly name: string;
  /** The job types that the handler finds as its catalogue. */
  readonly jobTypes: readonly JobType[];
  readonly architecture: Architecture;
  /** Where the bundle is made: this function's own, of this app. */
  readonly buildFolder: string;
  /** Packages whose platform packages are named `<name>-linux-<architecture>` and cannot be bundled. */
  readonly nativeModules?: readonly string[];
}

/** @returns an asset with `index.js`, a file for each process that the handler starts, and `node_modules` for what is native */
export function functionCode(options: FunctionCodeOptions): Code {
  return Code.fromAsset(bundle(options).folder);
}

/** How everything is bundled. */
export const bundleOptions = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // ES modules first: unused exports are dropped, about half of a bundle.
  mainFields: ['module', 'main'],
  logLevel: 'error',
  define: { 'import.meta.dirname': '__dirname' },
} satisfies BuildOptions;

const lambdas = join(import.meta.dirname, '..', '..', 'lambdas');

/** @returns the folder of the asset, and the files from which its `index.js` (and those of its processes) are bundled */
export function bundle(options: FunctionCodeOptions): { readonly folder: string; readonly inputs: readonly string[] } {
  const { entry, name, jobTypes, architecture, buildFolder, nativeModules = [] } = options;
  const cpu = architecture === Architecture.ARM_64 ? 'arm64' : 'x64';
  // Built again each time in the same place: CDK takes a copy, and a binding is large.
  const folder = join(buildFolder, `${name}-${cpu}`);
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = buildSync({
    ...bundleOptions,
    metafile: true,
    entryPoints: { index: sourceFile(entry), ...processesOf(entry) },
    outdir: folder,
    alias: {
      '#catalogue': writeCatalogue(buildFolder, name, jobTypes),
      // A fifth of a bundle, and never used in Lambda.
      '@aws-sdk/credential-provider-node': sourceFile(join(lambdas, 'adapters', 'lambda-credentials')),
    },
    external: nativeModules.map((module) => `${module}-*`),
  });
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}\n'); // a package around it may say that files are ES modules
  for (const module of nativeModules) addNativePackage(`${module}-linux-${cpu}`, folder);
  const outputs = Object.values(metafile.outputs);
  return { folder, inputs: outputs.flatMap(({ inputs }) => Object.keys(inputs).filter((file) => (inputs[file]?.bytesInOutput ?? 0) > 0)) };
}

/** Files beside the entry whose names end in `-process`: programs that it starts, so they are beside it in the asset as well. */
function processesOf(entry: string): Record<string, string> {
  const names = readdirSync(dirname(entry)).flatMap((file) => /^(.*-process)\.(ts|js|mjs)$/.exec(file)?.[1] ?? []);
  return Object.fromEntries(names.map((name) => [name, sourceFile(join(dirname(entry), name))]));
}

/** The catalogue of this deployment, in place of all the types there are: a function carries no contract that it does not need. */
function writeCatalogue(buildFolder: string, name: string, jobTypes: readonly JobType[]): string {
  const file = join(buildFolder, 'catalogues', `${name}.mjs`);
  mkdirSync(join(buildFolder, 'catalogues'), { recursive: true });
  const imports = jobTypes.map(
    ({ folder }, i) => `import { contract as type${i} } from ${JSON.stringify(sourceFile(join(folder, 'contract')))};\n`,
  );
  writeFileSync(file, `${imports.join('')}export const catalogue = [${jobTypes.map((_, i) => `type${i}`).join(', ')}];\n`);
  return file;
}

/** @throws Error when there is neither a TypeScript nor a JavaScript file */
function sourceFile(path: string): string {
  const found = ['.ts', '.js', '.mjs'].map((extension) => `${path}${extension}`).find(existsSync);
  if (found === undefined) throw new Error(`There is no ${path}.ts (or .js): a job type's folder holds contract and worker.`);
  return found;
}
