/** What AWS bills for one job, in the units of the bill: those of the ledger in docs/architecture.md. */
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { inlinePayloadBytes } from '../../core/job/payload.ts';
import type { ValidationResource } from '../openapi/resource-schemas.ts';

/** The units of a job of up to 1 KB that succeeds at once: accepted (the item and two index entries), claimed, completed. */
const small = { writes: [3, 1, 2], sqsRequests: 3, lambdaRequests: 2 };
/** The bytes of an item besides the input. */
const itemBytes = 700;

/**
 * @param inputBytes of the input as JSON
 * @param seconds how long the worker of such a job runs
 * @returns what a job costs that succeeds at its first attempt, alone in its batch
 */
export function estimateCost(
  { memoryMiB }: Pick<JobTypeContract, 'memoryMiB'>,
  { inputBytes, seconds }: { readonly inputBytes: number; readonly seconds: number },
): NonNullable<ValidationResource['estimatedCost']> {
  const isStored = inputBytes > inlinePayloadBytes;
  const kilobytes = Math.ceil((itemBytes + (isStored ? 150 : inputBytes)) / 1024);
  return {
    // Each write of an item pays for each KB of it, and an index entry for one.
    dynamoDbWriteUnits: small.writes.reduce((sum, units) => sum + units + kilobytes - 1, 0),
    sqsRequests: small.sqsRequests,
    // Written once, and read by the attempt.
    s3Requests: isStored ? 2 : 0,
    lambdaRequests: small.lambdaRequests,
    lambdaGigabyteSeconds: Math.round((memoryMiB / 1024) * seconds * 1000) / 1000,
    seconds,
  };
}
