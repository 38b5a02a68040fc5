/** What an attempt returns when another writer changed the record first. */
export const conflict = Symbol('conflict');

/** Repeats an optimistic write: each attempt reads, decides, and writes on the condition that nothing has changed meanwhile. @returns `conflict` if all attempts lost */
export async function retryOnConflict<T>(maxAttempts: number, attempt: () => Promise<T | typeof conflict>): Promise<T | typeof conflict> {
  for (let i = 0; i < maxAttempts; i++) {
    const result = await attempt();
    if (result !== conflict) return result;
  }
  return conflict;
}
