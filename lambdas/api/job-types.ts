/** What may be delegated, told from the contracts. */
import * as z from 'zod';
import type { JobTypeContract } from '../core/contract/contract.ts';
import { durationMs } from '../core/contract/duration.ts';
import type { TypeState } from '../core/control/job-type-states.ts';
import { largestBodyBytes } from './read-body.ts';

export function presentJobTypeSummary({ name, description }: JobTypeContract, state: TypeState) {
  return { name, description, state, links: { self: `/v1/job-types/${name}` } };
}

/** With the JSON Schemas (2020-12) of input and result. */
export function presentJobType(contract: JobTypeContract, state: TypeState) {
  return {
    ...presentJobTypeSummary(contract, state),
    version: contract.version,
    inputSchema: z.toJSONSchema(contract.input, { io: 'input', unrepresentable: 'any' }),
    resultSchema: z.toJSONSchema(contract.output, { unrepresentable: 'any' }),
    limits: {
      bodyBytes: largestBodyBytes,
      timeoutSeconds: contract.timeoutSeconds,
      deadlineSeconds: durationMs(contract.deadline) / 1000,
      maxAttempts: contract.maxAttempts,
    },
  };
}
