/** The bundles of a deployment's functions, and a bare one to compare them with. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { bundle, bundleOptions, inputsOf } from '../lib/build/bundle.ts';
import { lambdaPlatform } from '../lib/build/function-code.ts';
import { builtInJobTypes, type JobType } from '../lib/job-type.ts';

export interface Bundle {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  /** The files that it contains. */
  readonly inputs: readonly string[];
}

const root = join(import.meta.dirname, '..');
const buildFolder = join(root, '.build', 'bench');
const platform = lambdaPlatform(process.arch === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64);

/** Bundles the same SDK clients with the same options, but keeps the SDK's chain of credential sources, which the product replaces. */
export function bareBundle(): Bundle {
  const file = join(buildFolder, 'bare.js');
  const entryPoints = [join(import.meta.dirname, 'bare-function.ts')];
  const { metafile } = buildSync({ ...bundleOptions, metafile: true, entryPoints, outfile: file });
  return { name: 'bare', file, bytes: statSync(file).size, inputs: inputsOf(metafile) };
}

/** @param folder where they are built; your own job types need a folder of their own */
export function functionBundles(jobTypes: readonly JobType[] = builtInJobTypes, folder = buildFolder): readonly Bundle[] {
  const lambdas = join(root, 'lambdas');
  const handlers = ['api', 'clock'].map((name) => ({
    name,
    entry: join(lambdas, name, 'handler'),
    jobTypes,
    nativeModules: [],
  }));
  const workers = jobTypes.map((jobType) => {
    const { name, delegatesTo = [], nativeModules = [] } = jobType.contract;
    const others = jobTypes.filter(({ contract }) => delegatesTo.includes(contract.name));
    return { name, entry: join(jobType.folder, 'worker'), jobTypes: [jobType, ...others], nativeModules };
  });
  return [...handlers, ...workers].map((options) => {
    const { folder: asset, inputs } = bundle({ ...options, platform, buildFolder: folder });
    const file = join(asset, 'index.js');
    return { name: options.name, file, bytes: statSync(file).size, inputs };
  });
}
