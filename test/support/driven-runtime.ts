import type { Runtime } from '../../lambdas/core/job/ports.ts';
import type { StopSignal } from '../../lambdas/core/job/stop.ts';

/** A clock that only the test moves. Whoever pauses goes on when the time has been moved far enough. */
export class DrivenRuntime implements Runtime {
  private now = Date.UTC(2026, 10, 24, 12);
  private readonly prefix = Math.random().toString(36).slice(2);
  private tokens = 0;
  private readonly sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  chance = 0.5;

  nowMs(): number {
    return this.now;
  }

  monotonicMs(): number {
    return this.now;
  }

  random(): number {
    return this.chance;
  }

  newToken(): string {
    this.tokens += 1;
    return `${this.prefix}x${this.tokens}`;
  }

  sleep(ms: number, signal: StopSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { untilMs: this.now + ms, wake: resolve };
      this.sleepers.add(sleeper);
      signal.addEventListener('abort', () => {
        this.sleepers.delete(sleeper);
        resolve();
      });
    });
  }

  /** Moves the time past everybody who pauses, as if their processes were gone. */
  skip(ms: number): void {
    this.sleepers.clear();
    this.advance(ms);
  }

  /** Moves the time and wakes whose pause is over. */
  advance(ms: number): void {
    this.now += ms;
    for (const sleeper of [...this.sleepers]) {
      if (sleeper.untilMs > this.now) continue;
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
