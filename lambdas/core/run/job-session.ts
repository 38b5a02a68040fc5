/**
 * A claimed job in the hands of its worker: every write is fenced by the lease's token, and a heartbeat keeps the lease.
 *
 * The worker gives up half a lease after the last renewal, others may take the job after a whole one: machines' clocks may differ by that
 * half (a minute, as deployed) and still no two believe that they hold the job.
 */
import type { Log } from '../contract/context.ts';
import { JobInterruptedError, LeaseLostError, UnavailableError } from '../contract/errors.ts';
import type { Job, JobPatch } from '../job/job.ts';
import type { JobStore, Runtime } from '../job/ports.ts';
import { makeRedactor, type Redactor, redactPatch } from './redact.ts';

export interface LeasePorts {
  readonly store: JobStore;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly leaseMs: number;
  /** How often the record is read for a cancel request, between heartbeats. @default never */
  readonly cancelCheckMs?: number | undefined;
  /** Hides the job's message for so much longer; a failure only means an extra look at the job. */
  readonly extendVisibility: (seconds: number) => Promise<void>;
}

/** One moment, by the two clocks of a machine. */
export interface Timestamps {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** A cancel request reaches a running worker within this time, or sooner where its contract says so; short jobs never pay for a heartbeat. */
const longestHeartbeatMs = 15_000;

export class JobSession {
  /** As of the last write of this worker. */
  job: Job;
  /** Aborts when somebody else may have the job: nothing more may be done for it. */
  readonly lost = new AbortController();
  /** Aborts on cancel, deadline, time-out, and when the lease is lost. */
  readonly interrupted = new AbortController();
  /** Goes out with the next write, whichever that is. */
  progress: Job['progress'];
  /** Something was saved, and nobody knows whether that was done or will be: done late, it would undo what is saved after it. */
  isInDoubt = false;
  /** Of the job's input, as soon as that is known. */
  redactor: Redactor = makeRedactor([], undefined);
  private readonly token: string;
  private readonly ports: LeasePorts;
  private readonly stopped = new AbortController();
  private renewedAt: Timestamps;
  private lastWrite: Promise<unknown> = Promise.resolve();
  private beating: Promise<unknown> | undefined;

  /** @param claimedAt when the claim was sent */
  constructor(job: Job, token: string, claimedAt: Timestamps, ports: LeasePorts) {
    this.job = job;
    this.token = token;
    this.ports = ports;
    this.progress = job.progress;
    this.renewedAt = claimedAt;
  }

  /** Beats until `stop`. */
  start(): void {
    this.beating = Promise.all([this.beat(), this.watch(), this.listen()]);
  }

  /** Ends the heartbeat and waits for the write under way. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.beating;
    await this.lastWrite;
  }

  /** Tells the worker's code to stop; the first reason stays. */
  interrupt(code: JobInterruptedError['code'], message: string): void {
    if (!this.interrupted.signal.aborted) this.interrupted.abort(new JobInterruptedError(code, message));
  }

  /**
   * One write after the other, in the order of the calls.
   * @param makePatch called when its turn has come, so that it sees what earlier writes did
   * @throws LeaseLostError when another worker has the job; nothing was written then
   */
  write(makePatch: (job: Job) => JobPatch): Promise<Job> {
    const turn = this.lastWrite.then(() => this.writeNow(makePatch(this.job)));
    this.lastWrite = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Writes what the code goes on from.
   * @throws UnavailableError also after one that was in doubt; the write that ends the invocation takes it along
   */
  save(makePatch: (job: Job) => JobPatch): Promise<Job> {
    return this.write((job) => {
      const patch = makePatch(job);
      if (!this.isInDoubt) return patch;
      this.keepStory(patch);
      throw new UnavailableError('An earlier write of this invocation was not answered.');
    });
  }

  /**
   * Call before each effect: a process that was frozen, or kept its CPU busy, may go on before its timers report the lease as over.
   * @throws LeaseLostError unless the lease is surely held at this moment
   */
  assertHeld(): void {
    if (this.sinceRenewalMs() >= this.ports.leaseMs / 2) this.lose();
    if (this.lost.signal.aborted) throw new LeaseLostError(this.job.id);
  }

  private async writeNow(patch: JobPatch): Promise<Job> {
    if (this.lost.signal.aborted) throw new LeaseLostError(this.job.id);
    const written = await this.ports.store
      .write(this.job, { leaseToken: this.token }, redactPatch({ ...patch, progress: this.progress }, this.redactor))
      .catch((error: unknown) => {
        if (error instanceof UnavailableError && patch.steps !== undefined) {
          this.isInDoubt = true;
          this.keepStory(patch);
        }
        throw error;
      });
    if (written === undefined) {
      this.lose();
      throw new LeaseLostError(this.job.id);
    }
    this.job = written;
    if (written.cancelRequestedAtMs !== undefined) this.interrupt('cancelled', 'The job was cancelled.');
    return written;
  }

  /** Keeps the timeline of a write that may have failed, so that the next write has it, too; it may be in the record already. */
  private keepStory({ timeline = this.job.timeline }: JobPatch): void {
    this.job = { ...this.job, timeline };
  }

  private async beat(): Promise<void> {
    const { runtime, leaseMs } = this.ports;
    const everyMs = Math.min(longestHeartbeatMs, leaseMs / 4);
    while (true) {
      await runtime.sleep(everyMs, this.stopped.signal);
      if (this.stopped.signal.aborted || this.lost.signal.aborted) return;
      await this.renew();
    }
  }

  /** The cancel itself comes in with a heartbeat, which is sent at once when there is one. */
  private async listen(): Promise<void> {
    const { runtime, store, cancelCheckMs } = this.ports;
    while (cancelCheckMs !== undefined) {
      await runtime.sleep(cancelCheckMs, this.stopped.signal);
      if (this.stopped.signal.aborted || this.interrupted.signal.aborted) return;
      const job = await store.get(this.job.id, runtime.nowMs()).catch(() => undefined); // the next look may be answered
      if (job?.cancelRequestedAtMs !== undefined) await this.renew();
    }
  }

  /** A heartbeat whose answer does not come must not hide that the lease is over. */
  private async watch(): Promise<void> {
    const { runtime, leaseMs } = this.ports;
    while (!this.stopped.signal.aborted) {
      const restMs = leaseMs / 2 - this.sinceRenewalMs();
      if (restMs <= 0) return this.lose();
      await runtime.sleep(restMs, this.stopped.signal);
    }
  }

  /** By the clock that went further: one may be set back, the other stands still while the machine is suspended. */
  private sinceRenewalMs(): number {
    const { wallMs, monotonicMs } = this.moments();
    return Math.max(wallMs - this.renewedAt.wallMs, monotonicMs - this.renewedAt.monotonicMs);
  }

  private moments(): Timestamps {
    const { runtime } = this.ports;
    return { wallMs: runtime.nowMs(), monotonicMs: runtime.monotonicMs() };
  }

  private async renew(): Promise<void> {
    const { leaseMs, log, extendVisibility } = this.ports;
    const startedAt = this.moments();
    try {
      await this.write(() => ({ leaseEndsAtMs: startedAt.wallMs + leaseMs }));
      this.renewedAt = startedAt;
      await extendVisibility(Math.ceil(leaseMs / 1000));
    } catch (error) {
      if (error instanceof LeaseLostError) return;
      log.warn('A heartbeat failed; the work goes on while the lease lasts.', { error: String(error) });
    }
  }

  private lose(): void {
    this.interrupt('lease_lost', `The lease of job ${this.job.id} is lost: another worker may have it by now.`);
    this.lost.abort(this.interrupted.signal.reason);
  }
}
