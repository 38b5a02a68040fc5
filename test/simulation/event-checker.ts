/** Holds what arrives at the event bus against the records: each end has its event, under one id, and nothing else has one. */
import type { JobEvent } from '../../lambdas/core/announce/job-event.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Checker } from './checker.ts';

export interface EventView {
  readonly nowMs: () => number;
  /** The record of this id as it is now. */
  readonly jobOf: (id: string) => Job | undefined;
  /** Jobs that expired, and whose id another job has now. */
  readonly expired: ReadonlySet<Job>;
  /** Types of the service's own jobs. */
  readonly internalTypes: readonly string[];
}

export class EventChecker {
  /** What the bus took, in order. */
  readonly taken: { readonly event: JobEvent; readonly atMs: number }[] = [];
  /** By job and type of event: the ids under which the bus got it. */
  private readonly ids = new Map<string, Set<string>>();
  private readonly jobsOfIds = new Map<string, string>();
  private readonly checker: Checker;
  private readonly view: EventView;

  constructor(checker: Checker, view: EventView) {
    this.checker = checker;
    this.view = view;
  }

  /** The bus takes an event. */
  put(event: JobEvent): void {
    this.taken.push({ event, atMs: this.view.nowMs() });
    const key = keyOf(event.subject, event.data.createdAt, event.type);
    const ids = this.ids.get(key) ?? new Set();
    this.ids.set(key, ids.add(event.id));
    const [first] = ids;
    if (ids.size > 1) this.checker.violated('I20', `${event.type} of ${event.subject} was put as ${first} and as ${event.id}`);
    const known = this.jobsOfIds.get(event.id) ?? key;
    this.jobsOfIds.set(event.id, known);
    if (known !== key) this.checker.violated('I20', `the events of ${key} and ${known} have one id`);
    this.checkRecord(event);
  }

  /** The end counts as announced from now on. */
  announced(job: Job): void {
    if (this.view.internalTypes.includes(job.type)) return;
    const key = keyOf(job.id, new Date(job.createdAtMs).toISOString(), `job.${job.status}`);
    if (!this.ids.has(key)) this.checker.violated('I20', `${job.id} is ${job.status}, and the bus has no event of that`);
  }

  private checkRecord({ type, subject, data }: JobEvent): void {
    const isThisJob = (job: Job | undefined) => job?.id === subject && new Date(job.createdAtMs).toISOString() === data.createdAt;
    const job = [this.view.jobOf(subject), ...this.view.expired].find(isThisJob);
    if (job === undefined) {
      this.checker.violated('I20', `the event ${type} of ${subject}, which does not exist`);
      return;
    }
    if (this.view.internalTypes.includes(job.type)) this.checker.violated('I20', `an event of ${subject}, which is the service's own`);
    const isTrue = type === 'job.started' ? job.startedAtMs !== undefined : type === `job.${job.status}`;
    if (!isTrue) this.checker.violated('I20', `the event ${type} of ${subject}, which is ${job.status}`);
  }
}

const keyOf = (id: string, createdAt: string, type: string) => `${type} of ${id}, created ${createdAt}`;
