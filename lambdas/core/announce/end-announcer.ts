/**
 * Tells others of a job's end. The write that ends a job also marks its end as unannounced and leaves an alarm, so whoever dies before everybody was
 * told is made up for by the clock: an end is announced at least once, and each listener takes a second time for the same as the first.
 */
import type { Log } from '../contract/log.ts';
import { jobFields } from '../control/metrics.ts';
import type { Job } from '../job/job.ts';
import type { EndAnnouncer, JobStore } from '../job/ports.ts';
import type { JobStatus } from '../job/states.ts';

/** Somebody who may want to know of a job's end. */
export interface EndListener {
  /** @returns whether it is to be told if the job ends so; it must depend on nothing but the record */
  isFor(job: Job, status: JobStatus): boolean;
  /** Repeating it changes nothing. @throws when it must be repeated */
  tell(job: Job): Promise<void>;
}

export interface AnnouncerDeps {
  readonly store: JobStore;
  readonly log: Log;
}

export function endAnnouncer(listeners: readonly EndListener[], { store, log }: AnnouncerDeps): EndAnnouncer {
  return {
    isFor: (job, status) => listeners.some((listener) => listener.isFor(job, status)),
    async announce(job) {
      if (job.isUnannounced !== true) return;
      try {
        await tellAll(listeners, job);
        // Where another process has announced it as well, nothing is left to be written.
        await store.write(job, { kind: 'revision', revision: job.revision }, { isUnannounced: undefined, alarm: undefined });
      } catch (error) {
        log.warn('The end of a job could not be announced to everybody; the clock tries again.', {
          ...jobFields(job),
          error: String(error),
        });
      }
    },
  };
}

/** One that fails keeps the others from nothing. */
async function tellAll(listeners: readonly EndListener[], job: Job): Promise<void> {
  const wanting = listeners.filter((listener) => listener.isFor(job, job.status));
  const told = await Promise.allSettled(wanting.map((listener) => listener.tell(job)));
  const failed = told.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
