/** Job types as callers see them, derived from their contracts. */
import * as z from 'zod';
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { durationMs } from '../../core/contract/duration.ts';
import type { JobTypeState } from '../../core/control/job-type-states.ts';
import type { JobTypeResource, JobTypeSummaryResource } from '../openapi/resource-schemas.ts';
import { maxBodyBytes } from '../request/read-body.ts';

export function toJobTypeSummary({ name, description }: JobTypeContract, state: JobTypeState): JobTypeSummaryResource {
  return { name, description, state, links: { self: `/v1/job-types/${name}` } };
}

/** Adds the JSON Schemas (2020-12) of input and result to the summary. */
export function toJobTypeResource(contract: JobTypeContract, state: JobTypeState): JobTypeResource {
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
