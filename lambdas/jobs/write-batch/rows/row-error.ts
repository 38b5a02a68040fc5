/** What is wrong with one row, in words for the caller: becomes the `reason` of a rejected row, and never ends the job by itself. */
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
