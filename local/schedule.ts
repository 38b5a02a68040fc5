/** EventBridge's part: one run after the other, at a fixed rate. A run that fails is made up for by the next. */
export function startSchedule(run: () => Promise<unknown>, everyMs: number): { stop(): Promise<void> } {
  let current: Promise<unknown> = Promise.resolve();
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    current = run()
      .catch(() => undefined)
      .finally(() => {
        isRunning = false;
      });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}
