/** One process of the simulated account: it may be slow, frozen, killed at any await, and its clock may be wrong. */

import { UnavailableError } from '../../lambdas/core/contract/errors.ts';
import type { Runtime } from '../../lambdas/core/job/ports.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export interface MachineFaults {
  readonly kill: number;
  readonly freeze: number;
  /** It works on, and reaches nobody for minutes. */
  readonly isolate: number;
  readonly refuse: number;
  readonly loseAnswer: number;
  /** A request that its sender gave up, and that is done minutes later. */
  readonly straggle: number;
  readonly skewMs: number;
  readonly slowCallMs: number;
}

/** What a told history does to one request. */
export type Injection =
  | 'refuse'
  | 'lose the answer'
  | 'die before'
  | 'die after'
  /** Its sender gives it up, and it is done some time later. */
  | { readonly doneAfterMs: number }
  | { readonly freezeMs: number }
  | { readonly delayMs: number };

/** What the machines of one history share. */
export interface Room {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly tell: (who: string, what: string) => void;
  /** Something went wrong now that may hold up jobs. */
  readonly mishap: () => void;
  /** Asked before every request. */
  readonly inject?: ((machine: string, what: string) => Injection | undefined) | undefined;
}

/** A worker gives its lease up a minute after the last heartbeat, and its heartbeats are 15 s apart. */
const clockStepThatEndsLeasesMs = 40_000;

export class Machine {
  readonly name: string;
  isDead = false;
  frozenUntilMs = 0;
  private isolatedUntilMs = 0;
  /** Something happened to it that may cost its jobs a worker. */
  isDisturbed = false;
  /** The job whose code ended it, if one did. */
  killedBy: string | undefined;
  readonly runtime: Runtime;
  readonly died: Promise<void>;
  private readonly room: Room;
  private readonly faults: () => MachineFaults;
  private skewMs: number;
  private tokens = 0;
  private tellDeath!: () => void;

  /** @param faults as they are at the moment: trouble ends at some time */
  constructor(name: string, room: Room, faults: () => MachineFaults) {
    this.name = name;
    this.room = room;
    this.faults = faults;
    this.skewMs = this.drawSkew();
    this.died = new Promise((resolve) => {
      this.tellDeath = resolve;
    });
    const { scheduler, random } = room;
    this.runtime = {
      nowMs: () => scheduler.nowMs + this.skewMs,
      monotonicMs: () => scheduler.nowMs,
      random: () => random.next(),
      newToken: () => {
        this.tokens += 1;
        return `${name}t${this.tokens}`;
      },
      sleep: (ms, signal) => this.pause(ms, signal),
    };
  }

  get isRunning(): boolean {
    return !this.isDead && this.frozenUntilMs <= this.room.scheduler.nowMs;
  }

  kill(why: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.isDisturbed = true;
    this.room.mishap();
    this.room.tell(this.name, `dies: ${why}`);
    this.tellDeath();
  }

  freeze(ms: number): void {
    this.isDisturbed = true;
    this.frozenUntilMs = this.room.scheduler.nowMs + ms;
    this.room.mishap();
    this.room.scheduler.at(this.frozenUntilMs, () => this.room.mishap());
    this.room.tell(this.name, `is frozen for ${Math.round(ms / 1000)} s`);
  }

  /** Its code keeps the processor busy: nothing else happens on it meanwhile, and the code goes on before anything that came due. */
  block(ms: number): Promise<void> {
    const { scheduler } = this.room;
    this.freeze(ms);
    return new Promise((resolve) => {
      const goOn = () => {
        if (this.isDead) return;
        if (this.isRunning) return resolve();
        scheduler.at(this.frozenUntilMs, goOn, Number.NEGATIVE_INFINITY);
      };
      scheduler.at(this.frozenUntilMs, goOn, Number.NEGATIVE_INFINITY);
    });
  }

  private isolate(ms: number): void {
    this.isDisturbed = true;
    this.isolatedUntilMs = this.room.scheduler.nowMs + ms;
    this.room.mishap();
    this.room.tell(this.name, `is cut off for ${Math.round(ms / 1000)} s`);
  }

  /**
   * A request to another machine: it travels, is done there (or refused), and its answer travels back. Death on the way leaves open
   * whether it was done.
   * @param isReliable only slow, never refused
   */
  call<T>(what: string, act: () => T, { isReliable = false } = {}): Promise<T> {
    const { scheduler, random, tell, mishap, inject } = this.room;
    const injection = inject?.(this.name, what);
    if (injection === 'die before') {
      this.kill(`before ${what}`);
      return new Promise(() => undefined);
    }
    return new Promise((resolve, reject) => {
      const isLate = typeof injection === 'object' && 'doneAfterMs' in injection;
      if (isLate || (!isReliable && random.chance(this.faults().straggle))) {
        this.isDisturbed = true;
        const afterMs = isLate ? injection.doneAfterMs : random.int(15_000, 300_000);
        tell(this.name, `${what}: no answer, and done ${Math.round(afterMs / 1000)} s later`);
        mishap();
        scheduler.after(afterMs, () => {
          mishap();
          try {
            act();
          } catch {
            // Refused there, and nobody is left to hear of it.
          }
        });
        return this.later(12_000, () => reject(new UnavailableError(`${what}: no answer`)));
      }
      const delayMs = typeof injection === 'object' && 'delayMs' in injection ? injection.delayMs : 0;
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
          this.isDisturbed = true;
          mishap();
          tell(this.name, `${what}: ${isRefused ? 'refused' : 'done, and the answer is lost'}`);
        }
        if (injection === 'die after') this.kill(`after ${what}`);
        if (typeof injection === 'object' && 'freezeMs' in injection) this.freeze(injection.freezeMs);
        this.later(this.latencyMs(), answer);
      });
    });
  }

  /** Something that happens on this machine, if it lives and when it is not frozen. Each is a moment at which it may die. */
  later(ms: number, run: () => void): void {
    const { scheduler, random } = this.room;
    const dueMs = scheduler.nowMs + ms;
    const fire = () => {
      if (this.isDead) return;
      const faults = this.faults();
      if (random.chance(faults.kill)) return this.kill('killed');
      if (random.chance(faults.freeze)) this.freeze(random.chance(0.5) ? random.int(1_000, 400_000) : random.int(100_000, 200_000));
      if (random.chance(faults.isolate)) this.isolate(random.int(30_000, 300_000));
      // What came due meanwhile happens in its order.
      if (this.frozenUntilMs > scheduler.nowMs) return scheduler.at(this.frozenUntilMs, fire, dueMs - scheduler.startMs - 1e12);
      if (faults.skewMs > 0 && random.chance(0.01)) this.stepClock();
      run();
    };
    scheduler.after(ms, fire);
  }

  /** A clock that steps far ahead makes a lease look older than it is, so its worker gives it up. */
  private stepClock(): void {
    const before = this.skewMs;
    this.skewMs = this.drawSkew();
    if (this.skewMs - before > clockStepThatEndsLeasesMs) this.isDisturbed = true;
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      this.later(ms, () => {
        if (!signal.aborted) resolve();
      });
    });
  }

  private latencyMs(): number {
    const { random } = this.room;
    return random.chance(0.9) ? random.int(1, 10) : random.int(1, this.faults().slowCallMs);
  }

  private drawSkew(): number {
    const { skewMs } = this.faults();
    return skewMs === 0 ? 0 : this.room.random.int(-skewMs, skewMs);
  }
}
