/** The external systems that the jobs' code changes. They honour idempotency tokens as EC2 does, and keep a ledger of their own. */
import type { Machine } from './machine.ts';

/** A request of a job's code that is under way: until it ends it may change the external systems. */
export interface Activity {
  readonly jobId: string;
  readonly machine: Machine;
  readonly signal: AbortSignal;
}

/** A wait of a job's code, by the clock of its machine. */
export interface PendingWait {
  /** The end that it asked for first, and last: a first request may be lost with a worker that dies. */
  readonly firstUntilMs: number;
  readonly lastUntilMs: number;
  readonly machine: Machine;
  /** What may end it before its time. */
  readonly early: 'signal' | 'jobs' | undefined;
}

export interface ExternalSystemsObserver {
  /** A request takes effect now. @returns whether its machine was frozen, and the job has ended or another worker holds it */
  effect(jobId: string, name: string, machine: Machine): boolean;
  /** A job's code starts its operation of this index. */
  operationStarted(jobId: string, index: number, machine: Machine): void;
  /** Two effects carry one idempotency token, so that the second would count as a repeat of the first. */
  tokenShared(effect: string, other: string): void;
}

export class ExternalSystems {
  /** By job and name of an effect: the tokens under which it happened. */
  readonly effects = new Map<string, Map<string, Set<string>>>();
  /** By tag: the tokens of the resources that exist. */
  readonly resources = new Map<string, Set<string>>();
  /** Resources of jobs that succeeded and have expired since. */
  readonly keptResources: { readonly what: string; readonly tag: string; readonly count: number }[] = [];
  /** By job: the tag of the resources that it created. */
  private readonly tags = new Map<string, string>();
  /** Ids that named another job before. */
  private readonly reused = new Map<string, number>();
  readonly activities = new Set<Activity>();
  /** Job and name of steps whose result the code has received; they must never run again. */
  readonly finishedSteps = new Set<string>();
  /** By job: the number of operations that were done at its last checkpoint. */
  readonly checkpoints = new Map<string, number>();
  /** By job: how often its own code threw or timed out. */
  readonly failures = new Map<string, number>();
  /** By job: how often its clean-up was tried, and how often it was refused. */
  readonly cleanUps = new Map<string, { tries: number; refusals: number }>();
  /** By job, and by name and machine: the waits of code that waits now. */
  readonly pendingWaits = new Map<string, Map<string, PendingWait>>();
  private readonly firstWaits = new Map<string, number>();
  private readonly occurrences = new Map<string, number>();
  /** By idempotency token: the effect that it names. */
  private readonly tokens = new Map<string, string>();
  private readonly observer: ExternalSystemsObserver;

  constructor(observer: ExternalSystemsObserver) {
    this.observer = observer;
  }

  operationStarted({ jobId, machine }: Activity, index: number): void {
    this.observer.operationStarted(jobId, index, machine);
  }

  codeFailed(jobId: string): void {
    this.failures.set(jobId, (this.failures.get(jobId) ?? 0) + 1);
  }

  checkpointSaved(jobId: string, done: number): void {
    this.checkpoints.set(jobId, Math.max(this.checkpoints.get(jobId) ?? 0, done));
  }

  /** Counts the calls for a part of a job's code. @returns whether this is one of the first `times` */
  isAmongFirst(jobId: string, part: string, times: number): boolean {
    const key = `${jobId} ${part}`;
    const occurrences = this.occurrences.get(key) ?? 0;
    this.occurrences.set(key, occurrences + 1);
    return occurrences < times;
  }

  /** Code of this job waits under this name. The promise never settles if the job is suspended. */
  async waiting<T>(
    { jobId, machine }: Activity,
    name: string,
    untilMs: number,
    wait: () => Promise<T>,
    early?: PendingWait['early'],
  ): Promise<T> {
    const key = `${jobId} ${name}`;
    const firstUntilMs = Math.min(this.firstWaits.get(key) ?? untilMs, untilMs);
    this.firstWaits.set(key, firstUntilMs);
    const pendingWaits = this.pendingWaits.get(jobId) ?? new Map<string, PendingWait>();
    this.pendingWaits.set(jobId, pendingWaits);
    // A worker that lost the job may reach the same wait later than its next worker.
    const own = `${name} on ${machine.name}`;
    pendingWaits.set(own, { firstUntilMs, lastUntilMs: untilMs, machine, early });
    try {
      return await wait();
    } finally {
      pendingWaits.delete(own);
    }
  }

  effect(activity: Activity, name: string, token: string): Promise<string> {
    const { jobId, machine } = activity;
    return this.during(activity, () =>
      machine.call(
        `effect ${name}`,
        () => {
          this.useToken(token, jobId, name);
          this.recordEffect(jobId, name, token);
          this.observer.effect(jobId, name, machine);
          return `receipt of ${name}`;
        },
        { isReliable: true },
      ),
    );
  }

  /** @param tag marks the resource, so that the clean-up finds it */
  create(activity: Activity, name: string, token: string, tag: string): Promise<string> {
    const { jobId, machine } = activity;
    return this.during(activity, () =>
      machine.call(
        `create ${name}`,
        () => {
          this.useToken(token, jobId, name);
          this.recordEffect(jobId, name, token);
          this.tags.set(jobId, tag);
          // The job's next worker may have cleaned up before.
          const isForgiven = this.observer.effect(jobId, name, machine);
          if (!isForgiven) this.resources.set(tag, (this.resources.get(tag) ?? new Set()).add(token));
          return token;
        },
        { isReliable: true },
      ),
    );
  }

  /** @returns the number of resources of this job that exist */
  resourcesOf(jobId: string): number {
    return this.resources.get(this.tags.get(jobId) ?? '')?.size ?? 0;
  }

  /** @param tag of the resources @param refusals number of tries that fail first */
  destroyAll(jobId: string, tag: string, refusals: number, machine: Machine): Promise<number> {
    return machine.call(
      'destroy',
      () => {
        const cleanUp = this.cleanUps.get(jobId) ?? { tries: 0, refusals: 0 };
        this.cleanUps.set(jobId, cleanUp);
        cleanUp.tries += 1;
        if (cleanUp.refusals < refusals) {
          cleanUp.refusals += 1;
          throw new Error('The external system refuses this for now.');
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

  /** The job of this id expired, and the next job of this id is another one. */
  forget(jobId: string): void {
    const tag = this.tags.get(jobId);
    const count = this.resourcesOf(jobId);
    if (tag !== undefined && count > 0) this.keptResources.push({ what: `the first job ${jobId}`, tag, count });
    for (const ofJobs of [this.effects, this.checkpoints, this.failures, this.cleanUps, this.pendingWaits, this.tags]) ofJobs.delete(jobId);
    for (const ofJobs of [this.firstWaits, this.occurrences])
      for (const key of ofJobs.keys()) if (key.startsWith(`${jobId} `)) ofJobs.delete(key);
    for (const key of this.finishedSteps) if (key.startsWith(`${jobId} `)) this.finishedSteps.delete(key);
    this.reused.set(jobId, (this.reused.get(jobId) ?? 0) + 1);
  }

  private recordEffect(jobId: string, name: string, token: string): void {
    const ofJob = this.effects.get(jobId) ?? new Map<string, Set<string>>();
    this.effects.set(jobId, ofJob);
    ofJob.set(name, (ofJob.get(name) ?? new Set()).add(token));
  }

  /** A token, or the id of a delegated job, names one effect. */
  useToken(token: string, jobId: string, name: string): void {
    const effect = `${name} of ${jobId}${this.reused.has(jobId) ? ', as the id of a later job' : ''}`;
    const known = this.tokens.get(token) ?? effect;
    this.tokens.set(token, known);
    if (known !== effect) this.observer.tokenShared(effect, known);
  }
}
