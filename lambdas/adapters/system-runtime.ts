import { randomFillSync } from 'node:crypto';
import type { Runtime } from '../core/job/ports.ts';
import type { StopSignal } from '../core/job/stop.ts';

/** Bytes of a token: enough that none can be guessed, and that no two are the same. */
const tokenBytes = 12;

/** Random bytes are drawn for many tokens at once: a call of the generator takes longer than everything else that a token needs. */
const drawn = Buffer.alloc(256 * tokenBytes);
let used = drawn.length;

function newToken(): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += tokenBytes;
  return drawn.toString('hex', used - tokenBytes, used);
}

/** Without an error for each sleep that is cut short, of which every job has three: they took a quarter of the engine's time. */
function sleep(ms: number, signal: StopSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    // Unreferenced: a timer alone keeps no process alive.
    const timer = setTimeout(end, ms).unref();
    signal.addEventListener('abort', end);
  });
}

/** The machine's own clock and chance. */
export const systemRuntime: Runtime = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => Math.random(),
  newToken,
  sleep,
};
