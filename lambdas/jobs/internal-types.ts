/**
 * The job types of the service itself: work of its own that takes long or must survive a crash is a job on the ordinary engine, with its own queue
 * and worker. Callers cannot submit them, and see those that they caused.
 */
import type { JobTypeContract } from '../core/contract/contract.ts';
import type { Settings } from '../core/contract/runtime-settings.ts';
import { contract as bulkAction } from './bulk-action/contract.ts';
import { contract as deliverWebhook } from './deliver-webhook/contract.ts';
import { contract as group } from './group/contract.ts';

/** All there are, by which their jobs are shown. */
export const internalTypes: readonly JobTypeContract[] = [bulkAction, deliverWebhook, group];

/** Names of those whose jobs have no events: they are part of what another job or a request does. A group is what its caller waits for. */
export const typesWithoutEvents: readonly string[] = internalTypes.flatMap((contract) => (contract === group ? [] : [contract.name]));

/** @returns those that have a queue and a worker under these settings */
export function deployedInternalTypes({ webhooks }: Pick<Settings, 'webhooks'>): readonly JobTypeContract[] {
  return internalTypes.filter((contract) => contract !== deliverWebhook || webhooks !== undefined);
}
