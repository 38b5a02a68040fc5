/** The bundles of a deployment's functions, and a bare one to hold them against. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { bundle, bundleOptions } from '../lib/function-code.ts';
import { builtInJobTypes } from '../lib/job-type.ts';

export interface Bundle {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  /** The files that it is made of; not told of the bare one. */
  readonly inputs: readonly string[];
}

const root = join(import.meta.dirname, '..');
const buildFolder = join(root, '.build', 'bench');
const architecture = process.arch === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64;

/** The same SDK clients, bundled by the same options, but for the SDK's chain of credential sources, which the product replaces and nobody else thinks of. */
export function bareBundle(): Bundle {
  const file = join(buildFolder, 'bare.js');
  buildSync({ ...bundleOptions, entryPoints: [join(import.meta.dirname, 'bare-function.ts')], outfile: file });
  return { name: 'bare', file, bytes: statSync(file).size, inputs: [] };
}

export function functionBundles(): readonly Bundle[] {
  const lambdas = join(root, 'lambdas');
  const handlers = ['api', 'clock'].map((name) => ({
    name,
    entry: join(lambdas, name, 'handler'),
    jobTypes: builtInJobTypes,
    nativeModules: [],
  }));
  const workers = builtInJobTypes.map(({ contract, folder }, i) => ({
    name: contract.name,
    entry: join(folder, 'worker'),
    jobTypes: builtInJobTypes.slice(i, i + 1),
    nativeModules: contract.nativeModules ?? [],
  }));
  return [...handlers, ...workers].map((options) => {
    const { folder, inputs } = bundle({ ...options, architecture, buildFolder });
    const file = join(folder, 'index.js');
    return { name: options.name, file, bytes: statSync(file).size, inputs };
  });
}
