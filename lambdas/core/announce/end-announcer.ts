/**
 * Announces the ends of jobs. The write that ends a job also marks its end as unannounced and leaves an alarm. A process that dies before every
 * listener was notified is made up for by the clock, so each end is announced at least once, and a listener takes the second time for the first.
 */
import type { Log } from '../contract/log.ts';
import { jobFields, type Metrics } from '../control/metrics.ts';
import type { Job } from '../job/job.ts';
import type { EndAnnouncer, JobStore, Runtime } from '../job/ports.ts';
import type { JobStatus } from '../job/states.ts';
import { announcementPatch } from '../job/transitions.ts';

/** What follows the end of a job, such as the end of another job's wait. */
export interface EndListener {
  /** @returns whether it must be notified if the job ends so; this must depend on nothing but the record */
  isFor(job: Job, status: JobStatus): boolean;
  /** Repeating it changes nothing. @throws when it must be repeated */
  notify(job: Job): Promise<void>;
}

export interface AnnouncerDeps {
  readonly store: JobStore;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function endAnnouncer(listeners: readonly EndListener[], { store, runtime, log, metrics }: AnnouncerDeps): EndAnnouncer {
  return {
    isFor: (job, status) => listeners.some((listener) => listener.isFor(job, status)),
    async announce(job) {
      if (job.isUnannounced !== true) return;
      const announced = { ...announcementPatch(job), isUnannounced: undefined, alarm: undefined };
      try {
        await notifyAll(listeners, job);
        // Where another process has announced it as well, nothing is left to be written.
        await store.write(job, { kind: 'revision', revision: job.revision }, announced);
      } catch (error) {
        log.warn('The end of a job could not be announced to every listener; the clock tries again.', {
          ...jobFields(job),
          error: String(error),
        });
        const lagMs = Math.max(0, runtime.nowMs() - (job.finishedAtMs ?? 0));
        metrics.put('unannounced', { AnnouncementLag: lagMs }, jobFields(job));
      }
    },
  };
}

/** Each is notified, also where another one fails. */
async function notifyAll(listeners: readonly EndListener[], job: Job): Promise<void> {
  const wanting = listeners.filter((listener) => listener.isFor(job, job.status));
  const notified = await Promise.allSettled(wanting.map((listener) => listener.notify(job)));
  const failed = notified.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
