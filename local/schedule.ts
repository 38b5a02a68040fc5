/** EventBridge's part: one run after the other, the first at once, since jobs may have become due while nothing ran. A run that fails is made up for by the next. */
export function startSchedule(run: () => Promise<unknown>, everyMs: number): { stop(): Promise<void> } {
  let current: Promise<unknown> = Promise.resolve();
  let isRunning = false;
  const tick = () => {
    if (isRunning) return;
    isRunning = true;
    current = run()
      .catch(() => undefined)
      .finally(() => {
        isRunning = false;
      });
  };
  tick();
  const timer = setInterval(tick, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await current;
    },
  };
}
