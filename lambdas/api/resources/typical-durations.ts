/** How long jobs of each type took lately, as far as this environment has seen. It learns from records that are read anyway, so it costs nothing. */
import type { JobTypeContract } from '../../core/contract/contract.ts';
import type { Job } from '../../core/job/job.ts';

/** The number of ended jobs of a type that are remembered: those that ended last, regardless of the order in which they are seen. */
const maxJobs = 25;
/** With fewer, the contract's own figure is better. */
const minJobs = 3;
const bounds = { minSeconds: 0.2, maxSeconds: 3_600 };

interface Durations {
  readonly finishedAtMs: number;
  /** From the time at which the job could start to its end, with all its waits. */
  readonly untilEndSeconds: number;
  /** What its workers ran. */
  readonly runSeconds: number;
}

type Figures = Pick<JobTypeContract, 'name' | 'typicalSeconds'>;

export class TypicalDurations {
  /** By type, its last jobs by id. */
  private readonly byType = new Map<string, Map<string, Durations>>();

  /** Learns from a job, if it succeeded. The same job counts once. */
  observe({ id, type, status, createdAtMs, startAtMs, finishedAtMs, runMs = 0 }: Job): void {
    if (status !== 'succeeded' || finishedAtMs === undefined) return;
    const ofType = this.byType.get(type) ?? new Map<string, Durations>();
    this.byType.set(type, ofType);
    if (ofType.has(id)) return;
    const untilEndSeconds = Math.max(0, finishedAtMs - (startAtMs ?? createdAtMs)) / 1000;
    ofType.set(id, { finishedAtMs, untilEndSeconds, runSeconds: runMs / 1000 });
    if (ofType.size > maxJobs) ofType.delete(idOfFirstEnd(ofType));
  }

  /** @returns the median time until the end of the last jobs, in seconds and within bounds; the contract's own figure while few jobs are known */
  typicalSeconds(contract: Figures): number {
    const seconds = this.median(contract, ({ untilEndSeconds }) => untilEndSeconds);
    return seconds === undefined ? contract.typicalSeconds : Math.min(bounds.maxSeconds, Math.max(bounds.minSeconds, seconds));
  }

  /** @returns the median time that the last jobs ran, without what they waited; the contract's own figure while few jobs are known */
  typicalRunSeconds(contract: Figures): number {
    return this.median(contract, ({ runSeconds }) => runSeconds) ?? contract.typicalSeconds;
  }

  private median({ name }: Figures, secondsOf: (job: Durations) => number): number | undefined {
    const known = [...(this.byType.get(name)?.values() ?? [])].map(secondsOf).sort((a, b) => a - b);
    return known.length < minJobs ? undefined : known[Math.floor(known.length / 2)];
  }
}

function idOfFirstEnd(jobs: ReadonlyMap<string, Durations>): string {
  const [[first = ''] = []] = [...jobs].sort(([, a], [, b]) => a.finishedAtMs - b.finishedAtMs);
  return first;
}
