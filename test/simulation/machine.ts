/** A process in the simulated account. It may be slow, frozen, isolated, or killed at any await, and its clock may be wrong. */

import { UnavailableError } from '../../lambdas/core/contract/errors.ts';
import type { Runtime } from '../../lambdas/core/job/ports.ts';
import type { StopSignal } from '../../lambdas/core/job/stop.ts';
import type { Scheduler } from '../../testing/scheduler.ts';
import type { Random } from './random.ts';

export interface MachineFaults {
  readonly kill: number;
  readonly freeze: number;
  /** It continues, but all of its requests are refused for minutes. */
  readonly isolate: number;
  readonly refuse: number;
  readonly loseAnswer: number;
  /** A request that its sender gives up, and that is done minutes later. */
  readonly straggle: number;
  readonly skewMs: number;
  readonly slowCallMs: number;
}

/** A fault that a scenario injects into one request. */
export type Injection =
  | 'refuse'
  | 'lose the answer'
  | 'die before'
  | 'die after'
  /** The sender gives the request up, and it is done some time later. */
  | { readonly doneAfterMs: number }
  | { readonly freezeMs: number }
  | { readonly delayMs: number };

/** What all machines of one simulation share. */
export interface Cluster {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly traceEvent: (who: string, what: string) => void;
  /** Reports that a fault happened now, which may delay jobs. */
  readonly faultOccurred: () => void;
  /** Chooses a fault before every request. */
  readonly inject?: ((machine: string, what: string) => Injection | undefined) | undefined;
}

/** A worker gives up its lease a minute after the last heartbeat, and its heartbeats are 15 s apart. */
const clockStepThatEndsLeasesMs = 40_000;

export class Machine {
  readonly name: string;
  isDead = false;
  frozenUntilMs = 0;
  private isolatedUntilMs = 0;
  /** It had a fault by which its jobs may lose their worker. */
  hadFault = false;
  /** The job whose code ended this machine, if one did. */
  killedBy: string | undefined;
  readonly runtime: Runtime;
  readonly died: Promise<void>;
  private readonly cluster: Cluster;
  private readonly faults: () => MachineFaults;
  private skewMs: number;
  private tokens = 0;
  private resolveDied!: () => void;

  /** @param faults the present ones: the period of faults ends at some time */
  constructor(name: string, cluster: Cluster, faults: () => MachineFaults) {
    this.name = name;
    this.cluster = cluster;
    this.faults = faults;
    this.skewMs = this.drawSkew();
    this.died = new Promise((resolve) => {
      this.resolveDied = resolve;
    });
    const { scheduler, random } = cluster;
    this.runtime = {
      nowMs: () => scheduler.nowMs + this.skewMs,
      monotonicMs: () => scheduler.nowMs,
      random: () => random.next(),
      newToken: () => {
        this.tokens += 1;
        return `${name}t${this.tokens}`;
      },
      sleep: (ms, signal) => this.sleep(ms, signal),
    };
  }

  get isRunning(): boolean {
    return !this.isDead && this.frozenUntilMs <= this.cluster.scheduler.nowMs;
  }

  kill(why: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.hadFault = true;
    this.cluster.faultOccurred();
    this.cluster.traceEvent(this.name, `dies: ${why}`);
    this.resolveDied();
  }

  freeze(ms: number): void {
    this.hadFault = true;
    this.frozenUntilMs = this.cluster.scheduler.nowMs + ms;
    this.cluster.faultOccurred();
    this.cluster.scheduler.at(this.frozenUntilMs, () => this.cluster.faultOccurred());
    this.cluster.traceEvent(this.name, `is frozen for ${Math.round(ms / 1000)} s`);
  }

  /** Keeps the processor busy, as code may: nothing else happens on it meanwhile, and the code continues before all that became due. */
  block(ms: number): Promise<void> {
    const { scheduler } = this.cluster;
    this.freeze(ms);
    return new Promise((resolve) => {
      const resume = () => {
        if (this.isDead) return;
        if (this.isRunning) return resolve();
        scheduler.at(this.frozenUntilMs, resume, Number.NEGATIVE_INFINITY);
      };
      scheduler.at(this.frozenUntilMs, resume, Number.NEGATIVE_INFINITY);
    });
  }

  private isolate(ms: number): void {
    this.hadFault = true;
    this.isolatedUntilMs = this.cluster.scheduler.nowMs + ms;
    this.cluster.faultOccurred();
    this.cluster.traceEvent(this.name, `is isolated for ${Math.round(ms / 1000)} s`);
  }

  /**
   * Sends a request: it travels, is done or refused there, and its answer travels back. If this machine dies meanwhile, the request may be
   * done or not.
   * @param isReliable the request may be slow, but is never refused
   */
  call<T>(what: string, act: () => T, { isReliable = false } = {}): Promise<T> {
    const { scheduler, random, traceEvent, faultOccurred, inject } = this.cluster;
    const injection = inject?.(this.name, what);
    if (injection === 'die before') {
      this.kill(`before ${what}`);
      return new Promise(() => undefined);
    }
    return new Promise((resolve, reject) => {
      const isLate = typeof injection === 'object' && 'doneAfterMs' in injection;
      if (isLate || (!isReliable && random.chance(this.faults().straggle))) {
        this.hadFault = true;
        const afterMs = isLate ? injection.doneAfterMs : random.int(15_000, 300_000);
        traceEvent(this.name, `${what}: no answer, and done ${Math.round(afterMs / 1000)} s later`);
        faultOccurred();
        scheduler.after(afterMs, () => {
          faultOccurred();
          try {
            act();
          } catch {
            // Refused, but its sender no longer waits.
          }
        });
        return this.schedule(12_000, () => reject(new UnavailableError(`${what}: no answer`)));
      }
      const delayMs = typeof injection === 'object' && 'delayMs' in injection ? injection.delayMs : 0;
      if (delayMs > 0) faultOccurred();
      scheduler.after(this.latencyMs() + delayMs, () => {
        if (this.isDead && random.chance(0.5)) return;
        const faults = this.faults();
        const isRefused = !isReliable && (this.isolatedUntilMs > scheduler.nowMs || random.chance(faults.refuse) || injection === 'refuse');
        const isAnswerLost = !isReliable && !isRefused && (random.chance(faults.loseAnswer) || injection === 'lose the answer');
        let answer: () => void;
        if (isRefused) {
          answer = () => reject(new UnavailableError(`${what}: refused`));
        } else {
          try {
            const value = act();
            answer = isAnswerLost ? () => reject(new UnavailableError(`${what}: no answer`)) : () => resolve(value);
          } catch (error) {
            answer = () => reject(error);
          }
        }
        if (isRefused || isAnswerLost) {
          this.hadFault = true;
          faultOccurred();
          traceEvent(this.name, `${what}: ${isRefused ? 'refused' : 'done, and the answer is lost'}`);
        }
        if (injection === 'die after') this.kill(`after ${what}`);
        if (typeof injection === 'object' && 'freezeMs' in injection) this.freeze(injection.freezeMs);
        this.schedule(this.latencyMs(), answer);
      });
    });
  }

  /** Runs something on this machine, if it is alive and when it is not frozen. It may die at each such moment. */
  schedule(ms: number, run: () => void): void {
    const { scheduler, random } = this.cluster;
    const dueMs = scheduler.nowMs + ms;
    const fire = () => {
      if (this.isDead) return;
      const faults = this.faults();
      if (random.chance(faults.kill)) return this.kill('killed');
      if (random.chance(faults.freeze)) this.freeze(random.chance(0.5) ? random.int(1_000, 400_000) : random.int(100_000, 200_000));
      if (random.chance(faults.isolate)) this.isolate(random.int(30_000, 300_000));
      // All that became due while it was frozen happens in its order.
      if (this.frozenUntilMs > scheduler.nowMs) return scheduler.at(this.frozenUntilMs, fire, dueMs - scheduler.startMs - 1e12);
      if (faults.skewMs > 0 && random.chance(0.01)) this.stepClock();
      run();
    };
    scheduler.after(ms, fire);
  }

  /** A clock that steps far ahead makes a lease look older than it is, so that its worker gives it up. */
  private stepClock(): void {
    const before = this.skewMs;
    this.skewMs = this.drawSkew();
    if (this.skewMs - before > clockStepThatEndsLeasesMs) this.hadFault = true;
  }

  sleep(ms: number, signal: StopSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      this.schedule(ms, () => {
        if (!signal.aborted) resolve();
      });
    });
  }

  private latencyMs(): number {
    const { random } = this.cluster;
    return random.chance(0.9) ? random.int(1, 10) : random.int(1, this.faults().slowCallMs);
  }

  private drawSkew(): number {
    const { skewMs } = this.faults();
    return skewMs === 0 ? 0 : this.cluster.random.int(-skewMs, skewMs);
  }
}
