/** What `?validateOnly=true` answers. */
import { findContract } from '../../core/contract/contract.ts';
import { durationMs } from '../../core/contract/duration.ts';
import type { Job } from '../../core/job/job.ts';
import type { Submission } from '../../core/submit/submit-job.ts';
import type { ApiDeps } from '../api-context.ts';
import type { ValidationResource } from '../openapi/resource-schemas.ts';
import { estimateCost } from './estimated-cost.ts';

/** Describes the job that a submission would create. */
export function describeValid(
  { contract, input, startAtMs = 0, deadlineMs }: Submission,
  { runtime, durations }: ApiDeps,
): ValidationResource {
  const notBeforeMs = Math.max(startAtMs, runtime.nowMs());
  return {
    type: contract.name,
    startAt: new Date(notBeforeMs).toISOString(),
    deadline: new Date(deadlineMs ?? notBeforeMs + durationMs(contract.deadline)).toISOString(),
    replayOf: null,
    estimatedCost: estimateCost(contract, {
      inputBytes: Buffer.byteLength(JSON.stringify(input)),
      seconds: durations.typicalRunSeconds(contract),
    }),
  };
}

/** Describes the job that an earlier copy of the request created; what it costs is unknown where its type is no longer deployed. */
export function describeMade({ id, type, input, ...job }: Job, { catalogue, durations }: ApiDeps): ValidationResource {
  const contract = findContract(catalogue, type);
  const inputBytes = input.kind === 'inline' ? Buffer.byteLength(input.json) : input.sizeBytes;
  return {
    type,
    startAt: new Date(job.startAtMs ?? job.createdAtMs).toISOString(),
    deadline: new Date(job.deadlineMs).toISOString(),
    replayOf: id,
    estimatedCost: contract === undefined ? null : estimateCost(contract, { inputBytes, seconds: durations.typicalRunSeconds(contract) }),
  };
}
