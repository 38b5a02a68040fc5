import { UnavailableError } from '../core/errors.ts';
import { isTransient } from '../core/failure.ts';

/** Runs a call to AWS; what may pass by itself (throttling, outage, broken connection) becomes an `UnavailableError`, anything else stays. */
export async function orUnavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isTransient(error)) throw error;
    throw new UnavailableError(`AWS did not answer as it should: ${String(error)}`, { cause: error });
  }
}
