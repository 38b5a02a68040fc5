import { join } from 'node:path';
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import { contractViolations } from '../lambdas/core/contract/contract-violations.ts';
import type { Settings } from '../lambdas/core/contract/runtime-settings.ts';
import { catalogue } from '../lambdas/jobs/catalogue.ts';
import { deployedInternalTypes, internalTypes } from '../lambdas/jobs/internal-types.ts';
import { DeploymentError } from './deployment-error.ts';

/** A job type as a stack needs it. */
export interface JobType {
  readonly contract: JobTypeContract;
  /** Where its code is: `contract` exports `contract`, `worker` exports `handler` (`.ts` or `.js`). */
  readonly folder: string;
  /**
   * What its worker finds in `process.env` besides Delegation's own, such as the names of the app's tables and buckets, which are known at
   * deployment only. The contract's permissions name them as `{NAME}`.
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The job types that come with Delegation. */
export const builtInJobTypes: readonly JobType[] = catalogue.map((contract) => ({
  contract,
  folder: join(import.meta.dirname, '..', 'lambdas', 'jobs', contract.name),
}));

/** The job types of the service itself. */
export const internalJobTypes: readonly JobType[] = internalTypes.map((contract) => ({
  contract,
  folder: join(import.meta.dirname, '..', 'lambdas', 'jobs', contract.name),
}));

/** @returns those that a deployment with these settings has */
export function deployedInternalJobTypes(settings: Pick<Settings, 'webhooks'>): readonly JobType[] {
  const deployed = deployedInternalTypes(settings);
  return internalJobTypes.filter(({ contract }) => deployed.includes(contract));
}

/** @throws Error that names the members that are out of bounds, or where the name is one of the service's own */
export function checkContract(contract: JobTypeContract): void {
  const faults = contractViolations(contract);
  if (internalTypes.some(({ name }) => name === contract.name))
    throw new DeploymentError(`No job type can be named ${contract.name}, since the service has one of that name. Choose another name.`);
  if (faults.length > 0) throw new DeploymentError(`The contract of the job type ${contract.name} is not valid:\n${faults.join('\n')}`);
}
