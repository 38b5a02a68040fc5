import { join } from 'node:path';
import type { JobTypeContract } from '../lambdas/core/contract.ts';
import { catalogue } from '../lambdas/jobs/catalogue.ts';

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
