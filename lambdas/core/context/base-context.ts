/** What a worker's code and its clean-up both see. */
import type { CleanUpContext } from '../contract/context.ts';
import { PermanentError } from '../contract/errors.ts';
import type { Log } from '../contract/log.ts';
import type { Settings } from '../contract/runtime-settings.ts';
import { idempotencyToken } from '../job/ids.ts';
import type { JobSession } from '../session/job-session.ts';
import { readCheckpoint } from './context-input.ts';

export interface BaseContextDeps {
  readonly settings: Settings;
  readonly log: Log;
}

export function baseContext(session: JobSession, { settings, log }: BaseContextDeps) {
  const { job } = session;
  return {
    job: {
      id: job.id,
      owner: job.owner,
      type: job.type,
      attempt: job.attempt,
      get createdAt() {
        return new Date(job.createdAtMs).toISOString();
      },
      get deadline() {
        return new Date(job.deadlineMs).toISOString();
      },
      traceparent: job.traceparent,
      tags: job.tags,
    },
    settings,
    log,
    get signal() {
      return session.interrupted.signal;
    },
    idempotencyToken: (name: string) => idempotencyToken(job, name),
  };
}

/** The context of a clean-up: no new steps, sleeps or files. Its signal aborts only when the lease is lost. */
export function cleanUpContext(session: JobSession, deps: BaseContextDeps): CleanUpContext {
  const { checkpoint } = session.job;
  return {
    ...baseContext(session, deps),
    signal: session.lost.signal,
    checkpoint: {
      load: <T>() => readCheckpoint<T>(checkpoint),
      save: async () => {
        throw new PermanentError('Cleaning up cannot save a checkpoint.', { code: 'worker_error' });
      },
    },
  };
}
