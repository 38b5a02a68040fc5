/** What is wrong with one row, in words for the caller: becomes the `reason` of a rejected row, and never ends the job by itself. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
}

/** @returns what `read` returned, or the fault it found */
export function orFault<T>(read: () => T): T | RowFault {
  try {
    return read();
  } catch (error) {
    if (error instanceof RowFault) return error;
    throw error;
  }
}
