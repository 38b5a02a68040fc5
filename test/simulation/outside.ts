/** The world outside of Delegation, as the jobs' code changes it. It honours idempotency tokens as EC2 does, and keeps its own ledger. */
import type { Machine } from './machine.ts';

/** One piece of code at work for a job: from here to its end it may change the world. */
export interface Activity {
  readonly jobId: string;
  readonly machine: Machine;
  readonly signal: AbortSignal;
}

export interface OutsideWatcher {
  /** A request has its effect now. */
  effect(jobId: string, name: string, machine: Machine): void;
}

export class Outside {
  /** By job and name of the effect: the tokens under which it happened. */
  readonly effects = new Map<string, Map<string, Set<string>>>();
  readonly resources = new Map<string, Set<string>>();
  readonly activities = new Set<Activity>();
  /** Job and name of steps whose result the code has got: they must never run again. */
  readonly finishedSteps = new Set<string>();
  /** What the jobs' own code threw, by job. */
  readonly throws = new Map<string, number>();
  private readonly watcher: OutsideWatcher;

  constructor(watcher: OutsideWatcher) {
    this.watcher = watcher;
  }

  effect(activity: Activity, name: string, token: string): Promise<string> {
    const { jobId, machine } = activity;
    return this.during(activity, () =>
      machine.call(
        `effect ${name}`,
        () => {
          const ofJob = this.effects.get(jobId) ?? new Map<string, Set<string>>();
          this.effects.set(jobId, ofJob);
          ofJob.set(name, (ofJob.get(name) ?? new Set()).add(token));
          this.watcher.effect(jobId, name, machine);
          return `receipt of ${name}`;
        },
        { isReliable: true },
      ),
    );
  }

  create(activity: Activity, name: string, token: string): Promise<string> {
    const { jobId, machine } = activity;
    return this.during(activity, () =>
      machine.call(
        `create ${name}`,
        () => {
          this.resources.set(jobId, (this.resources.get(jobId) ?? new Set()).add(token));
          this.watcher.effect(jobId, name, machine);
          return token;
        },
        { isReliable: true },
      ),
    );
  }

  destroyAll(jobId: string, machine: Machine): Promise<number> {
    return machine.call(
      'destroy',
      () => {
        const count = this.resources.get(jobId)?.size ?? 0;
        this.resources.delete(jobId);
        return count;
      },
      { isReliable: true },
    );
  }

  async during<T>(activity: Activity, act: () => Promise<T>): Promise<T> {
    this.activities.add(activity);
    try {
      return await act();
    } finally {
      this.activities.delete(activity);
    }
  }
}
