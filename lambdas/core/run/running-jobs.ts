/**
 * The jobs that run in this process. When a process dies, each of its jobs may be the one that killed it; so a job whose worker died runs alone the
 * next time, and one that kills its process again and again takes no neighbour with it.
 */
import type { Runtime } from '../job/ports.ts';
import { Stop } from '../job/stop.ts';

/** The place of one job in its process. */
export interface Place {
  readonly jobId: string;
  /**
   * Waits until the other jobs have left, and keeps new ones out meanwhile.
   * @returns whether the job is alone now; if not, it has left
   */
  becomeAlone(maxWaitMs: number, runtime: Pick<Runtime, 'sleep'>): Promise<boolean>;
  /** Gives the place up. Nothing happens if the job has left already. */
  leave(): void;
}

export class RunningJobs {
  private readonly present = new Set<Place>();
  private readonly waiting = new Set<() => void>();
  private isExclusive = false;

  /** @returns the job's place, or undefined while a job runs alone, or waits to: come again later */
  join(jobId: string): Place | undefined {
    if (this.isExclusive || this.waiting.size > 0) return undefined;
    const place: Place = {
      jobId,
      becomeAlone: (maxWaitMs, runtime) => this.becomeAlone(place, maxWaitMs, runtime),
      leave: () => this.leave(place),
    };
    this.present.add(place);
    return place;
  }

  /** @returns ids of the jobs that run now */
  jobs(): readonly string[] {
    return [...this.present].map(({ jobId }) => jobId);
  }

  private leave(place: Place): void {
    if (!this.present.delete(place)) return;
    this.isExclusive = false;
    this.admitNext();
  }

  private async becomeAlone(place: Place, maxWaitMs: number, runtime: Pick<Runtime, 'sleep'>): Promise<boolean> {
    this.present.delete(place);
    if (this.present.size === 0 && !this.isExclusive) return this.beAlone(place);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const admit = () => resolve(this.beAlone(place));
    this.waiting.add(admit);
    // A job that runs alone leaves in time; this one may be next.
    this.admitNext();
    const over = new Stop();
    void runtime.sleep(Math.max(0, maxWaitMs), over).then(() => {
      if (!over.aborted && this.waiting.delete(admit)) resolve(false);
    });
    const isAlone = await promise;
    over.stop();
    return isAlone;
  }

  private beAlone(place: Place): boolean {
    this.isExclusive = true;
    this.present.add(place);
    return true;
  }

  private admitNext(): void {
    if (this.present.size > 0) return;
    const [next] = this.waiting;
    if (next === undefined) return;
    this.waiting.delete(next);
    next();
  }
}
