/** Reads the deployments of a config file. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeploymentError } from './deployment-error.ts';
import type { DelegationProps } from './index.ts';

/** @throws Error if the file is missing or exports no deployments */
export async function readDeployments(file: string): Promise<readonly DelegationProps[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new DeploymentError(`There is no ${file}.`);
  const { default: deployments } = (await import(pathToFileURL(path).href)) as { default?: readonly DelegationProps[] };
  if (!Array.isArray(deployments)) throw new DeploymentError(`${file} must say: export default defineDeployments({ … });`);
  return deployments;
}

/** @throws Error if `stage` names none of them, or is left out and there are several */
export async function deploymentNamed(file: string, stage: string | undefined): Promise<DelegationProps> {
  const deployments = await readDeployments(file);
  const found = stage === undefined && deployments.length === 1 ? deployments[0] : deployments.find((one) => one.stage === stage);
  if (found !== undefined) return found;
  const stages = deployments.map((one) => one.stage ?? '(none)').join(', ');
  throw new Error(`--stage must name one of the deployments in ${file}: ${stages} (was ${stage ?? 'not given'}).`);
}
