/** Job types as callers see them, derived from their contracts. */
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { durationMs } from '../../core/contract/duration.ts';
import type { JobTypeState, StateChange } from '../../core/control/job-type-states.ts';
import type { JobTypeResource, JobTypeSummaryResource } from '../openapi/resource-schemas.ts';
import { maxBodyBytes } from '../request/read-body.ts';
import type { JsonSchemas } from './json-schemas.ts';

/** What is known of a type besides its contract. */
export interface JobTypeView {
  readonly state: JobTypeState;
  /** Who put it there, when and why, where that is known. */
  readonly change: StateChange | undefined;
  readonly queue: JobTypeResource['queue'];
  readonly schemas: JsonSchemas;
}

export function toJobTypeSummary(contract: JobTypeContract, { state, change, queue, schemas }: JobTypeView): JobTypeSummaryResource {
  const { name, description } = contract;
  const stateChange =
    change === undefined ? null : { at: new Date(change.atMs).toISOString(), by: change.by, reason: change.reason ?? null };
  return {
    name,
    description,
    state,
    stateChange,
    queue,
    schemaHash: schemas.schemaHash,
    links: { self: `/v1/job-types/${name}` },
  };
}

/** Adds the JSON Schemas to the summary. */
export function toJobTypeResource(contract: JobTypeContract, view: JobTypeView): JobTypeResource {
  const { inputSchema, resultSchema, signalSchemas } = view.schemas;
  return {
    ...toJobTypeSummary(contract, view),
    version: contract.version,
    inputSchema,
    resultSchema,
    signalSchemas,
    limits: {
      bodyBytes: maxBodyBytes,
      timeoutSeconds: contract.timeoutSeconds,
      deadlineSeconds: durationMs(contract.deadline) / 1000,
      maxAttempts: contract.maxAttempts,
    },
    keys: contract.keys === undefined ? null : { limit: contract.keys.limit, isComputed: contract.keys.of !== undefined },
    priorities: contract.priorities === true,
  };
}
