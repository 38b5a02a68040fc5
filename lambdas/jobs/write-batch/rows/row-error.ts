/** What is wrong with one row, for the caller: the `reason` of a rejected row. It does not end the job unless `onInvalidRow` is `fail`. */
export class RowError extends Error {
  override readonly name = 'RowError';
}

/** @returns what `read` returned, or the fault it found */
export function orRowError<T>(read: () => T): T | RowError {
  try {
    return read();
  } catch (error) {
    if (error instanceof RowError) return error;
    throw error;
  }
}
