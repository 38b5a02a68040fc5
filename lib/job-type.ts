import { join } from 'node:path';
import * as z from 'zod';
import type { JobTypeContract } from '../lambdas/core/contract.ts';
import { catalogue } from '../lambdas/jobs/catalogue.ts';
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

/** Those that come with Delegation. */
export const builtInJobTypes: readonly JobType[] = catalogue.map((contract) => ({
  contract,
  folder: join(import.meta.dirname, '..', 'lambdas', 'jobs', contract.name),
}));

/** What Lambda, SQS and the engine take of a contract. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const bounds = z.object({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be kebab-case: lower-case letters, digits and single dashes')
    .max(40),
  version: z.int().min(1),
  timeoutSeconds: z.int().min(30).max(900),
  maxAttempts: z.int().min(1),
  concurrency: z.int().min(2).max(1_000),
  batchSize: z.int().min(1).max(10),
  memoryMiB: z.int().min(128).max(10_240),
  ephemeralStorageMiB: z.int().min(512).max(10_240).optional(),
});

/** @throws Error that names the members that are out of bounds */
export function checkContract(contract: JobTypeContract): void {
  const { error } = bounds.safeParse(contract);
  if (error !== undefined)
    throw new DeploymentError(`The contract of the job type ${contract.name} is not valid:\n${z.prettifyError(error)}`);
}
