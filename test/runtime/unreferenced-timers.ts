/** Preloaded into a function's process: a mutant of it, in which no timer keeps the process alive. */
for (const name of ['setInterval', 'setTimeout'] as const) {
  const original = globalThis[name] as (...args: unknown[]) => NodeJS.Timeout;
  Object.defineProperty(globalThis, name, { value: (...args: unknown[]) => original(...args).unref() });
}
