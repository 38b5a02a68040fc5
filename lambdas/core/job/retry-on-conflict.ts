/** What an attempt returns when its conditional write lost against another writer. */
export const conflict = Symbol('conflict');

/** The optimistic write: each attempt reads, decides by what it read, and writes on the condition that nothing changed meanwhile. */
export async function retryOnConflict<T>(maxAttempts: number, attempt: () => Promise<T | typeof conflict>): Promise<T | typeof conflict> {
  for (let i = 0; i < maxAttempts; i++) {
    const result = await attempt();
    if (result !== conflict) return result;
  }
  return conflict;
}
