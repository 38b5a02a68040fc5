import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { WorkerDefinition } from './core/context.ts';
import type { JobTypeContract } from './core/contract.ts';

export type WorkerHandler = (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<SQSBatchResponse>;

/** Makes a job type's Lambda handler of its contract and its work. */
export function worker<Contract extends JobTypeContract>(_contract: Contract, _definition: WorkerDefinition<Contract>): WorkerHandler {
  return async () => ({ batchItemFailures: [] });
}
