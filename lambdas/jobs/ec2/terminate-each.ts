/** Terminates what can be terminated, where EC2 would refuse all because of one. */
import { terminateInstances } from './ec2-client.ts';
import { classify } from './ec2-errors.ts';

/** Instances that EC2 refused to terminate, and why. */
export interface RefusedTermination {
  readonly instanceIds: readonly string[];
  readonly error: Error;
}

/**
 * A request that names several instances is refused when one of them is protected, unknown or not allowed, so what was refused is asked again
 * in halves. What has ended already stays so.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html
 * @returns those that EC2 refused; all others are ending
 * @throws what the SDK threw when EC2 did not decide: it was too busy, it failed, or its response was lost
 */
export async function terminateEach(ids: readonly string[], signal: AbortSignal): Promise<readonly RefusedTermination[]> {
  try {
    await terminateInstances(ids, signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    if (['throttled', 'unknown'].includes(classify(error))) throw error;
    if (ids.length <= 1) return [{ instanceIds: ids, error: error as Error }];
    const half = Math.ceil(ids.length / 2);
    return [...(await terminateEach(ids.slice(0, half), signal)), ...(await terminateEach(ids.slice(half), signal))];
  }
}
