import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import { type BundleInput, bundle } from './bundle.ts';

export interface FunctionCodeOptions extends Omit<BundleInput, 'platform'> {
  readonly architecture: Architecture;
  /** Texts that are in the asset as well, by the name of their file. */
  readonly assetFiles?: Readonly<Record<string, string>>;
}

/** @returns an asset with `index.js`, a file for each process that the handler starts, and `node_modules` for what is native */
export function functionCode({ architecture, assetFiles = {}, ...input }: FunctionCodeOptions): Code {
  const { folder } = bundle({ ...input, platform: lambdaPlatform(architecture) });
  for (const [name, text] of Object.entries(assetFiles)) writeFileSync(join(folder, name), text);
  return Code.fromAsset(folder);
}

export function lambdaPlatform(architecture: Architecture): 'linux-arm64' | 'linux-x64' {
  return architecture === Architecture.ARM_64 ? 'linux-arm64' : 'linux-x64';
}
