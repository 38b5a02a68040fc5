/** The invariants, checked from outside while a history runs and after it: what each write, effect and answer may be. Nothing here asks the engine. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Guard } from '../../lambdas/core/job/ports.ts';
import { type Told, trueReasons, type Version } from './explained.ts';
import type { Machine } from './machine.ts';
import type { QueueWatcher } from './memory-queues.ts';
import type { StoreWatcher } from './memory-store.ts';
import type { Activity, OutsideWatcher, Wish } from './outside.ts';
import { Punctuality } from './punctuality.ts';

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

/** What the plan makes of machines and messages. */
export interface JudgedFaults {
  readonly skewMs: number;
  readonly slowCallMs: number;
  readonly indexLagMs: number;
  /** Every machine hears of an operator's switch within its time, since no request fails. */
  readonly isHeard: boolean;
}

export interface JudgeView {
  readonly nowMs: () => number;
  readonly faults: JudgedFaults;
  readonly times: { readonly leaseMs: number; readonly graceMs: number; readonly periodMs: number; readonly retentionMs: number };
  readonly workersFullUntilMs: (type: string) => number;
  readonly wishesOf: (jobId: string) => Iterable<Wish>;
  /** How many operations were done at the job's last checkpoint. */
  readonly checkpointOf: (jobId: string) => number;
  readonly isCleanedUp: (jobId: string) => boolean;
  readonly jobOfMessage: (body: string) => string | undefined;
  readonly jobOf: (id: string) => Job | undefined;
  readonly activities: () => Iterable<Activity>;
  /** What no log, timeline or error may hold. */
  readonly isSecret: (text: string) => boolean;
  readonly isFinishedStep: (jobAndName: string) => boolean;
  readonly longestBackoffMs: number;
}

/** A claim or a submission may be under way when a type is switched. */
const switchReachesMs = 15_000;
/** A delegation to a type that takes nothing new is tried again after so long. */
const drainingBackoffMs = 300_000;
/** A time that a machine writes, and the moment at which the write arrives. */
const writeMs = 1_000;

/** What an operator did to a type: asked for, heard, and undone again. */
export interface Switch {
  readonly state: 'paused' | 'draining';
  readonly askedMs: number;
  heardMs?: number;
  endAskedMs?: number;
  endHeardMs?: number;
}

export class Judge implements StoreWatcher, OutsideWatcher, QueueWatcher {
  readonly breaches: string[] = [];
  readonly answers: Answer[] = [];
  readonly endedAtMs = new Map<string, number>();
  /** Machines that ever had a job's lease. */
  readonly holders = new Map<string, Machine[]>();
  readonly sends = new Map<string, { readonly atMs: number; readonly by: Machine }[]>();
  /** Told when a worker has brought its job to rest. */
  onRest: (jobId: string, by: Machine, isAsleep: boolean) => void = () => undefined;
  /** By type; each is switched at most once. */
  readonly switches = new Map<string, Switch>();
  /** By job: most workers in a row that took it from a dead one. */
  readonly mostTakeovers = new Map<string, number>();
  /** By job: the highest attempt that a worker began. */
  readonly begun = new Map<string, number>();
  readonly versions = new Map<string, Version[]>();
  readonly warnings = new Map<Machine, readonly string[]>();
  readonly punctuality: Punctuality;
  private readonly takeovers = new Map<string, number>();
  private readonly restsSinceMs = new Map<string, number>();
  /** By job: how many messages about it there is a reason for. */
  private readonly sendsAllowed = new Map<string, number>();
  readonly view: JudgeView;

  constructor(view: JudgeView) {
    this.view = view;
    this.punctuality = new Punctuality({ ...view, ...view.times, ...view.faults });
  }

  /** @returns whether nobody may act any more as if the type were not switched so */
  private isSwitched(type: string, state: Switch['state']): boolean {
    const { nowMs } = this.view;
    const known = this.switches.get(type);
    return (
      known?.state === state && known.endAskedMs === undefined && nowMs() > (known.heardMs ?? Number.POSITIVE_INFINITY) + switchReachesMs
    );
  }

  /** @returns whether an answer that was made in this time may go by the switch, and whether it may not */
  switchedDuring(type: string, state: Switch['state'], fromMs: number, toMs: number): { readonly may: boolean; readonly mayNot: boolean } {
    const known = this.switches.get(type);
    if (known?.state !== state || known.askedMs > toMs) return { may: false, mayNot: true };
    const heardMs = (known.heardMs ?? Number.POSITIVE_INFINITY) + switchReachesMs;
    const endsMs = (known.endHeardMs ?? Number.POSITIVE_INFINITY) + switchReachesMs;
    if (!this.view.faults.isHeard) return { may: true, mayNot: true };
    return { may: fromMs <= endsMs, mayNot: heardMs > fromMs || (known.endAskedMs ?? Number.POSITIVE_INFINITY) <= toMs };
  }

  submitted(id: string): void {
    this.allowSend(id);
  }

  overtaken(id: string): void {
    this.punctuality.overtaken.add(id);
  }

  late(body: string): void {
    const id = this.view.jobOfMessage(body);
    if (id !== undefined) this.punctuality.lateMessage(id);
  }

  throttled(): void {
    this.punctuality.mishap();
  }

  tokenShared(effect: string, other: string): void {
    this.breach('I2', `${effect} carries the idempotency token of ${other}`);
  }

  begins(jobId: string, index: number, machine: Machine): void {
    const { jobOf, checkpointOf, isCleanedUp } = this.view;
    if (this.holders.get(jobId)?.at(-1) !== machine || this.wasFrozenLately(machine) || jobOf(jobId)?.status !== 'running') return;
    if (index < checkpointOf(jobId)) this.breach('I2', `${jobId} does its operation ${index} again, which is behind its checkpoint`);
    if (isCleanedUp(jobId)) this.breach('I6', `the work of ${jobId} goes on after it was cleaned up`);
  }

  /** Of a job that expired: its id may be another's. */
  forget(id: string): void {
    for (const ofJobs of [this.endedAtMs, this.holders, this.sends, this.mostTakeovers, this.begun, this.versions]) ofJobs.delete(id);
    for (const ofJobs of [this.takeovers, this.restsSinceMs, this.sendsAllowed, this.punctuality]) ofJobs.delete(id);
    this.answers.splice(0, this.answers.length, ...this.answers.filter(({ body }) => body?.id !== id));
  }

  jobOf(id: string): Job | undefined {
    return this.view.jobOf(id);
  }

  get faults(): JudgedFaults {
    return this.view.faults;
  }

  breach(invariant: string, what: string): void {
    this.breaches.push(`${invariant}: ${what}`);
  }

  created(job: Job, by: Machine): void {
    if (!by.isDisturbed && this.isSwitched(job.type, 'draining'))
      this.breach('drain', `${by.name} accepts ${job.id} although its type is draining`);
    this.remember(job);
    if (job.status !== 'queued' && job.status !== 'scheduled') this.breach('I4', `${job.id} begins as ${job.status}`);
    this.checkAlarm(job);
  }

  claimed(before: Job, after: Job, by: Machine): void {
    const { nowMs, activities } = this.view;
    const { skewMs } = this.view.faults;
    // What only has to be cleaned up may end while its type is paused.
    const isToEnd =
      before.pendingOutcome !== undefined || before.cancelRequestedAtMs !== undefined || nowMs() >= before.deadlineMs - skewMs;
    // A machine that cannot ask goes by what it knew.
    if (!by.isDisturbed && !isToEnd && this.isSwitched(after.type, 'paused')) {
      this.breach('pause', `${by.name} takes ${after.id} although its type is paused`);
    }
    this.checkMove(before, after);
    const known = this.switches.get(after.type);
    const unexplainedMs = this.punctuality.unexplainedMs(before, this.restsSinceMs.get(before.id) ?? nowMs());
    // Under a pause only what must end goes on, when the clock or its cancel finds it.
    const isHeldUp = known?.state === 'paused' && known.endHeardMs === undefined;
    if (unexplainedMs > 0 && !isHeldUp)
      this.breach('I9', `${after.id}, ${before.status}, starts ${unexplainedMs} ms later than anything explains`);
    const lostBy = this.holders.get(after.id)?.at(-1);
    if (before.status === 'running' && lostBy?.isDisturbed === false)
      this.breach('I7', `${by.name} takes ${after.id} from ${lostBy.name}, to which nothing happened`);
    const takeovers = before.status === 'running' ? (this.takeovers.get(after.id) ?? 0) + 1 : 0;
    this.takeovers.set(after.id, takeovers);
    this.mostTakeovers.set(after.id, Math.max(this.mostTakeovers.get(after.id) ?? 0, takeovers));
    const lost = after.timeline.at(-2);
    if (before.status === 'running' && (lost?.event !== 'worker_lost' || lost.attempt !== this.begun.get(after.id)))
      this.breach(
        'I7',
        `${after.id} lost its worker at attempt ${this.begun.get(after.id)}, and its timeline tells ${JSON.stringify(lost)}`,
      );
    this.begun.set(after.id, Math.max(this.begun.get(after.id) ?? 0, after.attempt));
    this.remember(after);
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
    const { nowMs, isSecret } = this.view;
    const { skewMs } = this.view.faults;
    if (before.status === 'running' && after.status === 'waiting') this.onRest(after.id, by, after.timeline.at(-1)?.event === 'sleeping');
    this.remember(after);
    this.expectSends(before, after, by);
    this.checkSleep(after, this.wishesOf(after.id), by);
    this.checkMove(before, after);
    this.checkAlarm(after);
    if ('leaseToken' in guard && this.holders.get(after.id)?.at(-1) !== by) {
      this.breach('I3', `${by.name} writes ${after.id}, which another worker holds`);
    }
    const isHeld = before.status === 'running' && (before.leaseEndsAtMs ?? 0) > nowMs() + 2 * skewMs;
    if ('revision' in guard && isHeld && (after.status !== before.status || after.leaseToken !== before.leaseToken)) {
      this.breach('I3', `${by.name} changes ${after.id} to ${after.status} over its worker's head`);
    }
    if (after.status === 'running' && before.leaseToken === after.leaseToken && (after.leaseEndsAtMs ?? 0) < (before.leaseEndsAtMs ?? 0))
      this.breach('I3', `${by.name} shortens the lease of ${after.id}, whose worker believes to have longer`);
    if (after.attempt > after.maxAttempts) this.breach('I7', `${after.id} is to begin attempt ${after.attempt} of ${after.maxAttempts}`);
    const { timeline, error, reason, progress, pendingOutcome: ending } = after;
    if (
      reason?.code === 'backing_off' &&
      before.reason === undefined &&
      after.notBeforeMs > nowMs() + (this.isAfterDraining(after) ? drainingBackoffMs : this.view.longestBackoffMs) + skewMs
    ) {
      this.breach('I9', `${after.id} backs off for ${after.notBeforeMs - nowMs()} ms`);
    }
    if (reason?.code === 'backing_off' && before.reason === undefined && after.notBeforeMs >= after.deadlineMs)
      this.breach('I7', `${after.id} rests until its deadline for an attempt that can never begin`);
    if (isSecret(JSON.stringify([timeline, error, reason, progress, ending])))
      this.breach('S7', `a secret is in the record of ${after.id}`);
    if (isEnded(after.status)) this.endedAtMs.set(after.id, nowMs());
  }

  /** @returns whether its machine stood still for so long that the job is another's by now, or has ended */
  effect(jobId: string, name: string, machine: Machine): boolean {
    const job = this.view.jobOf(jobId);
    if (job === undefined) {
      this.breach('I2', `effect ${name} of ${jobId}, which does not exist`);
      return false;
    }
    // Code that stood still for minutes goes on for a moment before it learns; its idempotency tokens are for that.
    const isHolder = this.holders.get(jobId)?.at(-1) === machine;
    const isForgiven = this.wasFrozenLately(machine) && (isEnded(job.status) || !isHolder);
    if (isEnded(job.status) && !isForgiven) this.breach('I6', `effect ${name} of ${jobId} by ${machine.name} after it was ${job.status}`);
    if (isHolder && this.view.isFinishedStep(`${jobId} ${name}`)) this.breach('I2', `the finished step ${name} of ${jobId} runs again`);
    return isForgiven;
  }

  sent(jobId: string, by: Machine): void {
    const sends = this.sends.get(jobId) ?? [];
    this.sends.set(jobId, sends);
    const atMs = this.view.nowMs();
    const byClocks = sends.filter(({ by: machine }) => machine.name.startsWith('clock') && !machine.isDisturbed);
    if (by.name.startsWith('clock') && !by.isDisturbed && byClocks.some((send) => send.atMs > atMs - 30_000))
      this.breach('I8', `the clock wakes ${jobId} twice`);
    sends.push({ atMs, by });
    const allowed = this.sendsAllowed.get(jobId) ?? 0;
    if (sends.length > allowed) this.breach('I8', `message ${sends.length} about ${jobId}, and there was reason for ${allowed}`);
  }

  /** Each time that a job goes to rest, is overdue, is cancelled or loses its worker to code that does not stop, one message may follow. */
  private expectSends(before: Job, after: Job, by: Machine): void {
    const { nowMs, faults } = this.view;
    const isClock = by.name.startsWith('clock');
    const isHeld = before.status === 'running' && (before.leaseEndsAtMs ?? 0) > nowMs() + 2 * faults.skewMs + faults.slowCallMs;
    const isCutOff = after.isHandedOver === true && before.isHandedOver !== true;
    const isCancelOfLost = after.status === 'running' && !isHeld && after.cancelRequestedAtMs !== before.cancelRequestedAtMs;
    if (isClock ? !isEnded(after.status) && !isHeld : after.status === 'waiting' || isCutOff || isCancelOfLost) this.allowSend(after.id);
  }

  private allowSend(id: string): void {
    this.sendsAllowed.set(id, (this.sendsAllowed.get(id) ?? 0) + 1);
  }

  /** Of the code that has the job, and not of code that came before. */
  private wishesOf(id: string): readonly Wish[] {
    const holder = this.holders.get(id)?.at(-1);
    return [...this.view.wishesOf(id)].filter(({ machine }) => machine === holder);
  }

  /** A sleep ends when the code asked for it, or at the deadline; the first of several ends it. */
  private checkSleep(after: Job, wishes: readonly Wish[], by: Machine): void {
    if (after.status !== 'waiting' || after.timeline.at(-1)?.event !== 'sleeping' || wishes.length === 0) return;
    if (by.isDisturbed || by.name.startsWith('clock') || after.cancelRequestedAtMs !== undefined) return;
    const { skewMs, slowCallMs } = this.view.faults;
    const slackMs = 2 * skewMs + slowCallMs + writeMs;
    const earliestMs = Math.min(after.deadlineMs, ...wishes.map(({ firstUntilMs }) => firstUntilMs));
    // Steps under way may have outlasted it.
    const latestMs = Math.max(this.view.nowMs(), Math.min(after.deadlineMs, ...wishes.map(({ lastUntilMs }) => lastUntilMs)));
    if (after.notBeforeMs < earliestMs - slackMs || after.notBeforeMs > latestMs + slackMs)
      this.breach('I9', `${after.id} is to sleep until ${after.notBeforeMs}, and its code asked for ${earliestMs} to ${latestMs}`);
  }

  /** Its worker was refused a delegation, and is to ask again when there was time to drain. */
  private isAfterDraining({ timeline }: Job): boolean {
    return timeline.at(-1)?.detail?.startsWith('job_type_draining') === true;
  }

  private remember(job: Job): void {
    const versions = this.versions.get(job.id) ?? [];
    this.versions.set(job.id, versions);
    const former = versions.at(-1)?.job;
    if (former?.status !== job.status || former.notBeforeMs !== job.notBeforeMs) this.restsSinceMs.set(job.id, this.view.nowMs());
    versions.push({
      fromMs: this.view.nowMs(),
      job,
      isAsleep: this.wishesOf(job.id).length > 0,
      mayBeCutOff: this.holders.get(job.id)?.at(-1)?.isDisturbed === true,
    });
    const { status, finishedAtMs, expiresAtMs } = job;
    const expectedMs = isEnded(status) ? (finishedAtMs ?? Number.NaN) + this.view.times.retentionMs : undefined;
    if (expiresAtMs !== expectedMs) this.breach('I12', `${job.id} is ${status} and expires at ${expiresAtMs}, not at ${expectedMs}`);
  }

  logged(line: string, by: Machine): void {
    if (line.startsWith('WARN')) this.warnings.set(by, [...(this.warnings.get(by) ?? []), line]);
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
/** @param onlyId of one job, whose answers are then forgotten */
export function checkAnswers(judge: Judge, onlyId?: string): void {
  const byJob = new Map<string, Answer[]>();
  for (const answer of judge.answers) {
    if (answer.status >= 300 || typeof answer.body?.id !== 'string') continue;
    if (onlyId !== undefined && answer.body.id !== onlyId) continue;
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
    for (const answer of answers) checkAnswer(id, answer, judge);
  }
}

function checkAnswer(id: string, answer: Answer, judge: Judge): void {
  const { body } = answer;
  checkReason(id, answer, judge);
  if (isEnded(body.status) !== (body.expiresAt !== null)) judge.breach('I12', `${id} is ${body.status} and expires at ${body.expiresAt}`);
  if ((body.status === 'failed') !== (body.error !== null))
    judge.breach('I6', `${id} is ${body.status} with the error ${JSON.stringify(body.error)}`);
  const times = body.timeline.map(({ at }: { at: string }) => at);
  if (times.some((at: string, i: number) => i > 0 && at < times[i - 1]))
    judge.breach('I6', `the timeline of ${id} goes back in time: ${times.join(', ')}`);
}

/** True of the job as it was at some moment between question and answer. */
function checkReason(id: string, { body, askedMs, answeredMs }: Answer, judge: Judge): void {
  const { skewMs } = judge.faults;
  const paused = judge.switchedDuring(body.type, 'paused', askedMs, answeredMs);
  const circumstances = { fromMs: askedMs - skewMs, toMs: answeredMs + skewMs, mayBePaused: paused.may, mayBeActive: paused.mayNot };
  const versions = judge.versions.get(id) ?? [];
  const isTrue = versions.some((version, i) => {
    const wasSeen = version.fromMs <= answeredMs && (versions[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY) >= askedMs;
    return (
      wasSeen && version.job.status === body.status && trueReasons(version, circumstances).some((reason) => isSame(reason, body.reason))
    );
  });
  if (!isTrue) judge.breach('I10', `${id} is ${body.status} with the reason ${JSON.stringify(body.reason)}`);
}

function isSame(reason: Told | null, told: Told | null): boolean {
  return reason === null || told === null ? reason === told : reason.code === told.code && reason.until === told.until;
}
