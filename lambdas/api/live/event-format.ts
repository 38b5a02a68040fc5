/** A job in a stream of server-sent events. @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import type { JobResource } from '../openapi/resource-schemas.ts';
import { entityTag } from '../resources/entity-tag.ts';

/** The job as a stream shows it. */
export interface ShownJob {
  readonly status: Job['status'];
  readonly revision: number;
  /** The id of its events: the `ETag` of the job without its quotes, so it changes exactly when the job's resource does. */
  readonly tag: string;
  /** The job's resource, in one line. */
  readonly json: string;
}

/** @param resource of the job, as its own address shows it */
export function showInStream(job: Job, resource: JobResource): ShownJob {
  const json = JSON.stringify(resource);
  return { status: job.status, revision: job.revision, tag: entityTag(json).slice(1, -1), json };
}

/** @returns the event of the job, and after it the one that ends the stream, where the job has ended */
export function eventsOf({ status, tag, json }: ShownJob): string {
  const end = isTerminal(status) ? `event: end\nid: ${tag}\ndata: ${JSON.stringify({ status })}\n\n` : '';
  return `event: job\nid: ${tag}\ndata: ${json}\n\n${end}`;
}

/** Says when to connect again after the end of an answer, however it came. */
export function retryField(ms: number): string {
  return `retry: ${ms}\n`;
}

/** A comment, which clients pass over. */
export const nothingNew = ': nothing new\n\n';
