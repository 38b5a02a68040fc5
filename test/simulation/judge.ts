/** The invariants, checked from outside while a history runs and after it: what each write, effect and answer may be. Nothing here asks the engine. */
import type { Job } from '../../lambdas/core/job.ts';
import type { Guard } from '../../lambdas/core/ports.ts';
import type { Machine } from './machine.ts';
import type { StoreWatcher } from './memory-store.ts';
import type { Activity, OutsideWatcher } from './outside.ts';

/** One answer that a caller got. */
export interface Answer {
  readonly method: string;
  readonly path: string;
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at as a caller would, without a schema
  readonly body: any;
}

/** The transition table once more, on purpose not imported. */
const legal: Readonly<Record<string, readonly string[]>> = {
  scheduled: ['scheduled', 'running', 'failed', 'cancelled'],
  queued: ['queued', 'running', 'failed', 'cancelled'],
  running: ['running', 'waiting', 'succeeded', 'failed', 'cancelled'],
  waiting: ['waiting', 'running', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};
export const isEnded = (status: string) => legal[status]?.length === 0;

export interface JudgeView {
  readonly nowMs: () => number;
  readonly skewMs: number;
  readonly jobOf: (id: string) => Job | undefined;
  readonly activities: () => Iterable<Activity>;
  /** What no log, timeline or error may hold. */
  readonly isSecret: (text: string) => boolean;
  readonly isFinishedStep: (jobAndName: string) => boolean;
  readonly longestBackoffMs: number;
}

/** A claim may be under way when a type is paused. */
const switchReachesMs = 15_000;

export class Judge implements StoreWatcher, OutsideWatcher {
  readonly breaches: string[] = [];
  readonly answers: Answer[] = [];
  readonly endedAtMs = new Map<string, number>();
  /** Machines that ever had a job's lease. */
  readonly holders = new Map<string, Machine[]>();
  readonly sends = new Map<string, { readonly atMs: number; readonly by: Machine }[]>();
  /** Since when an operator has been told that a type is paused. */
  readonly pausedTypes = new Map<string, number>();
  private readonly view: JudgeView;

  constructor(view: JudgeView) {
    this.view = view;
  }

  breach(invariant: string, what: string): void {
    this.breaches.push(`${invariant}: ${what}`);
  }

  created(job: Job): void {
    if (job.status !== 'queued' && job.status !== 'scheduled') this.breach('I4', `${job.id} begins as ${job.status}`);
    this.checkAlarm(job);
  }

  claimed(before: Job, after: Job, by: Machine): void {
    const { nowMs, skewMs, activities } = this.view;
    // A machine that cannot ask goes by what it knew.
    if (!by.isDisturbed && nowMs() > (this.pausedTypes.get(after.type) ?? Number.POSITIVE_INFINITY) + switchReachesMs) {
      this.breach('pause', `${by.name} takes ${after.id} although its type is paused`);
    }
    this.checkMove(before, after);
    if (before.status !== 'running' && nowMs() < before.notBeforeMs - skewMs) {
      this.breach('I9', `${after.id} starts ${before.notBeforeMs - nowMs()} ms too early`);
    }
    for (const { jobId, machine, signal } of activities()) {
      if (jobId === after.id && machine !== by && machine.isRunning && !this.wasFrozenLately(machine) && !signal.aborted) {
        this.breach('I3', `${by.name} takes ${after.id} while ${machine.name} works on it and believes to hold it`);
      }
    }
    const holders = this.holders.get(after.id) ?? [];
    this.holders.set(after.id, holders);
    holders.push(by);
    this.checkAlarm(after);
  }

  written(before: Job, after: Job, guard: Guard, by: Machine): void {
    const { nowMs, skewMs, isSecret } = this.view;
    this.checkMove(before, after);
    this.checkAlarm(after);
    if ('leaseToken' in guard && this.holders.get(after.id)?.at(-1) !== by) {
      this.breach('I3', `${by.name} writes ${after.id}, which another worker holds`);
    }
    const isHeld = before.status === 'running' && (before.leaseEndsAtMs ?? 0) > nowMs() + 2 * skewMs;
    if ('revision' in guard && isHeld && (after.status !== before.status || after.leaseToken !== before.leaseToken)) {
      this.breach('I3', `${by.name} changes ${after.id} to ${after.status} over its worker's head`);
    }
    if (after.attempt > after.maxAttempts) this.breach('I7', `${after.id} is to begin attempt ${after.attempt} of ${after.maxAttempts}`);
    const { timeline, error, reason, progress, ending } = after;
    if (
      reason?.code === 'backing_off' &&
      before.reason === undefined &&
      after.notBeforeMs > nowMs() + this.view.longestBackoffMs + skewMs
    ) {
      this.breach('I9', `${after.id} backs off for ${after.notBeforeMs - nowMs()} ms`);
    }
    if (isSecret(JSON.stringify([timeline, error, reason, progress, ending])))
      this.breach('S7', `a secret is in the record of ${after.id}`);
    if (isEnded(after.status)) this.endedAtMs.set(after.id, nowMs());
  }

  effect(jobId: string, name: string, machine: Machine): void {
    const job = this.view.jobOf(jobId);
    if (job === undefined) {
      this.breach('I2', `effect ${name} of ${jobId}, which does not exist`);
      return;
    }
    // Code that stood still for minutes goes on for a moment before it learns; its idempotency tokens are for that.
    if (isEnded(job.status) && !this.wasFrozenLately(machine))
      this.breach('I6', `effect ${name} of ${jobId} by ${machine.name} after it was ${job.status}`);
    const isHolder = this.holders.get(jobId)?.at(-1) === machine;
    if (isHolder && this.view.isFinishedStep(`${jobId} ${name}`)) this.breach('I2', `the finished step ${name} of ${jobId} runs again`);
  }

  sent(jobId: string, by: Machine): void {
    const sends = this.sends.get(jobId) ?? [];
    this.sends.set(jobId, sends);
    const atMs = this.view.nowMs();
    const byClocks = sends.filter(({ by: machine }) => machine.name.startsWith('clock') && !machine.isDisturbed);
    if (by.name.startsWith('clock') && !by.isDisturbed && byClocks.some((send) => send.atMs > atMs - 30_000))
      this.breach('I8', `the clock wakes ${jobId} twice`);
    sends.push({ atMs, by });
  }

  logged(line: string): void {
    if (this.view.isSecret(line)) this.breach('S7', `a secret is in the log: ${line}`);
  }

  answered(answer: Answer): void {
    this.answers.push(answer);
    const { status, body, method, path } = answer;
    if (status >= 500 && status !== 503) this.breach('I6', `${method} ${path} was answered with ${status}: ${JSON.stringify(body)}`);
    if (status >= 400 && this.view.isSecret(JSON.stringify(body))) this.breach('S7', `a secret is in a problem: ${JSON.stringify(body)}`);
  }

  private wasFrozenLately({ frozenUntilMs }: Machine): boolean {
    return frozenUntilMs > this.view.nowMs() - 10_000;
  }

  private checkMove(before: Job, after: Job): void {
    if (!legal[before.status]?.includes(after.status)) this.breach('I4', `${after.id} goes from ${before.status} to ${after.status}`);
  }

  /** The sparse index is what keeps a job from being forgotten, and what an ended one must be out of. */
  private checkAlarm(job: Job): void {
    if (isEnded(job.status) && (job.alarm !== undefined || job.leaseEndsAtMs !== undefined))
      this.breach('I12', `${job.id} ended with an alarm or a lease`);
    if (!isEnded(job.status) && job.alarm === undefined) this.breach('I1', `${job.id} is ${job.status}, and no alarm will ever wake it`);
  }
}

/** Later answers never contradict earlier ones. */
export function checkAnswers(judge: Judge): void {
  const byJob = new Map<string, Answer[]>();
  for (const answer of judge.answers) {
    if (answer.status >= 300 || typeof answer.body?.id !== 'string') continue;
    byJob.set(answer.body.id, [...(byJob.get(answer.body.id) ?? []), answer]);
  }
  for (const [id, answers] of byJob) {
    for (const earlier of answers) {
      for (const later of answers) {
        if (later.askedMs <= earlier.answeredMs) continue;
        const [a, b] = [earlier.body, later.body];
        if (isEnded(a.status) && b.status !== a.status) judge.breach('I6', `${id} was ${a.status} and is ${b.status} later`);
        if (b.attempt < a.attempt) judge.breach('I6', `${id} goes from attempt ${a.attempt} to ${b.attempt}`);
        const isSummarised = b.timeline.some(({ event }: { event: string }) => event === 'summarised');
        if (!isSummarised && JSON.stringify(b.timeline.slice(0, a.timeline.length)) !== JSON.stringify(a.timeline)) {
          judge.breach('I6', `the timeline of ${id} is rewritten: ${JSON.stringify(a.timeline)} and ${JSON.stringify(b.timeline)}`);
        }
      }
    }
    for (const { body } of answers) checkAnswer(id, body, judge);
  }
}

function checkAnswer(id: string, body: Answer['body'], judge: Judge): void {
  const isWaiting = ['scheduled', 'queued', 'waiting'].includes(body.status);
  if (isWaiting !== (body.reason !== null)) judge.breach('I10', `${id} is ${body.status} with the reason ${JSON.stringify(body.reason)}`);
  if ((body.status === 'failed') !== (body.error !== null))
    judge.breach('I6', `${id} is ${body.status} with the error ${JSON.stringify(body.error)}`);
  const times = body.timeline.map(({ at }: { at: string }) => at);
  if (times.some((at: string, i: number) => i > 0 && at < times[i - 1]))
    judge.breach('I6', `the timeline of ${id} goes back in time: ${times.join(', ')}`);
}
