/**
 * The jobs that run in this process. When a process dies, each of its jobs may be the one that killed it; so a job whose worker died runs alone the
 * next time, and one that kills its process again and again takes no neighbour with it.
 */
import type { Runtime } from '../job/ports.ts';

export class RunningJobs {
  private readonly present: string[] = [];
  private isExclusive = false;
  private readonly waiting = new Set<() => void>();

  /** @returns false while a job runs alone, or waits to: come again later */
  join(jobId: string): boolean {
    if (this.isExclusive || this.waiting.size > 0) return false;
    this.present.push(jobId);
    return true;
  }

  leave(jobId: string): void {
    this.remove(jobId);
    this.isExclusive = false;
    this.admitNext();
  }

  /** @returns ids of the jobs that run now */
  jobs(): readonly string[] {
    return this.present;
  }

  /**
   * For a job that has joined: waits until the others have left, and keeps new ones out meanwhile.
   * @returns whether it is alone now; if not, it has left
   */
  async becomeAlone(jobId: string, maxWaitMs: number, runtime: Pick<Runtime, 'sleep'>): Promise<boolean> {
    this.remove(jobId);
    if (this.present.length === 0 && !this.isExclusive) return this.beAlone(jobId);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const admit = () => resolve(this.beAlone(jobId));
    this.waiting.add(admit);
    // A job that runs alone leaves in time; this one may be next.
    this.admitNext();
    const over = new AbortController();
    void runtime.sleep(Math.max(0, maxWaitMs), over.signal).then(() => {
      if (!over.signal.aborted && this.waiting.delete(admit)) resolve(false);
    });
    const isAlone = await promise;
    over.abort();
    return isAlone;
  }

  private beAlone(jobId: string): boolean {
    this.isExclusive = true;
    this.present.push(jobId);
    return true;
  }

  private remove(jobId: string): void {
    const index = this.present.indexOf(jobId);
    if (index >= 0) this.present.splice(index, 1);
  }

  private admitNext(): void {
    if (this.present.length > 0) return;
    const [next] = this.waiting;
    if (next === undefined) return;
    this.waiting.delete(next);
    next();
  }
}
