/** A claimed job in the hands of its worker: every write is fenced by the lease's token, and a heartbeat keeps the lease. */
import type { Log } from './context.ts';
import { JobInterruptedError, LeaseLostError } from './errors.ts';
import type { Job, JobPatch } from './job.ts';
import type { JobStore, World } from './ports.ts';

export interface LeasePorts {
  readonly store: JobStore;
  readonly world: World;
  readonly log: Log;
  readonly leaseMs: number;
  /** Hides the job's message for so much longer; a failure only means an extra look at the job. */
  readonly extendVisibility: (seconds: number) => Promise<void>;
}

/** A cancel request reaches a running worker within this time, and short jobs never pay for a heartbeat. */
const longestHeartbeatMs = 15_000;

export class HeldLease {
  /** As of the last write of this worker. */
  job: Job;
  /** Aborts when somebody else may have the job: nothing more may be done for it. */
  readonly lost = new AbortController();
  /** Aborts on cancel, deadline, time-out, and when the lease is lost. */
  readonly interrupted = new AbortController();
  /** Goes out with the next write, whichever that is. */
  progress: Job['progress'];
  private readonly token: string;
  private readonly ports: LeasePorts;
  private readonly stopped = new AbortController();
  private endsAtMs: number;
  private lastWrite: Promise<unknown> = Promise.resolve();
  private beating: Promise<unknown> | undefined;

  constructor(job: Job, token: string, ports: LeasePorts) {
    this.job = job;
    this.token = token;
    this.ports = ports;
    this.progress = job.progress;
    this.endsAtMs = job.leaseEndsAtMs ?? 0;
  }

  /** Beats until `stop`. */
  start(): void {
    this.beating = Promise.all([this.beat(), this.watch()]);
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
  write(makePatch: () => JobPatch): Promise<Job> {
    const turn = this.lastWrite.then(() => this.writeNow(makePatch()));
    this.lastWrite = turn.catch(() => undefined);
    return turn;
  }

  private async writeNow(patch: JobPatch): Promise<Job> {
    if (this.lost.signal.aborted) throw new LeaseLostError(this.job.id);
    const written = await this.ports.store.write(this.job, { leaseToken: this.token }, { ...patch, progress: this.progress });
    if (written === undefined) {
      this.lose();
      throw new LeaseLostError(this.job.id);
    }
    this.job = written;
    if (written.cancelRequestedAtMs !== undefined) this.interrupt('cancelled', 'The job was cancelled.');
    return written;
  }

  private async beat(): Promise<void> {
    const { world, leaseMs } = this.ports;
    const everyMs = Math.min(longestHeartbeatMs, leaseMs / 4);
    while (true) {
      await world.pause(everyMs, this.stopped.signal);
      if (this.stopped.signal.aborted || this.lost.signal.aborted) return;
      await this.renew();
    }
  }

  /** A heartbeat whose answer does not come must not hide that the lease is over; machines' clocks differ, so a little before. */
  private async watch(): Promise<void> {
    const { world, leaseMs } = this.ports;
    while (!this.stopped.signal.aborted) {
      const restMs = this.endsAtMs - leaseMs / 10 - world.nowMs();
      if (restMs <= 0) return this.lose();
      await world.pause(restMs, this.stopped.signal);
    }
  }

  private async renew(): Promise<void> {
    const { world, leaseMs, log, extendVisibility } = this.ports;
    const endsAtMs = world.nowMs() + leaseMs;
    try {
      await this.write(() => ({ leaseEndsAtMs: endsAtMs }));
      this.endsAtMs = endsAtMs;
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
