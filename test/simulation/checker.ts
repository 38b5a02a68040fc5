/** The checker: holds every write, effect, message and answer of a simulation against the invariants, from outside. It never asks the engine. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Guard } from '../../lambdas/core/job/ports.ts';
import type { StoreObserver } from '../../testing/memory-job-store.ts';
import type { Activity, ExternalSystemsObserver, PendingWait } from './external-systems.ts';
import type { QueueObserver } from './faulty-queue.ts';
import type { KeyChecker } from './key-checker.ts';
import { faultOfLinks } from './links.ts';
import type { Machine } from './machine.ts';
import type { JobVersion } from './reasons.ts';
import { StartLatency } from './start-latency.ts';
import { TypeStates } from './type-states.ts';

/** An answer that a caller received. */
export interface Answer {
  readonly method: string;
  readonly path: string;
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is read as a caller reads it, without a schema
  readonly body: any;
}

/** The transition table, repeated here on purpose instead of imported. */
const legal: Readonly<Record<string, readonly string[]>> = {
  scheduled: ['scheduled', 'running', 'waiting', 'failed', 'cancelled'],
  queued: ['queued', 'running', 'waiting', 'failed', 'cancelled'],
  running: ['running', 'waiting', 'succeeded', 'failed', 'cancelled'],
  waiting: ['waiting', 'running', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};
export const isEnded = (status: string) => legal[status]?.length === 0;

/** How far the plan's faults may shift times. */
export interface FaultBounds {
  readonly skewMs: number;
  readonly slowCallMs: number;
  readonly indexLagMs: number;
  /** Every machine learns of a type's new state in time, since no request fails. */
  readonly isTypeStateTimely: boolean;
}

export interface CheckerView {
  readonly nowMs: () => number;
  readonly faults: FaultBounds;
  readonly times: { readonly leaseMs: number; readonly graceMs: number; readonly periodMs: number; readonly retentionMs: number };
  readonly workersFullUntilMs: (type: string) => number;
  readonly pendingWaitsOf: (jobId: string) => Iterable<PendingWait>;
  /** Number of operations that were done at the job's last checkpoint. */
  readonly checkpointOf: (jobId: string) => number;
  readonly isCleanedUp: (jobId: string) => boolean;
  readonly jobOfMessage: (body: string) => string | undefined;
  readonly jobOf: (id: string) => Job | undefined;
  /** Jobs that are suspended until this one, among others, has ended. */
  readonly waitingFor: (id: string) => readonly Job[];
  /** Other unfinished jobs of the same owner, type and unique key. */
  readonly rivalsOf: (job: Job) => readonly Job[];
  /** The payloads of the signals in a job's record, in order. */
  readonly signalsOf: (id: string) => readonly string[];
  readonly activities: () => Iterable<Activity>;
  /** Whether a text holds what no log, timeline or error may hold. */
  readonly isSecret: (text: string) => boolean;
  readonly isFinishedStep: (jobAndName: string) => boolean;
  readonly maxBackoffMs: number;
}

/** Wait before a delegation to a draining type is retried. */
const drainingBackoffMs = 300_000;
/** Longest time from computing a time to the write that stores it. */
const writeMs = 1_000;

export class Checker implements ExternalSystemsObserver, QueueObserver {
  readonly violations: string[] = [];
  readonly answers: Answer[] = [];
  readonly endedAtMs = new Map<string, number>();
  /** By job: the machines that held its lease, in order. */
  readonly holders = new Map<string, Machine[]>();
  readonly sends = new Map<string, { readonly atMs: number; readonly by: Machine }[]>();
  /** Called when a worker suspended its job. */
  /** Checks the keys, in a plan with keys. */
  keys: Pick<KeyChecker, 'claimed' | 'written'> = { claimed: () => undefined, written: () => undefined };
  onSuspended: (jobId: string, by: Machine, isAsleep: boolean) => void = () => undefined;
  /** Called when a job of a schedule was created. */
  onFired: (job: Job) => void = () => undefined;
  /** The end of this job is announced, and marked so. */
  onAnnounced: (job: Job) => void = () => undefined;
  readonly typeStates: TypeStates;
  /** By job: the largest number of takeovers in a row. */
  readonly maxTakeovers = new Map<string, number>();
  /** By job: the highest attempt that a worker started. */
  readonly attemptsStarted = new Map<string, number>();
  readonly versions = new Map<string, JobVersion[]>();
  readonly warnings = new Map<Machine, readonly string[]>();
  readonly startLatency: StartLatency;
  /** By ended job, the one that retried it. */
  readonly retries = new Map<string, string>();
  /** Machines with the jobs that each submitted. */
  private readonly submitters = new Set<string>();
  /** Machines with the jobs whose waits each ended before their time. */
  private readonly waitEnds = new Set<string>();
  private readonly takeovers = new Map<string, number>();
  private readonly waitingSinceMs = new Map<string, number>();
  /** By job: the number of messages about it for which there is a reason. */
  private readonly messagesExpected = new Map<string, number>();
  readonly view: CheckerView;

  constructor(view: CheckerView) {
    this.view = view;
    this.typeStates = new TypeStates(view.nowMs, view.faults.isTypeStateTimely);
    this.startLatency = new StartLatency({ ...view, ...view.times, ...view.faults });
  }

  /** @returns what it observes of the writes of one machine */
  observes(by: Machine): StoreObserver {
    return {
      submitted: (id) => this.submitted(id, by),
      overtaken: (id) => this.overtaken(id),
      created: (job) => this.created(job, by),
      claimed: (before, after) => this.claimed(before, after, by),
      written: (before, after, guard) => this.written(before, after, guard, by),
    };
  }

  submitted(id: string, by: Machine): void {
    this.submitters.add(`${by.name} ${id}`);
    this.expectMessage(id);
  }

  overtaken(id: string): void {
    this.startLatency.overtaken.add(id);
  }

  late(body: string): void {
    const id = this.view.jobOfMessage(body);
    if (id !== undefined) this.startLatency.lateMessage(id);
  }

  throttled(): void {
    this.startLatency.faultOccurred();
  }

  tokenShared(effect: string, other: string): void {
    this.violated('I2', `${effect} carries the idempotency token of ${other}`);
  }

  operationStarted(jobId: string, index: number, machine: Machine): void {
    const { jobOf, checkpointOf, isCleanedUp } = this.view;
    if (this.holders.get(jobId)?.at(-1) !== machine || this.wasFrozenLately(machine) || jobOf(jobId)?.status !== 'running') return;
    if (index < checkpointOf(jobId)) this.violated('I2', `${jobId} repeats operation ${index}, which its checkpoint covers`);
    if (isCleanedUp(jobId)) this.violated('I6', `the work of ${jobId} continues after it was cleaned up`);
  }

  /** The job expired, and another one may get its id. */
  forget(id: string): void {
    for (const ofJobs of [this.endedAtMs, this.holders, this.sends, this.maxTakeovers, this.attemptsStarted, this.versions, this.retries])
      ofJobs.delete(id);
    for (const ofJobs of [this.takeovers, this.waitingSinceMs, this.messagesExpected, this.startLatency]) ofJobs.delete(id);
    this.answers.splice(0, this.answers.length, ...this.answers.filter(({ body }) => body?.id !== id));
  }

  jobOf(id: string): Job | undefined {
    return this.view.jobOf(id);
  }

  get faults(): FaultBounds {
    return this.view.faults;
  }

  violated(invariant: string, what: string): void {
    this.violations.push(`${invariant}: ${what}`);
  }

  created(job: Job, by: Machine): void {
    if (!by.hadFault && this.typeStates.isIn(job.type, 'draining'))
      this.violated('drain', `${by.name} accepts ${job.id} although its type is draining`);
    if (job.firedBy !== undefined) this.onFired(job);
    if (job.parent !== undefined && this.view.jobOf(job.parent.id)?.children?.includes(job.id) !== true)
      this.violated('I19', `${job.id} is submitted, and the record of the job that runs it does not say so`);
    this.recordVersion(job);
    if (job.deadlineMs <= job.createdAtMs) this.violated('I15', `${job.id} is accepted with a deadline that has passed`);
    if (job.retryOf !== undefined) this.retried(job.retryOf, job.id);
    for (const { id, attemptsStarted } of this.view.rivalsOf(job))
      if (job.after?.ids.includes(id) !== true)
        this.violated('I24', `${job.id} is accepted beside ${id}, which has its unique key and ${attemptsStarted} attempts started`);
    if (job.status !== 'queued' && job.status !== 'scheduled') this.violated('I4', `${job.id} starts as ${job.status}`);
    this.checkAlarm(job);
  }

  claimed(before: Job, after: Job, by: Machine): void {
    this.keys.claimed(before, after);
    const { nowMs, activities } = this.view;
    const { skewMs } = this.view.faults;
    // A job that only has to be cleaned up may end while its type is paused.
    const mustEnd =
      before.pendingOutcome !== undefined || before.cancelRequestedAtMs !== undefined || nowMs() >= before.deadlineMs - skewMs;
    // A machine whose requests fail acts on the state that it knows.
    if (!by.hadFault && !mustEnd && this.typeStates.isIn(after.type, 'paused')) {
      this.violated('pause', `${by.name} takes ${after.id} although its type is paused`);
    }
    this.checkMove(before, after);
    if (after.attemptsStarted === 1 && before.attemptsStarted === 0) {
      this.checkPredecessors(after);
      for (const rival of this.view.rivalsOf(after))
        if (rival.attemptsStarted > 0) this.violated('I24', `${after.id} starts beside ${rival.id}, which has its unique key`);
    }
    const known = this.typeStates.changes.get(after.type);
    const unexplainedMs = this.startLatency.unexplainedMs(before, this.waitingSinceMs.get(before.id) ?? nowMs());
    // While its type is paused, only a job that must end continues, when the clock or its cancel finds it.
    const isHeldUp = known?.state === 'paused' && known.endAppliedMs === undefined;
    if (unexplainedMs > 0 && !isHeldUp)
      this.violated('I9', `${after.id}, ${before.status}, starts ${unexplainedMs} ms later than anything explains`);
    if (before.status === 'running') this.startLatency.tookOver(after.type);
    const lostBy = this.holders.get(after.id)?.at(-1);
    if (before.status === 'running' && lostBy?.hadFault === false)
      this.violated('I7', `${by.name} takes ${after.id} from ${lostBy.name}, which had no fault`);
    const takeovers = before.status === 'running' ? (this.takeovers.get(after.id) ?? 0) + 1 : 0;
    this.takeovers.set(after.id, takeovers);
    this.maxTakeovers.set(after.id, Math.max(this.maxTakeovers.get(after.id) ?? 0, takeovers));
    const lost = after.timeline.at(-2);
    if (before.status === 'running' && (lost?.event !== 'worker_lost' || lost.attempt !== this.attemptsStarted.get(after.id)))
      this.violated(
        'I7',
        `${after.id} lost its worker at attempt ${this.attemptsStarted.get(after.id)}, and its timeline says ${JSON.stringify(lost)}`,
      );
    this.attemptsStarted.set(after.id, Math.max(this.attemptsStarted.get(after.id) ?? 0, after.attempt));
    this.recordVersion(after);
    if (before.status !== 'running' && nowMs() < before.notBeforeMs - skewMs) {
      this.violated('I9', `${after.id} starts ${before.notBeforeMs - nowMs()} ms too early`);
    }
    for (const { jobId, machine, signal } of activities()) {
      if (jobId === after.id && machine !== by && machine.isRunning && !this.wasFrozenLately(machine) && !signal.aborted) {
        this.violated('I3', `${by.name} takes ${after.id} while ${machine.name} works on it and believes that it holds it`);
      }
    }
    const holders = this.holders.get(after.id) ?? [];
    this.holders.set(after.id, holders);
    holders.push(by);
    this.checkAlarm(after);
  }

  /** A job starts once those before it have ended, and in success where it needs that. */
  private checkPredecessors({ id, after }: Job): void {
    for (const before of after?.ids ?? []) {
      const status = this.view.jobOf(before)?.status ?? 'expired';
      if (status !== 'expired' && !isEnded(status)) this.violated('I22', `${id} starts, and ${before} before it is ${status}`);
      if (after?.onFailure === 'fail' && isEnded(status) && status !== 'succeeded')
        this.violated('I22', `${id} starts, and needs the success of ${before}, which is ${status}`);
    }
  }

  /** A caller was answered that the signal is kept. */
  signalAccepted(id: string, shape: string): void {
    const kept = this.view.signalsOf(id).filter((one) => one === shape).length;
    if (kept !== 1) this.violated('I18', `a signal to ${id} was accepted and is ${kept} times in its record: ${shape}`);
  }

  /** Signals are only ever added, and end the wait that they are for at once. */
  private checkSignals(before: Job, after: Job): void {
    const [earlier, later] = [before, after].map(({ signals = [] }) => signals.map(({ id }) => id));
    if (earlier?.some((id, i) => id !== later?.[i])) this.violated('I18', `${after.id} had the signals ${earlier}, and has ${later}`);
    const faultOfLink = faultOfLinks(before, after, this.view.faults.skewMs + writeMs);
    if (faultOfLink !== undefined) this.violated('I25', `${after.id} ${faultOfLink}`);
    const received = Object.entries(after.journal).filter(([key, { order }]) => key.startsWith('signal:') && order !== undefined).length;
    const waits = this.pendingWaitsOf(after.id).some(({ early }) => early === 'signal');
    const isAsleep = after.status === 'waiting' && (after.reason?.code === 'waiting_for_signal' || after.reason?.code === 'sleeping');
    const slackMs = 2 * this.view.faults.skewMs + writeMs;
    if (isAsleep && waits && (later?.length ?? 0) > received && after.notBeforeMs > this.view.nowMs() + slackMs)
      this.violated('I18', `${after.id} waits until ${after.notBeforeMs} for a signal that it has`);
  }

  /** A caller was answered that this job retries that one. */
  retried(id: string, by: string): void {
    const other = this.retries.get(id);
    if (other !== undefined && other !== by) this.violated('I15', `${id} was retried by ${other} and by ${by}`);
    this.retries.set(id, by);
  }

  written(before: Job, after: Job, guard: Guard, by: Machine): void {
    if (isEnded(before.status)) {
      this.checkAnnouncement(before, after, by);
      return;
    }
    this.keys.written(before, after);
    if (after.status === 'waiting' && before.awaits !== undefined && after.awaits === undefined)
      this.waitEnds.add(`${by.name} ${after.id}`);
    const { nowMs, isSecret } = this.view;
    const { skewMs } = this.view.faults;
    if (before.status === 'running' && after.status === 'waiting')
      this.onSuspended(after.id, by, after.timeline.at(-1)?.event === 'sleeping');
    this.recordVersion(after);
    this.expectMessages(before, after, by);
    this.checkSleep(after, this.pendingWaitsOf(after.id), by);
    this.checkSignals(before, after);
    this.checkMove(before, after);
    this.checkAlarm(after);
    if (guard.kind === 'lease' && this.holders.get(after.id)?.at(-1) !== by) {
      this.violated('I3', `${by.name} writes ${after.id}, which another worker holds`);
    }
    const isHeld = before.status === 'running' && (before.leaseEndsAtMs ?? 0) > nowMs() + 2 * skewMs;
    if (guard.kind === 'revision' && isHeld && (after.status !== before.status || after.leaseToken !== before.leaseToken)) {
      this.violated('I3', `${by.name} changes ${after.id} to ${after.status} while its worker holds it`);
    }
    if (after.status === 'running' && before.leaseToken === after.leaseToken && (after.leaseEndsAtMs ?? 0) < (before.leaseEndsAtMs ?? 0))
      this.violated('I3', `${by.name} shortens the lease of ${after.id}, which its worker believes to be longer`);
    if (after.attempt > after.maxAttempts) this.violated('I7', `${after.id} is to start attempt ${after.attempt} of ${after.maxAttempts}`);
    const { timeline, error, reason, progress, pendingOutcome } = after;
    if (
      reason?.code === 'backing_off' &&
      before.reason === undefined &&
      after.notBeforeMs > nowMs() + (this.isAfterDraining(after) ? drainingBackoffMs : this.view.maxBackoffMs) + skewMs
    ) {
      this.violated('I9', `${after.id} backs off for ${after.notBeforeMs - nowMs()} ms`);
    }
    if (reason?.code === 'backing_off' && before.reason === undefined && after.notBeforeMs >= after.deadlineMs)
      this.violated('I7', `${after.id} waits until its deadline for an attempt that can never start`);
    if (isSecret(JSON.stringify([timeline, error, reason, progress, pendingOutcome])))
      this.violated('S7', `a secret is in the record of ${after.id}`);
    if (isEnded(after.status)) this.endedAtMs.set(after.id, nowMs());
    for (const id of after.status === 'waiting' && after.held !== undefined ? (after.after?.ids ?? []) : []) {
      const other = this.view.jobOf(id);
      if (other !== undefined && isEnded(other.status) && other.isUnannounced !== true && this.view.waitingFor(id).includes(after))
        this.violated('I22', `${after.id} waits for ${id}, whose end was announced`);
    }
    if (isEnded(after.status) && after.isUnannounced !== true && this.view.waitingFor(after.id).length > 0)
      this.violated('I22', `${after.id} ended, and notifies none of those that wait for it`);
    const isWithoutSuccess = after.status === 'failed' || after.status === 'cancelled';
    if (isWithoutSuccess && after.isUnannounced !== true && this.openChildrenOf(after).length > 0)
      this.violated('I19', `${after.id} ended, and nothing ends what it ran`);
  }

  private openChildrenOf({ children = [] }: Job): readonly Job[] {
    return children.flatMap((id) => this.view.jobOf(id) ?? []).filter(({ status }) => !isEnded(status));
  }

  /** An ended job is only ever written to be announced: then the job that waits for it knows, and what it ran ends with it. */
  private checkAnnouncement(before: Job, after: Job, by: Machine): void {
    const rest = ({ alarm: _, isUnannounced: __, revision: ___, announcements: ____, ...others }: Job) => JSON.stringify(others);
    if (before.isUnannounced !== true || rest(before) !== rest(after))
      this.violated('I15', `${by.name} writes ${after.id}, which has ended`);
    this.checkAlarm(after);
    if (after.isUnannounced === true) return;
    this.onAnnounced(after);
    const parent = after.parent && this.view.jobOf(after.parent.id);
    for (const { id, held } of this.view.waitingFor(after.id))
      if (held !== undefined) this.violated('I22', `${id} waits for ${after.id}, whose end was announced`);
    const isAwaited = parent?.status === 'waiting' && parent.awaits?.some((one) => one.kind === 'jobs' && one.ids.includes(after.id));
    if (isAwaited === true) this.violated('I19', `${parent?.id} waits for ${after.id}, whose end was announced`);
    const left = after.status === 'succeeded' ? [] : this.openChildrenOf(after);
    for (const { id } of left.filter(({ cancelRequestedAtMs }) => cancelRequestedAtMs === undefined))
      this.violated('I19', `${id} goes on after the end of ${after.id}, which ran it`);
  }

  /** @returns whether its machine was frozen, and the job has ended or another worker holds it */
  effect(jobId: string, name: string, machine: Machine): boolean {
    const job = this.view.jobOf(jobId);
    if (job === undefined) {
      this.violated('I2', `effect ${name} of ${jobId}, which does not exist`);
      return false;
    }
    // Code that was frozen for minutes continues for a moment before it learns that; its idempotency tokens make that safe.
    const isHolder = this.holders.get(jobId)?.at(-1) === machine;
    const isForgiven = this.wasFrozenLately(machine) && (isEnded(job.status) || !isHolder);
    if (isEnded(job.status) && !isForgiven) this.violated('I6', `effect ${name} of ${jobId} by ${machine.name} after it was ${job.status}`);
    if (isHolder && this.view.isFinishedStep(`${jobId} ${name}`)) this.violated('I2', `the finished step ${name} of ${jobId} runs again`);
    return isForgiven;
  }

  sent(jobId: string, by: Machine): void {
    const sends = this.sends.get(jobId) ?? [];
    this.sends.set(jobId, sends);
    const atMs = this.view.nowMs();
    // One that announces an end again submits its delivery again, with a message, or ends the wait of a job that it woke a moment before.
    const isWake = (machine: Machine) =>
      machine.name.startsWith('clock') &&
      !machine.hadFault &&
      !this.submitters.has(`${machine.name} ${jobId}`) &&
      !this.waitEnds.has(`${machine.name} ${jobId}`);
    const byClocks = sends.filter(({ by: machine }) => isWake(machine));
    // A job with a key may be rescued, find no place, and be handed one or reach its deadline in the same run of the clock.
    const isKeyed = this.view.jobOf(jobId)?.gate !== undefined;
    if (!isKeyed && isWake(by) && byClocks.some((send) => send.atMs > atMs - 30_000)) this.violated('I8', `the clock wakes ${jobId} twice`);
    sends.push({ atMs, by });
    const allowed = this.messagesExpected.get(jobId) ?? 0;
    if (sends.length > allowed) this.violated('I8', `message ${sends.length} about ${jobId}, and there was a reason for ${allowed}`);
  }

  /** One message may follow each time that a job is suspended, is overdue, is cancelled or loses its worker to code that does not stop. */
  private expectMessages(before: Job, after: Job, by: Machine): void {
    const { nowMs, faults } = this.view;
    const isClock = by.name.startsWith('clock');
    const isHeld = before.status === 'running' && (before.leaseEndsAtMs ?? 0) > nowMs() + 2 * faults.skewMs + faults.slowCallMs;
    const isHandedOver = after.isHandedOver === true && before.isHandedOver !== true;
    const isCancelOfLost = after.status === 'running' && !isHeld && after.cancelRequestedAtMs !== before.cancelRequestedAtMs;
    // A group cancels its members even if no worker has had it.
    const isCancelOfQueued = after.status === 'queued' && after.cancelRequestedAtMs !== before.cancelRequestedAtMs;
    if (isClock ? !isEnded(after.status) && !isHeld : after.status === 'waiting' || isHandedOver || isCancelOfLost || isCancelOfQueued)
      this.expectMessage(after.id);
  }

  private expectMessage(id: string): void {
    this.messagesExpected.set(id, (this.messagesExpected.get(id) ?? 0) + 1);
  }

  /** @returns the waits of the code that runs the job now, without those of earlier code */
  private pendingWaitsOf(id: string): readonly PendingWait[] {
    const holder = this.holders.get(id)?.at(-1);
    return [...this.view.pendingWaitsOf(id)].filter(({ machine }) => machine === holder);
  }

  /** A sleep ends when the code asked for, or at the deadline; the first of several sleeps ends it. */
  private checkSleep(after: Job, pendingWaits: readonly PendingWait[], by: Machine): void {
    if (after.status !== 'waiting' || after.timeline.at(-1)?.event !== 'sleeping' || pendingWaits.length === 0) return;
    if (by.hadFault || by.name.startsWith('clock') || after.cancelRequestedAtMs !== undefined) return;
    const { skewMs, slowCallMs } = this.view.faults;
    const slackMs = 2 * skewMs + slowCallMs + writeMs;
    const earliestMs = Math.min(after.deadlineMs, ...pendingWaits.map(({ firstUntilMs }) => firstUntilMs));
    // Steps that were running may have outlasted the sleep.
    const latestMs = Math.max(this.view.nowMs(), Math.min(after.deadlineMs, ...pendingWaits.map(({ lastUntilMs }) => lastUntilMs)));
    const mayEndEarly = pendingWaits.some(({ early }) => early !== undefined);
    if ((!mayEndEarly && after.notBeforeMs < earliestMs - slackMs) || after.notBeforeMs > latestMs + slackMs)
      this.violated('I9', `${after.id} sleeps until ${after.notBeforeMs}, and its code asked for ${earliestMs} to ${latestMs}`);
  }

  /** A delegation was refused since its type is draining, so that the wait before the retry is longer. */
  private isAfterDraining({ timeline }: Job): boolean {
    return timeline.at(-1)?.detail?.startsWith('job_type_draining') === true;
  }

  private recordVersion(job: Job): void {
    const versions = this.versions.get(job.id) ?? [];
    this.versions.set(job.id, versions);
    const former = versions.at(-1)?.job;
    if (former?.status !== job.status || former.notBeforeMs !== job.notBeforeMs) this.waitingSinceMs.set(job.id, this.view.nowMs());
    versions.push({
      fromMs: this.view.nowMs(),
      job,
      isAsleep: this.pendingWaitsOf(job.id).length > 0,
      early: this.pendingWaitsOf(job.id).flatMap(({ early }) => early ?? []),
      mayBeInterrupted: this.holders.get(job.id)?.at(-1)?.hadFault === true,
    });
    const { status, finishedAtMs, expiresAtMs } = job;
    // The table keeps whole seconds, as DynamoDB's TTL asks.
    const expectedMs = isEnded(status) ? Math.ceil(((finishedAtMs ?? Number.NaN) + this.view.times.retentionMs) / 1000) * 1000 : undefined;
    if (expiresAtMs !== expectedMs) this.violated('I12', `${job.id} is ${status} and expires at ${expiresAtMs}, not at ${expectedMs}`);
  }

  logged(line: string, by: Machine): void {
    if (line.startsWith('WARN')) this.warnings.set(by, [...(this.warnings.get(by) ?? []), line]);
    if (this.view.isSecret(line)) this.violated('S7', `a secret is in the log: ${line}`);
  }

  answered(answer: Answer): void {
    this.answers.push(answer);
    const { status, body, method, path } = answer;
    if (status >= 500 && status !== 503) this.violated('I6', `${method} ${path} was answered with ${status}: ${JSON.stringify(body)}`);
    if (status >= 400 && this.view.isSecret(JSON.stringify(body))) this.violated('S7', `a secret is in a problem: ${JSON.stringify(body)}`);
  }

  private wasFrozenLately({ frozenUntilMs }: Machine): boolean {
    return frozenUntilMs > this.view.nowMs() - 10_000;
  }

  private checkMove(before: Job, after: Job): void {
    if (!legal[before.status]?.includes(after.status)) this.violated('I4', `${after.id} goes from ${before.status} to ${after.status}`);
  }

  /** The sparse index finds every job that has not ended, and must not hold one that has. */
  private checkAlarm(job: Job): void {
    if (isEnded(job.status) && ((job.alarm !== undefined) !== (job.isUnannounced === true) || job.leaseEndsAtMs !== undefined))
      this.violated('I12', `${job.id} ended with an alarm or a lease`);
    if (!isEnded(job.status) && job.alarm === undefined) this.violated('I1', `${job.id} is ${job.status}, and no alarm will wake it`);
  }
}
