/**
 * The jobs that run in this process. When a process dies, each of its jobs may be the one that killed it; so a job whose worker died runs alone the
 * next time, and one that kills its process again and again takes no neighbour with it.
 */
import type { World } from './ports.ts';

export class Company {
  private running = 0;
  private isExclusive = false;
  private readonly waiting = new Set<() => void>();

  /** @returns false while a job runs alone, or waits to: come again later */
  join(): boolean {
    if (this.isExclusive || this.waiting.size > 0) return false;
    this.running += 1;
    return true;
  }

  leave(): void {
    this.running -= 1;
    this.isExclusive = false;
    this.admitNext();
  }

  /**
   * For a job that has joined: waits until the others have left, and keeps new ones out meanwhile.
   * @returns whether it is alone now; if not, it has left
   */
  async becomeAlone(maxWaitMs: number, world: Pick<World, 'pause'>): Promise<boolean> {
    this.running -= 1;
    if (this.running === 0 && !this.isExclusive) return this.beAlone();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const admit = () => resolve(this.beAlone());
    this.waiting.add(admit);
    // A job that runs alone leaves in time; this one may be next.
    this.admitNext();
    const over = new AbortController();
    void world.pause(Math.max(0, maxWaitMs), over.signal).then(() => {
      if (!over.signal.aborted && this.waiting.delete(admit)) resolve(false);
    });
    const isAlone = await promise;
    over.abort();
    return isAlone;
  }

  private beAlone(): boolean {
    this.isExclusive = true;
    this.running += 1;
    return true;
  }

  private admitNext(): void {
    if (this.running > 0) return;
    const [next] = this.waiting;
    if (next === undefined) return;
    this.waiting.delete(next);
    next();
  }
}
