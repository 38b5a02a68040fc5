/** What AWS bills for one job, in the units of the bill: those of the ledger in docs/architecture.md. */
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { isStored, itemBytes, ledger, sendsOf, writeUnitsOf } from '../../ledger.ts';
import type { ValidationResource } from '../openapi/resource-schemas.ts';

/** The path of a job that succeeds at once. */
const path = [...ledger.accept, ...ledger.claim, ...ledger.finish];

/**
 * @param inputBytes of the input as JSON
 * @param seconds how long the worker of such a job runs
 * @returns what a job costs that succeeds at its first attempt, alone in its batch
 */
export function estimateCost(
  { memoryMiB }: Pick<JobTypeContract, 'memoryMiB'>,
  { inputBytes, seconds }: { readonly inputBytes: number; readonly seconds: number },
): NonNullable<ValidationResource['estimatedCost']> {
  return {
    dynamoDbWriteUnits: writeUnitsOf(path, Math.ceil(itemBytes(inputBytes) / 1024)),
    // A message is sent, received and deleted.
    sqsRequests: sendsOf(path) + 2,
    // A large input is written once, and read by the attempt.
    s3Requests: isStored(inputBytes) ? 2 : 0,
    // The API and the worker.
    lambdaRequests: 2,
    lambdaGigabyteSeconds: Math.round((memoryMiB / 1024) * seconds * 1000) / 1000,
    seconds,
  };
}
