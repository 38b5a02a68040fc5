/** Puts an event on a bus for each end of a job, and for each start where that is asked for. */
import type { Log } from '../contract/log.ts';
import { jobFields } from '../control/metrics.ts';
import type { Job } from '../job/job.ts';
import type { StartAnnouncer } from '../job/ports.ts';
import type { EndListener } from './end-announcer.ts';
import { endEvent, type JobEvent, startEvent } from './job-event.ts';

/** Where events go. */
export interface EventBus {
  /** Puts one event, in bounded time; repeating it puts it again. @throws Error where the bus did not accept it, or did not say so */
  put(event: JobEvent): Promise<void>;
}

export interface EventDeps {
  readonly bus: EventBus;
  /** The name of the deployment, which is in the `source` of each event. */
  readonly deployment: string;
  /** Names of job types that have no events: the service's own, but for groups. */
  readonly internalTypes: readonly string[];
}

/** @returns the listener that puts the event of an end. The bus has it at least once, with one `id`: a put whose answer was lost is repeated */
export function eventListener({ bus, deployment, internalTypes }: EventDeps): EndListener {
  return {
    isFor: ({ type }) => !internalTypes.includes(type),
    notify: (job) => bus.put(endEvent(job, deployment)),
  };
}

/** @returns what puts the event of a start: once, and never again where that fails, since nothing waits for it */
export function startAnnouncer({ bus, deployment, internalTypes, log }: EventDeps & { readonly log: Log }): StartAnnouncer {
  return async (job: Job) => {
    if (internalTypes.includes(job.type)) return;
    try {
      await bus.put(startEvent(job, deployment));
    } catch (error) {
      log.warn('The event of the start of a job could not be put.', { ...jobFields(job), error: String(error) });
    }
  };
}
