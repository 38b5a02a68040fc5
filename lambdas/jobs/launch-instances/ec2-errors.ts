/** What EC2's error codes mean for a job. */
import { DelegationError, PermanentError, RetryableError } from '../../core/errors.ts';

/** Asked too fast. `RequestLimitExceeded` is EC2's own; the others are what AWS's gateways say. */
const throttlingCodes: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'RequestThrottled',
  'EC2ThrottledException',
]);

/**
 * Nothing is wrong with the request, there is just no room for it now: here, or within the account's limits.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
 * @see https://github.com/github-aws-runners/terraform-aws-github-runner `scale_errors`, the codes that runners at scale came to try again on
 */
const capacityCodes: ReadonlySet<string> = new Set([
  'InsufficientInstanceCapacity',
  'InsufficientHostCapacity',
  'InsufficientReservedInstanceCapacity',
  'InsufficientCapacityOnHost',
  'MaxSpotInstanceCountExceeded',
  'MaxSpotFleetRequestCountExceeded',
  'SpotMaxPriceTooLow',
  'UnfulfillableCapacity',
  'ResourceLimitExceeded',
  'InstanceLimitExceeded',
  'VcpuLimitExceeded',
  'TargetCapacityLimitExceededException',
]);

export type Ec2Failure =
  /** Refused before anything was looked at; an earlier call with the same token may still have had its effect. */
  | 'throttled'
  | 'no-capacity'
  /** This type does not exist in that zone; another placement may. */
  | 'unsupported'
  /** The request is wrong, or not allowed. */
  | 'refused'
  /** Nobody knows: EC2 failed, or did not answer. */
  | 'unknown';

/** @param error what the SDK threw */
export function classify(error: unknown): Ec2Failure {
  const { name } = error as Error;
  if (throttlingCodes.has(name)) return 'throttled';
  if (capacityCodes.has(name)) return 'no-capacity';
  if (name === 'Unsupported') return 'unsupported';
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}

/** @returns the error that the job is to fail or to be tried again with, in EC2's own words */
export function toJobError(error: unknown): DelegationError {
  if (error instanceof DelegationError) return error;
  const { name, message } = error as Error;
  const options = { code: name, cause: error };
  const isFinal = classify(error) === 'refused' || classify(error) === 'unsupported';
  return isFinal ? new PermanentError(message, options) : new RetryableError(message || name, options);
}

/** Runs a call to EC2, and throws what it throws as the job's error: why the job was told to stop, if it was. */
export async function callEc2<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    signal.throwIfAborted();
    throw toJobError(error);
  }
}
