import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../core/job/ports.ts';

/** The machine's own clock and chance. */
export const realWorld: World = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  newToken: () => randomBytes(12).toString('hex'),
  pause: async (ms, signal) => {
    // Unreferenced: a timer alone keeps no process alive.
    await sleep(ms, undefined, { signal, ref: false }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  },
};
