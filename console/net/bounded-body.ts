/** Reads a body that may be too large to show. */

/** A value beyond this is downloaded and never becomes a part of the page. */
export const maxShownBytes = 1_000_000;
/** A tree beyond this is shown folded. */
export const maxOpenBytes = 200_000;

/**
 * Reads up to `maxBytes` and stops there, so that a large body never is in memory.
 * @returns the text; null where there is more
 */
export async function readUpTo(response: Response, maxBytes: number): Promise<string | null> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let sizeBytes = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    sizeBytes += part.value.length;
    if (sizeBytes > maxBytes) {
      await reader?.cancel();
      return null;
    }
    chunks.push(part.value);
  }
  return new Blob(chunks).text();
}
