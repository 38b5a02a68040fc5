/** Remembers what the API told of each job, and notes where it contradicts itself. */
import type { JobAnswer } from '../support/http-client.ts';
import type { PlannedJob } from './work.ts';

const terminal = ['succeeded', 'failed', 'cancelled'];

/** An accepted job, as it was last told. */
export interface KnownJob {
  readonly planned: PlannedJob;
  readonly id: string;
  told: JobAnswer;
  /** When that answer had come; a question sent later must get no older one. */
  toldAtMs: number;
  cancelAnswer?: number;
}

export class Witness {
  readonly jobs = new Map<string, KnownJob>();
  readonly breaches: string[] = [];
  /** Answers that were compared. */
  looks = 0;

  note(breach: string): void {
    this.breaches.push(breach);
  }

  /** @param sentAtMs when the submission was sent that was answered with 202 */
  accepted(planned: PlannedJob, answer: JobAnswer, sentAtMs: number): KnownJob {
    const other = [...this.jobs.values()].find((job) => job.planned === planned && job.id !== answer.id);
    if (other !== undefined) this.note(`${name(planned)} is two jobs: ${other.id} and ${answer.id}`);
    const known = this.jobs.get(answer.id);
    if (known === undefined) {
      const job = { planned, id: answer.id, told: answer, toldAtMs: Date.now() };
      this.jobs.set(answer.id, job);
      return job;
    }
    if (known.planned !== planned) this.note(`${answer.id} is the job of ${name(known.planned)} and of ${name(planned)}`);
    this.saw(known, answer, sentAtMs);
    return known;
  }

  saw(job: KnownJob, now: JobAnswer, sentAtMs: number): void {
    this.looks += 1;
    const { told } = job;
    const isLater = sentAtMs >= job.toldAtMs;
    const [shorter, longer] = now.timeline.length < told.timeline.length ? [now, told] : [told, now];
    if (!isBeginning(shorter, longer)) this.note(`${job.id}: its timeline was rewritten, from ${text(told)} to ${text(now)}`);
    if (isLater && shorter === now && longer !== now) this.note(`${job.id}: its timeline lost entries, from ${text(told)} to ${text(now)}`);
    if (hasEnded(told) && (isLater || hasEnded(now)) && endOf(told) !== endOf(now)) {
      this.note(`${job.id}: it had ended as ${endOf(told)} and then was ${endOf(now)}`);
    }
    if (isLater || longer === now) Object.assign(job, { told: now, toldAtMs: Date.now() });
  }

  get unfinished(): readonly KnownJob[] {
    return [...this.jobs.values()].filter(({ told }) => !hasEnded(told));
  }
}

export function name({ owner, key }: PlannedJob): string {
  return `${owner}'s ${key}`;
}

export function hasEnded({ status }: JobAnswer): boolean {
  return terminal.includes(status);
}

/** Long timelines are summarised in their middle, and then nothing can be said. */
function isBeginning(shorter: JobAnswer, longer: JobAnswer): boolean {
  if (longer.timeline.some(({ event }) => event === 'summarised')) return true;
  return shorter.timeline.every((entry, i) => JSON.stringify(entry) === JSON.stringify(longer.timeline[i]));
}

function endOf({ status, result, error, timeline, finishedAt }: JobAnswer & { finishedAt?: unknown }): string {
  return JSON.stringify({ status, result, error, finishedAt, entries: timeline.length });
}

function text({ timeline }: JobAnswer): string {
  return `[${timeline.map(({ event }) => event).join(', ')}]`;
}
