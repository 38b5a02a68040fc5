/** What an error of AWS means when it is about Delegation's own table, bucket and queues. */
import { UnavailableError } from '../core/contract/errors.ts';
import { isTransient } from '../core/job/failure.ts';

/**
 * Codes of what somebody must put right: a role, a key or a resource of the deployment is not as it was deployed. It may be so for seconds, while
 * IAM spreads a change, or for days, and every job waits meanwhile, rather than end for a fault that is none of its own.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
const repairable: readonly RegExp[] = [
  // A right: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
  /^(AccessDenied|NotAuthorized|Unauthorized|AllAccessDisabled|AccountProblem|OptInRequired|InvalidSecurity)/,
  // Credentials: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  /^(UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|ExpiredToken|InvalidToken|MissingAuthenticationToken|TokenRefreshRequired)/,
  /^(IncompleteSignature|InvalidSignature|SignatureDoesNotMatch|RequestExpired|RequestTimeTooSkewed)/,
  // A key that is disabled, to be deleted or closed to the role: S3's begin with `KMS.`, those of SQS with `Kms`.
  /^(KMS|Kms)/,
  // A table that is being restored, a bucket or queue that was deleted and is deployed again.
  /^(ResourceNotFound|ResourceInUse|TableNotFound|IndexNotFound|NoSuchBucket|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)/,
  // More at once than the service takes.
  /^(OverLimit|LimitExceeded|TransactionConflict|ReplicatedWriteConflict|OperationAborted)/,
];

/**
 * Runs a call about Delegation's own. What may pass becomes an `UnavailableError`: throttling, an outage, a broken connection, and what
 * {@link isRepairable} says. Anything else stays as it is.
 */
export async function wrapUnavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** @returns the error by which the core knows that a call about Delegation's own may succeed later; any other error as it is */
export function asUnavailable(error: unknown): unknown {
  if (isTransient(error)) return new UnavailableError(`AWS did not answer as it should: ${String(error)}`, { cause: error });
  if (!isRepairable(error)) return error;
  const message = `AWS refuses Delegation its own table, bucket or queue, so its role, key or resources were changed: ${String(error)}`;
  return new UnavailableError(message, { cause: error });
}

/** @returns whether somebody can put right what the call failed with, so that the same call succeeds */
function isRepairable(error: unknown): boolean {
  const { name = '', $metadata } = (error ?? {}) as { name?: unknown; $metadata?: { httpStatusCode?: number } };
  // Some answers have no code: S3's to HEAD, and those of a network's own proxy.
  return [401, 403].includes($metadata?.httpStatusCode ?? 0) || repairable.some((code) => code.test(String(name)));
}
