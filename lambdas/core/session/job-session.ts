/**
 * A worker's session with a claimed job: every write is fenced by the lease's token, and a heartbeat keeps the lease.
 *
 * The worker gives up half a lease after the last renewal; others may take the job after a whole one. Machines' clocks may differ by that
 * half (a minute, as deployed) and still no two workers believe that they hold the job.
 */

import { JobInterruptedError, LeaseLostError, UnavailableError } from '../contract/errors.ts';
import type { Log } from '../contract/log.ts';
import type { ClaimOrigin, Job, JobPatch } from '../job/job.ts';
import type { JobStore, Runtime } from '../job/ports.ts';
import { Stop } from '../job/stop.ts';
import { makeRedactor, type Redactor, redactPatch } from './redact.ts';
import { elapsedMs, readTimestamps, type Timestamps } from './timestamps.ts';

/** A job that this worker has claimed. */
export interface ClaimedJob {
  readonly job: Job;
  readonly leaseToken: string;
  /** When the claim was sent: the lease counts from here. */
  readonly claimedAt: Timestamps;
  readonly origin: ClaimOrigin;
}

export interface SessionDeps {
  readonly store: JobStore;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly leaseMs: number;
  /** How often the record is read for a cancel request, between heartbeats. @default never */
  readonly cancelCheckMs?: number | undefined;
  /** Hears of each write of the record. It must not throw. @default nothing does */
  readonly onWritten?: (job: Job) => void;
  /** Hides the job's message for this much longer; a failure only means that the job is looked at once more. */
  readonly extendVisibility: (seconds: number) => Promise<void>;
}

/** A cancel request reaches a running worker within this time, or sooner where its contract says so; short jobs never pay for a heartbeat. */
const maxHeartbeatMs = 15_000;

/** The name under which the redactor finds a link's token; no member of a caller or of worker code is named so. */
const linkToken = 'the token of a link';

export class JobSession {
  /** The record as the last response to a write of this worker had it. */
  private record: Job;
  /** Stops when another worker may have the job: nothing more may be done for it. */
  readonly lost = new Stop();
  /** Stops on a cancel, at the deadline, near the end of the invocation's time, when the host is going down, and when the lease is lost. Its reason is a `JobInterruptedError`. */
  readonly interrupted = new Stop();
  private readonly claimedAt: Timestamps;
  private readonly before: Pick<Job, 'invocations' | 'runMs'>;
  private progress: Job['progress'];
  /** What the record must get with the write that ends the run: the members of a save without a response, which people may have seen by then. */
  private unconfirmed: Pick<Job, 'timeline' | 'storeOutages'> | undefined;
  private currentRedactor: Redactor = makeRedactor([], undefined);
  private readonly token: string;
  private readonly deps: SessionDeps;
  private readonly stopped = new Stop();
  private renewedAt: Timestamps;
  private lastWrite: Promise<unknown> = Promise.resolve();
  private heartbeats: Promise<unknown> | undefined;

  constructor({ job, leaseToken, claimedAt }: ClaimedJob, deps: SessionDeps) {
    this.record = job;
    this.token = leaseToken;
    this.deps = deps;
    this.progress = job.progress;
    this.renewedAt = claimedAt;
    this.claimedAt = claimedAt;
    this.before = job;
  }

  /** The job as of the last write of this worker, and of a save whose response was lost. */
  get job(): Job {
    return this.unconfirmed === undefined ? this.record : { ...this.record, ...this.unconfirmed };
  }

  /** Whether a save got no response. It may land late, over a newer one, so no other save is allowed before the write that ends the run. */
  get hasUncertainSave(): boolean {
    return this.unconfirmed !== undefined;
  }

  get redactor(): Redactor {
    return this.currentRedactor;
  }

  /** Hides the secrets of the job's input in what people read, from now on. */
  redactWith(redactor: Redactor): void {
    this.currentRedactor = redactor;
  }

  /** Hides the secrets of something else that the job received, from now on. @param names members whose values are secret */
  redactAlso(names: readonly string[], value: unknown): void {
    const { currentRedactor: before } = this;
    const added = makeRedactor(names, value);
    if (names.length > 0)
      this.currentRedactor = { text: (text) => added.text(before.text(text)), value: (of) => added.value(before.value(of)) };
  }

  /** Hides the token of a link, from now on. */
  redactToken(token: string): void {
    this.redactAlso([linkToken], { [linkToken]: token });
  }

  /** Shows progress with the next write, whichever that is. */
  showProgress(progress: NonNullable<Job['progress']>): void {
    this.progress = progress;
  }

  /** A job that succeeded is done, no matter what its code showed last. */
  completeProgress(): void {
    if (this.progress !== undefined && (this.progress.fraction ?? 1) < 1) this.progress = { fraction: 1, message: null };
  }

  /** Sends heartbeats until `stop`. */
  start(): void {
    const { cancelCheckMs } = this.deps;
    this.heartbeats = cancelCheckMs === undefined ? this.keepLease() : Promise.all([this.keepLease(), this.watchForCancel(cancelCheckMs)]);
  }

  /** Ends the heartbeat and waits for the write under way. */
  async stop(): Promise<void> {
    this.stopped.stop();
    await this.heartbeats;
    await this.lastWrite;
  }

  /** Signals the worker's code to stop; the first reason stays. */
  interrupt(code: JobInterruptedError['code'], message: string): void {
    if (!this.interrupted.aborted) this.interrupted.stop(new JobInterruptedError(code, message));
  }

  /**
   * Writes the record, one write after the other in the order of the calls.
   * @param makePatch called when its turn has come, with the job as earlier writes left it
   * @throws LeaseLostError when another worker has the job; nothing was written then
   */
  write(makePatch: (job: Job) => JobPatch): Promise<Job> {
    return this.inTurn(async () => (await this.writeNow(makePatch(this.job))) ?? this.lose());
  }

  /**
   * Writes as `write` does, unless the record has got a notice that the code has not looked at.
   * @param seenNotices the number of notices that it has looked at
   * @returns undefined when there is another: nothing was written, and `job` has it
   * @throws LeaseLostError as `write` does
   */
  writeUnlessNoticed(seenNotices: number, makePatch: (job: Job) => JobPatch): Promise<Job | undefined> {
    return this.inTurn(async () => {
      if ((this.record.notices ?? 0) !== seenNotices) return undefined;
      const written = await this.writeNow(makePatch(this.job), seenNotices);
      if (written !== undefined) return written;
      const current = await this.deps.store.get(this.record.id, this.deps.runtime.nowMs());
      if (current?.status !== 'running' || current.leaseToken !== this.token) return this.lose();
      this.record = current;
      return undefined;
    });
  }

  /**
   * Writes what the code resumes from.
   * @throws UnavailableError also after a save whose outcome is uncertain; the write that ends the invocation carries it
   */
  save(makePatch: (job: Job) => JobPatch): Promise<Job> {
    return this.write((job) => {
      const patch = makePatch(job);
      if (!this.hasUncertainSave) return patch;
      this.keepUnconfirmed(patch);
      throw new UnavailableError('An earlier write of this invocation was not answered.');
    });
  }

  /**
   * Checks the lease; called before each effect. A process that was frozen, or whose CPU was busy, may resume before its timers report the
   * lease as expired.
   * @throws LeaseLostError unless the lease is certainly held now
   */
  assertHeld(): void {
    if (this.sinceRenewalMs() >= this.deps.leaseMs / 2) this.markLost();
    if (this.lost.aborted) throw new LeaseLostError(this.record.id);
  }

  private inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.lastWrite.then(write);
    this.lastWrite = turn.catch(() => undefined);
    return turn;
  }

  /** @returns undefined when the guard refused it */
  private async writeNow(patch: JobPatch, notices?: number): Promise<Job | undefined> {
    if (this.lost.aborted) throw new LeaseLostError(this.record.id);
    const written = await this.deps.store
      .write(
        this.record,
        { kind: 'lease', leaseToken: this.token, ...(notices === undefined ? {} : { notices }) },
        redactPatch({ ...patch, progress: this.progress, ...this.usage() }, this.currentRedactor),
      )
      .catch((error: unknown) => {
        // A heartbeat that is lost is harmless. A lost save of the journal may still be written, over a later one.
        if (error instanceof UnavailableError && patch.journal !== undefined) this.keepUnconfirmed(patch);
        throw error;
      });
    if (written === undefined) return undefined;
    this.record = written;
    this.deps.onWritten?.(written);
    // A heartbeat leaves a save uncertain: its response may lack what lands after it.
    if (patch.timeline !== undefined) this.unconfirmed = undefined;
    if (written.cancelRequestedAtMs !== undefined) this.interrupt('cancelled', 'The job was cancelled.');
    return written;
  }

  /** The save may land at any time, so the next write of these members must contain it, regardless of what a heartbeat's response says until then. */
  private keepUnconfirmed(patch: JobPatch): void {
    const { timeline = this.job.timeline } = patch;
    this.unconfirmed = { timeline, storeOutages: 'storeOutages' in patch ? patch.storeOutages : this.job.storeOutages };
  }

  /** Every write carries it, so that what a worker used before it died is counted up to its last heartbeat. */
  private usage(): Pick<JobPatch, 'invocations' | 'runMs'> {
    const { invocations = 0, runMs = 0 } = this.before;
    const elapsed = Math.max(0, Math.round(elapsedMs(this.claimedAt, readTimestamps(this.deps.runtime))));
    return { invocations: invocations + 1, runMs: runMs + elapsed };
  }

  /** The lease is watched from the first heartbeat on: before that it has not expired, unless the process was frozen, and then both are late. */
  private async keepLease(): Promise<void> {
    const { runtime, leaseMs } = this.deps;
    const everyMs = Math.min(maxHeartbeatMs, leaseMs / 4);
    await runtime.sleep(everyMs, this.stopped);
    await Promise.all([this.sendHeartbeats(everyMs), this.watchLease()]);
  }

  private async sendHeartbeats(everyMs: number): Promise<void> {
    while (!this.stopped.aborted && !this.lost.aborted) {
      await this.renew();
      await this.deps.runtime.sleep(everyMs, this.stopped);
    }
  }

  /** A cancel arrives with the response to a heartbeat, which is sent at once when the record shows one. */
  private async watchForCancel(everyMs: number): Promise<void> {
    const { runtime, store } = this.deps;
    while (true) {
      await runtime.sleep(everyMs, this.stopped);
      if (this.stopped.aborted || this.interrupted.aborted) return;
      const job = await store.get(this.record.id, runtime.nowMs()).catch(() => undefined); // the next read may succeed
      if (job?.cancelRequestedAtMs !== undefined) await this.renew();
    }
  }

  /** A heartbeat without a response must not hide that the lease has expired. */
  private async watchLease(): Promise<void> {
    const { runtime, leaseMs } = this.deps;
    while (!this.stopped.aborted) {
      const restMs = leaseMs / 2 - this.sinceRenewalMs();
      if (restMs <= 0) return this.markLost();
      await runtime.sleep(restMs, this.stopped);
    }
  }

  private sinceRenewalMs(): number {
    return elapsedMs(this.renewedAt, readTimestamps(this.deps.runtime));
  }

  private async renew(): Promise<void> {
    const { runtime, leaseMs, log, extendVisibility } = this.deps;
    const startedAt = readTimestamps(runtime);
    try {
      await this.write(() => ({ leaseEndsAtMs: startedAt.wallMs + leaseMs }));
      this.renewedAt = startedAt;
      await extendVisibility(Math.ceil(leaseMs / 1000));
    } catch (error) {
      if (error instanceof LeaseLostError) return;
      log.warn('A heartbeat failed; the work goes on while the lease lasts.', { error: String(error) });
    }
  }

  private lose(): never {
    this.markLost();
    throw new LeaseLostError(this.record.id);
  }

  private markLost(): void {
    this.interrupt('lease_lost', `The lease of job ${this.record.id} is lost: another worker may have it by now.`);
    this.lost.stop(this.interrupted.reason);
  }
}
