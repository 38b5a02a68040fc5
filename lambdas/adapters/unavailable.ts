import { UnavailableError } from '../core/errors.ts';
import { describeFailure } from '../core/failure.ts';

/** Runs a call to AWS; what may pass by itself (throttling, outage, broken connection) becomes an `UnavailableError`, anything else stays. */
export async function orUnavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { error: failure } = describeFailure(error);
    if (!failure.retryable) throw error;
    throw new UnavailableError(`AWS did not answer as it should: ${failure.code}: ${failure.message}`, { cause: error });
  }
}
