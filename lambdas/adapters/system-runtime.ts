import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../core/job/ports.ts';

/** The machine's own clock and chance. */
export const systemRuntime: Runtime = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  newToken: () => randomBytes(12).toString('hex'),
  sleep: async (ms, signal) => {
    // Unreferenced: a timer alone keeps no process alive.
    await sleep(ms, undefined, { signal, ref: false }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  },
};
