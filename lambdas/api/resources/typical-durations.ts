/** How long jobs of each type took lately, as far as this environment has seen. It learns from records that are read anyway, so it costs nothing. */
import type { JobTypeContract } from '../../core/contract/contract.ts';
import type { Job } from '../../core/job/job.ts';

/** The number of ended jobs of a type that are remembered. */
const maxJobs = 25;
/** With fewer, the contract's own figure is better. */
const minJobs = 3;
const bounds = { minSeconds: 0.2, maxSeconds: 3_600 };

export class TypicalDurations {
  /** By type, the seconds of its last jobs by id. */
  private readonly seconds = new Map<string, Map<string, number>>();

  /** Learns from a job, if it succeeded. The same job counts once. */
  observe({ id, type, status, createdAtMs, startAtMs, finishedAtMs }: Job): void {
    if (status !== 'succeeded' || finishedAtMs === undefined) return;
    const ofType = this.seconds.get(type) ?? new Map<string, number>();
    this.seconds.set(type, ofType);
    if (ofType.has(id)) return;
    ofType.set(id, Math.max(0, finishedAtMs - (startAtMs ?? createdAtMs)) / 1000);
    const [oldest] = ofType.keys();
    if (ofType.size > maxJobs && oldest !== undefined) ofType.delete(oldest);
  }

  /** @returns the median of the last jobs, in seconds and within bounds; the contract's own figure while few jobs are known */
  typicalSeconds({ name, typicalSeconds }: Pick<JobTypeContract, 'name' | 'typicalSeconds'>): number {
    const known = [...(this.seconds.get(name)?.values() ?? [])].sort((a, b) => a - b);
    if (known.length < minJobs) return typicalSeconds;
    return Math.min(bounds.maxSeconds, Math.max(bounds.minSeconds, known[Math.floor(known.length / 2)] ?? typicalSeconds));
  }
}
