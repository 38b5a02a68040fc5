/** The world outside of Delegation, as the jobs' code changes it. It honours idempotency tokens as EC2 does, and keeps its own ledger. */
import type { Machine } from './machine.ts';

/** One piece of code at work for a job: from here to its end it may change the world. */
export interface Activity {
  readonly jobId: string;
  readonly machine: Machine;
  readonly signal: AbortSignal;
}

/** What a job's code waits for, by the clock of its machine. */
export interface Wish {
  /** When it asked for the first time, and now: what was asked may have been forgotten with a worker that died. */
  readonly firstUntilMs: number;
  readonly lastUntilMs: number;
  readonly machine: Machine;
}

export interface OutsideWatcher {
  /** A request has its effect now. @returns whether its machine stood still for so long that the job is another's by now, or has ended */
  effect(jobId: string, name: string, machine: Machine): boolean;
  /** A job's code is about to do its n-th operation. */
  begins(jobId: string, index: number, machine: Machine): void;
  /** Two effects carry one idempotency token: the second would be taken for a repeat of the first. */
  tokenShared(effect: string, other: string): void;
}

export class Outside {
  /** By job and name of the effect: the tokens under which it happened. */
  readonly effects = new Map<string, Map<string, Set<string>>>();
  /** By tag. */
  readonly resources = new Map<string, Set<string>>();
  /** What jobs made that succeeded and have expired since. */
  readonly kept: { readonly what: string; readonly tag: string; readonly count: number }[] = [];
  /** By job: what marks the things that it made as its own. */
  private readonly tags = new Map<string, string>();
  /** Ids that stood for another job before. */
  private readonly reused = new Map<string, number>();
  readonly activities = new Set<Activity>();
  /** Job and name of steps whose result the code has got: they must never run again. */
  readonly finishedSteps = new Set<string>();
  /** By job: the operations before this one were done when a checkpoint was saved. */
  readonly checkpoints = new Map<string, number>();
  /** What the jobs' own code threw or was too slow for, by job. */
  readonly failures = new Map<string, number>();
  /** How often the world was asked to undo what a job made, and how often it refused. */
  readonly cleanUps = new Map<string, { tries: number; refusals: number }>();
  /** Of code that waits at the moment, by job and name of the wait. */
  readonly wishes = new Map<string, Map<string, Wish>>();
  private readonly firstWishes = new Map<string, number>();
  private readonly deaths = new Map<string, number>();
  /** For what each idempotency token stands. */
  private readonly tokens = new Map<string, string>();
  private readonly watcher: OutsideWatcher;

  constructor(watcher: OutsideWatcher) {
    this.watcher = watcher;
  }

  begins({ jobId, machine }: Activity, index: number): void {
    this.watcher.begins(jobId, index, machine);
  }

  failed(jobId: string): void {
    this.failures.set(jobId, (this.failures.get(jobId) ?? 0) + 1);
  }

  saved(jobId: string, done: number): void {
    this.checkpoints.set(jobId, Math.max(this.checkpoints.get(jobId) ?? 0, done));
  }

  /** @returns whether a part of a job's code, which takes its process with it so often, does so now */
  isDeadly(jobId: string, part: string, times: number): boolean {
    const key = `${jobId} ${part}`;
    const deaths = this.deaths.get(key) ?? 0;
    this.deaths.set(key, deaths + 1);
    return deaths < times;
  }

  /** Code of this job waits under this name: if it has to, it never comes back from there. */
  async waiting<T>({ jobId, machine }: Activity, name: string, untilMs: number, wait: () => Promise<T>): Promise<T> {
    const key = `${jobId} ${name}`;
    const firstUntilMs = Math.min(this.firstWishes.get(key) ?? untilMs, untilMs);
    this.firstWishes.set(key, firstUntilMs);
    const wishes = this.wishes.get(jobId) ?? new Map<string, Wish>();
    this.wishes.set(jobId, wishes);
    wishes.set(name, { firstUntilMs, lastUntilMs: untilMs, machine });
    try {
      return await wait();
    } finally {
      wishes.delete(name);
    }
  }

  effect(activity: Activity, name: string, token: string): Promise<string> {
    const { jobId, machine } = activity;
    return this.during(activity, () =>
      machine.call(
        `effect ${name}`,
        () => {
          this.use(token, jobId, name);
          this.note(jobId, name, token);
          this.watcher.effect(jobId, name, machine);
          return `receipt of ${name}`;
        },
        { isReliable: true },
      ),
    );
  }

  /** @param tag what it is marked with, and found by when it is to be undone */
  create(activity: Activity, name: string, token: string, tag: string): Promise<string> {
    const { jobId, machine } = activity;
    return this.during(activity, () =>
      machine.call(
        `create ${name}`,
        () => {
          this.use(token, jobId, name);
          this.note(jobId, name, token);
          this.tags.set(jobId, tag);
          // The job's next worker may have cleaned up already.
          const isForgiven = this.watcher.effect(jobId, name, machine);
          if (!isForgiven) this.resources.set(tag, (this.resources.get(tag) ?? new Set()).add(token));
          return token;
        },
        { isReliable: true },
      ),
    );
  }

  /** @returns how many things that this job made are there */
  resourcesOf(jobId: string): number {
    return this.resources.get(this.tags.get(jobId) ?? '')?.size ?? 0;
  }

  /** @param tag of what is undone @param refusals the first so many tries fail */
  destroyAll(jobId: string, tag: string, refusals: number, machine: Machine): Promise<number> {
    return machine.call(
      'destroy',
      () => {
        const cleanUp = this.cleanUps.get(jobId) ?? { tries: 0, refusals: 0 };
        this.cleanUps.set(jobId, cleanUp);
        cleanUp.tries += 1;
        if (cleanUp.refusals < refusals) {
          cleanUp.refusals += 1;
          throw new Error('The runtime refuses to undo this for now.');
        }
        const count = this.resources.get(tag)?.size ?? 0;
        this.resources.delete(tag);
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

  /** The job of this id has expired, and the next of this id is another one. */
  forget(jobId: string): void {
    const tag = this.tags.get(jobId);
    const count = this.resourcesOf(jobId);
    if (tag !== undefined && count > 0) this.kept.push({ what: `the job that was ${jobId} first`, tag, count });
    for (const ofJobs of [this.effects, this.checkpoints, this.failures, this.cleanUps, this.wishes, this.tags]) ofJobs.delete(jobId);
    for (const ofJobs of [this.firstWishes, this.deaths])
      for (const key of ofJobs.keys()) if (key.startsWith(`${jobId} `)) ofJobs.delete(key);
    for (const key of this.finishedSteps) if (key.startsWith(`${jobId} `)) this.finishedSteps.delete(key);
    this.reused.set(jobId, (this.reused.get(jobId) ?? 0) + 1);
  }

  private note(jobId: string, name: string, token: string): void {
    const ofJob = this.effects.get(jobId) ?? new Map<string, Set<string>>();
    this.effects.set(jobId, ofJob);
    ofJob.set(name, (ofJob.get(name) ?? new Set()).add(token));
  }

  /** A token, or the id of a delegated job, stands for one thing. */
  use(token: string, jobId: string, name: string): void {
    const effect = `${name} of ${jobId}${this.reused.has(jobId) ? ' once more' : ''}`;
    const known = this.tokens.get(token) ?? effect;
    this.tokens.set(token, known);
    if (known !== effect) this.watcher.tokenShared(effect, known);
  }
}
