/** A handler as one bundled file: no install step, no Docker, only what the handler imports. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { addNativePackage } from './native-packages.ts';

const root = join(import.meta.dirname, '..');

export interface FunctionCodeOptions {
  /** From the project's root; exports `handler`. */
  readonly entry: string;
  readonly architecture: Architecture;
  /** Packages whose platform packages are named `<name>-linux-<architecture>` and cannot be bundled. */
  readonly nativeModules?: readonly string[];
}

/** @returns an asset with `index.js`, and `node_modules` for what is native */
export function functionCode(options: FunctionCodeOptions): Code {
  return Code.fromAsset(bundle(options));
}

/** @returns the folder of the asset */
export function bundle({ entry, architecture, nativeModules = [] }: FunctionCodeOptions): string {
  const cpu = architecture === Architecture.ARM_64 ? 'arm64' : 'x64';
  // Made anew each time in the same place: CDK takes a copy, and a binding is large.
  const folder = join(root, '.build', `${entry.replace(/[^a-z0-9]+/gi, '-')}-${cpu}`);
  rmSync(folder, { recursive: true, force: true });
  buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(folder, 'index.js'),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // ES modules first: what nobody imports falls away, about half of a bundle.
    mainFields: ['module', 'main'],
    external: nativeModules.map((name) => `${name}-*`),
    logLevel: 'error',
  });
  for (const name of nativeModules) addNativePackage(`${name}-linux-${cpu}`, folder);
  return folder;
}
