/** A job as a test looks at it: what the API shows of it, and what its record holds for the next invocation. */
import type { formatJob } from '../lambdas/api/resources/job-resource.ts';
import type { JobError } from '../lambdas/core/job/job.ts';
import type { JobStatus } from '../lambdas/core/job/states.ts';

/** The job resource, as `GET /v1/jobs/{id}` answers it. */
export type JobResource = ReturnType<typeof formatJob>;

/** A file that a job wrote with `ctx.files`, once its record points at it. */
export interface TestFile {
  readonly contentType: string;
  readonly body: Buffer;
  /** The body as UTF-8. */
  readonly text: string;
}

export interface JobSnapshot {
  readonly resource: JobResource;
  readonly result: unknown;
  readonly checkpoint: unknown;
  readonly files: ReadonlyMap<string, TestFile>;
}

/** As of the last call of the kit: `submit`, `run`, `advance`, `next`, `settle`, `cancel` and `signal` bring all jobs up to date. */
export class TestJob<Output = unknown> {
  private snapshot: JobSnapshot;

  constructor(snapshot: JobSnapshot) {
    this.snapshot = snapshot;
  }

  /** @internal */
  update(snapshot: JobSnapshot): void {
    this.snapshot = snapshot;
  }

  get id(): string {
    return this.snapshot.resource.id;
  }

  get type(): string {
    return this.snapshot.resource.type;
  }

  get status(): JobStatus {
    return this.snapshot.resource.status;
  }

  /** What `run` returned, as the contract's `output` made it and callers get it; undefined unless the job has succeeded. */
  get result(): Output | undefined {
    return this.snapshot.result as Output | undefined;
  }

  /** Why the job failed: `code`, `message`, `retryable`, `details`; undefined unless it has failed. */
  get error(): JobError | undefined {
    return this.snapshot.resource.error ?? undefined;
  }

  /** Why the job waits, e.g. `{ code: 'sleeping', detail: null, until: '2026-01-01T00:05:00.000Z' }`; undefined while it runs and after its end. */
  get reason(): NonNullable<JobResource['reason']> | undefined {
    return this.snapshot.resource.reason ?? undefined;
  }

  /** Attempts started. */
  get attempts(): number {
    return this.snapshot.resource.attempt;
  }

  /** What `ctx.progress` reported last, once it was written with a checkpoint, a step, a heartbeat or the end. */
  get progress(): JobResource['progress'] {
    return this.snapshot.resource.progress;
  }

  /** What happened to the job, oldest first, e.g. `started`, `step`, `sleeping`, `resumed`, `attempt_failed`, `worker_lost`. */
  get timeline(): JobResource['timeline'] {
    return this.snapshot.resource.timeline;
  }

  /** What the worker saved last with `ctx.checkpoint.save`. */
  get checkpoint(): unknown {
    return this.snapshot.checkpoint;
  }

  /** Files that callers could download now, by name. */
  get files(): ReadonlyMap<string, TestFile> {
    return this.snapshot.files;
  }

  /** The whole resource, as `GET /v1/jobs/{id}` answers it. */
  get resource(): JobResource {
    return this.snapshot.resource;
  }
}
