/** The ids of what is sent about a job's end. They follow from the record, so whoever announces an end, and however often, makes one delivery. */
import { deriveJobId } from '../job/ids.ts';
import type { Job } from '../job/job.ts';

type EndedJob = Pick<Job, 'id' | 'createdAtMs' | 'owner'>;

/** @returns the id of the job that delivers the end, whether or not there is one */
export function deliveryId(job: EndedJob): string {
  return deriveJobId(job.owner, { kind: 'webhook', of: job });
}

/** @returns the `webhook-id` of the end: the same over all tries, and when it is sent again by hand */
export function webhookMessageId(job: EndedJob): string {
  return deliveryId(job).replace(/^job_/, 'msg_');
}
