/** The job types there are: adding one is adding its folder and a line here. */
import type { JobTypeContract } from '../core/contract/contract.ts';
import { contract as launchInstances } from './launch-instances/contract.ts';
import { contract as runQuery } from './run-query/contract.ts';
import { contract as terminateInstances } from './terminate-instances/contract.ts';
import { contract as writeBatch } from './write-batch/contract.ts';

export const catalogue: readonly JobTypeContract[] = [launchInstances, runQuery, terminateInstances, writeBatch];
