/** The members of a contract that a test of something else need not choose. */
export const contractLimits = {
  version: 1,
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 1,
  backoff: { baseMs: 1_000, capMs: 1_000 },
  typicalSeconds: 1,
  concurrency: 2,
  batchSize: 1,
  memoryMiB: 128,
  permissions: () => [],
} as const;
