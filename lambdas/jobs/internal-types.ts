/**
 * The job types of the service itself: work of its own that takes long or must survive a crash is a job on the ordinary engine, with its own queue
 * and worker. Deliveries to webhooks belong here, too. Callers cannot submit them, and see those that they caused.
 */
import type { JobTypeContract } from '../core/contract/contract.ts';
import { contract as bulkAction } from './bulk-action/contract.ts';

export const internalTypes: readonly JobTypeContract[] = [bulkAction];
