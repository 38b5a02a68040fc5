/** The history of the API's answers about each job; reports answers that contradict each other. */
import type { JobAnswer } from '../support/http-client.ts';
import type { PlannedJob } from './workload.ts';

const terminal = ['succeeded', 'failed', 'cancelled'];

/** An accepted job, with its last answer. */
export interface KnownJob {
  readonly planned: PlannedJob;
  readonly id: string;
  lastSeen: JobAnswer;
  /** When that answer arrived; a request sent later must not get an older one. */
  lastSeenAtMs: number;
  cancelAnswer?: number;
}

export class ClientHistory {
  readonly jobs = new Map<string, KnownJob>();
  private readonly firstSent = new Map<PlannedJob, number>();
  readonly violations: string[] = [];
  /** Number of answers that were compared. */
  comparisons = 0;

  /** One of its callers submits it now. */
  sending(planned: PlannedJob): void {
    if (!this.firstSent.has(planned)) this.firstSent.set(planned, Date.now());
  }

  /** @returns when the first of its callers submitted it, in epoch milliseconds */
  firstSentAtMs(planned: PlannedJob): number {
    return this.firstSent.get(planned) ?? Number.NaN;
  }

  violated(violation: string): void {
    this.violations.push(violation);
  }

  /** @param sentAtMs when the submission was sent that was answered with 202 */
  accepted(planned: PlannedJob, answer: JobAnswer, sentAtMs: number): KnownJob {
    const other = [...this.jobs.values()].find((job) => job.planned === planned && job.id !== answer.id);
    if (other !== undefined) this.violated(`${name(planned)} is two jobs: ${other.id} and ${answer.id}`);
    const known = this.jobs.get(answer.id);
    if (known === undefined) {
      const job = { planned, id: answer.id, lastSeen: answer, lastSeenAtMs: Date.now() };
      this.jobs.set(answer.id, job);
      return job;
    }
    if (known.planned !== planned) this.violated(`${answer.id} is the job of ${name(known.planned)} and of ${name(planned)}`);
    this.observed(known, answer, sentAtMs);
    return known;
  }

  observed(job: KnownJob, now: JobAnswer, sentAtMs: number): void {
    this.comparisons += 1;
    const { lastSeen } = job;
    const isLater = sentAtMs >= job.lastSeenAtMs;
    const [shorter, longer] = now.timeline.length < lastSeen.timeline.length ? [now, lastSeen] : [lastSeen, now];
    if (!isBeginning(shorter, longer)) this.violated(`${job.id}: its timeline was rewritten, from ${text(lastSeen)} to ${text(now)}`);
    if (isLater && shorter === now && longer !== now)
      this.violated(`${job.id}: its timeline lost entries, from ${text(lastSeen)} to ${text(now)}`);
    if (hasEnded(lastSeen) && (isLater || hasEnded(now)) && endOf(lastSeen) !== endOf(now)) {
      this.violated(`${job.id}: it had ended as ${endOf(lastSeen)} and then was ${endOf(now)}`);
    }
    if (isLater || longer === now) Object.assign(job, { lastSeen: now, lastSeenAtMs: Date.now() });
  }

  get unfinished(): readonly KnownJob[] {
    return [...this.jobs.values()].filter(({ lastSeen }) => !hasEnded(lastSeen));
  }
}

export function name({ owner, key }: PlannedJob): string {
  return `${owner}'s ${key}`;
}

export function hasEnded({ status }: JobAnswer): boolean {
  return terminal.includes(status);
}

/** Long timelines are summarised in their middle, and cannot be compared. */
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
