/** Job types as callers see them, derived from their contracts. */
import * as z from 'zod';
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { durationMs } from '../../core/contract/duration.ts';
import type { JobTypeState, StateChange } from '../../core/control/job-type-states.ts';
import type { JobTypeResource, JobTypeSummaryResource } from '../openapi/resource-schemas.ts';
import { maxBodyBytes } from '../request/read-body.ts';

/** A type's state with who put it there, when and why, where that is known. */
export interface StateView {
  readonly state: JobTypeState;
  readonly change: StateChange | undefined;
}

export function toJobTypeSummary({ name, description }: JobTypeContract, { state, change }: StateView): JobTypeSummaryResource {
  const stateChange =
    change === undefined ? null : { at: new Date(change.atMs).toISOString(), by: change.by, reason: change.reason ?? null };
  return { name, description, state, stateChange, links: { self: `/v1/job-types/${name}` } };
}

/** Adds the JSON Schemas (2020-12) of input and result to the summary. */
export function toJobTypeResource(contract: JobTypeContract, state: StateView): JobTypeResource {
  return {
    ...toJobTypeSummary(contract, state),
    version: contract.version,
    inputSchema: z.toJSONSchema(contract.input, { io: 'input', unrepresentable: 'any' }),
    resultSchema: z.toJSONSchema(contract.output, { unrepresentable: 'any' }),
    limits: {
      bodyBytes: maxBodyBytes,
      timeoutSeconds: contract.timeoutSeconds,
      deadlineSeconds: durationMs(contract.deadline) / 1000,
      maxAttempts: contract.maxAttempts,
    },
  };
}
