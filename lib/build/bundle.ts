/** A handler as one bundled file: no install step, no Docker, only what the handler imports. Without CDK, since the local mode bundles as well. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildFailure, type BuildOptions, build, buildSync, type Metafile } from 'esbuild';
import { DeploymentError } from '../deployment-error.ts';
import { addNativePackage, duckDbPackage } from './native-packages.ts';

export interface BundleInput {
  /** The file that exports `handler`, without its `.ts` or `.js`. */
  readonly entry: string;
  /** Names the bundle among those of one app. */
  readonly name: string;
  /** The folders of the job types that the handler finds as its catalogue. */
  /** `contractFile`: a bundle of the contract, in place of the file in the folder. */
  readonly jobTypes: readonly { readonly folder: string; readonly contractFile?: string }[];
  /** The machine that will run it, as platform packages are named: `linux-arm64`. */
  readonly platform: string;
  /** Where the bundle is written: this function's own folder, of this app. */
  readonly buildFolder: string;
  /** Packages whose platform packages are named `<name>-<platform>` and cannot be bundled. */
  readonly nativeModules?: readonly string[];
}

export interface Bundle {
  /** Holds `index.js`, a file for each process that the handler starts and for each part that it loads later, and `node_modules` for what is native. */
  readonly folder: string;
  /** The files from which `index.js` (and the files of its processes) are bundled. */
  readonly inputs: readonly string[];
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

/** The entry of one of Delegation's own handlers. */
export const handlerEntry = (name: 'api' | 'clock' | 'console') => join(lambdas, name, 'handler');

const isOwnHandler = (entry: string) => entry === handlerEntry('api') || entry === handlerEntry('clock');

/**
 * Bundles for Lambda, and waits: CDK's constructs cannot await.
 * @throws DeploymentError when something is missing
 */
export function bundle(input: BundleInput): Bundle {
  const options = optionsOf(input);
  // Built again each time in the same place: CDK takes a copy, and a binding is large.
  rmSync(options.outdir, { recursive: true, force: true });
  try {
    return finish(input, options, buildSync(options).metafile);
  } catch (error) {
    throw explained(input, error);
  }
}

/** Bundles for this machine: stack traces show the names and lines of the sources. */
export async function bundleForThisMachine(input: BundleInput): Promise<Bundle> {
  const options = optionsOf(input);
  try {
    const { metafile } = await build({ ...options, ...readable });
    return finish(input, options, metafile);
  } catch (error) {
    throw explained(input, error);
  }
}

/** Bundles a job type's contract alone. @returns the file that exports it */
export async function bundleContract(
  folder: string,
  buildFolder: string,
): Promise<{ readonly file: string; readonly inputs: readonly string[] }> {
  const outfile = join(buildFolder, 'contract.cjs');
  const { metafile } = await build({
    ...bundleOptions,
    ...readable,
    metafile: true,
    entryPoints: [sourceFile(join(folder, 'contract'))],
    outfile,
    alias: ownPackage(),
  });
  return { file: outfile, inputs: Object.keys(metafile.inputs) };
}

const readable = {
  minify: false,
  sourcemap: 'linked',
  sourcesContent: false,
  target: `node${process.versions.node}`,
  logLevel: 'silent',
} satisfies BuildOptions;

/** A worker runs on the engine of the construct that deploys it, even if another copy of this package is installed beside it. */
function ownPackage(): Record<string, string> {
  return {
    'delegation-aws/contract': sourceFile(join(lambdas, 'core', 'contract', 'contract')),
    'delegation-aws/worker': sourceFile(join(lambdas, 'worker', 'handler')),
  };
}

/** Parts of the SDK that a worker of somebody else's may use, and Delegation's own handlers never do. */
function notUsedByHandlers(): Record<string, string> {
  return {
    '@smithy/core/event-streams': sourceFile(join(lambdas, 'adapters', 'no-event-streams')),
    '@aws-sdk/endpoint-cache': sourceFile(join(lambdas, 'adapters', 'no-endpoint-cache')),
  };
}

function optionsOf({ entry, name, jobTypes, platform, buildFolder, nativeModules = [] }: BundleInput) {
  return {
    ...bundleOptions,
    // `checkContract` and `delegation dev` do that with each contract that they bundle.
    define: { ...bundleOptions.define, CONTRACTS_ARE_CHECKED: 'true' },
    metafile: true,
    entryPoints: { index: sourceFile(entry), ...filesBeside(entry, 'process'), ...filesBeside(entry, 'part') },
    outdir: join(buildFolder, `${name}-${platform}`),
    alias: {
      '#catalogue': writeCatalogue(buildFolder, name, jobTypes),
      ...ownPackage(),
      // A fifth of a bundle, and never used in Lambda.
      '@aws-sdk/credential-provider-node': sourceFile(join(lambdas, 'adapters', 'lambda-credentials')),
      // The SDK reads a browser's name with it, in browsers.
      bowser: sourceFile(join(lambdas, 'adapters', 'no-browser')),
      ...(isOwnHandler(entry) ? notUsedByHandlers() : {}),
    },
    external: [...nativeModules.map((module) => `${module}-*`), ...Object.keys(filesBeside(entry, 'part')).map((name) => `#${name}`)],
  } satisfies BuildOptions;
}

function finish({ platform, entry, nativeModules = [] }: BundleInput, { outdir: folder }: { outdir: string }, metafile: Metafile): Bundle {
  const imports = Object.fromEntries(Object.keys(filesBeside(entry, 'part')).map((name) => [`#${name}`, `./${name}.js`]));
  // A package around it may say that files are ES modules.
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ type: 'commonjs', imports })}\n`);
  for (const module of nativeModules) addNativePackage({ module, platform, entry, inputs: Object.keys(metafile.inputs) }, folder);
  return { folder, inputs: inputsOf(metafile) };
}

/** @returns the files of which anything is in the output */
export function inputsOf({ outputs }: Metafile): readonly string[] {
  return Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs).filter((file) => (inputs[file]?.bytesInOutput ?? 0) > 0));
}

/** The built-in job type `run-query` is the only part that needs DuckDB, so the package leaves its installation to those who deploy it. */
function explained({ name }: BundleInput, error: unknown): unknown {
  const { errors = [] } = error as Partial<BuildFailure>;
  if (!errors.some(({ text }) => text.includes('Could not resolve "@duckdb/node-api"'))) return error;
  return new DeploymentError(
    `The job type ${name} needs DuckDB, which is not installed. Install it (npm install ${duckDbPackage}), or leave the type out: disabledJobTypes: ['${name}'].`,
  );
}

/**
 * Files beside the entry that are beside it in the asset as well: programs that it starts, whose names end in `-process`, and parts that it loads when
 * they are needed, with `import('#name-part')`. A part has its own copies of what it imports, so only plain data goes in and out.
 */
function filesBeside(entry: string, kind: 'process' | 'part'): Record<string, string> {
  const names = readdirSync(dirname(entry)).flatMap((file) => new RegExp(`^(.*-${kind})\\.(ts|js|mjs)$`).exec(file)?.[1] ?? []);
  return Object.fromEntries(names.map((name) => [name, sourceFile(join(dirname(entry), name))]));
}

/** The catalogue of this deployment, in place of all the types there are: a function carries no contract that it does not need. */
function writeCatalogue(buildFolder: string, name: string, jobTypes: BundleInput['jobTypes']): string {
  const file = join(buildFolder, 'catalogues', `${name}.mjs`);
  mkdirSync(join(buildFolder, 'catalogues'), { recursive: true });
  const imports = jobTypes.map(
    ({ folder, contractFile = sourceFile(join(folder, 'contract')) }, i) =>
      `import { contract as type${i} } from ${JSON.stringify(contractFile)};\n`,
  );
  writeFileSync(file, `${imports.join('')}export const catalogue = [${jobTypes.map((_, i) => `type${i}`).join(', ')}];\n`);
  return file;
}

/** @returns the TypeScript or JavaScript file of a path without its extension @throws DeploymentError when there is neither */
export function sourceFile(path: string): string {
  const found = ['.ts', '.js', '.mjs'].map((extension) => `${path}${extension}`).find(existsSync);
  if (found === undefined) throw new DeploymentError(`There is no ${path}.ts (or .js): a job type's folder holds contract and worker.`);
  return found;
}
