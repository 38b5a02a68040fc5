/** Turns the end of a job into the job that delivers it. */
import type { Job } from '../../core/job/job.ts';
import type { JobStatus } from '../../core/job/states.ts';
import { type Submission, type SubmitDeps, submitJob } from '../../core/submit/submit-job.ts';
import { deliveryId } from '../../core/submit/webhook-delivery.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import { contract, type DeliveryInput, webhookEvents } from './contract.ts';

/** The input of a delivery is far smaller than what the record holds. */
const noPayloads: SubmitDeps['payloads'] = {
  put: () => Promise.reject(new Error('too large')),
  get: () => Promise.resolve(undefined),
};

type DeliverDeps = Omit<SubmitDeps, 'payloads'>;

/** Submits the delivery of an end, which takes no place in the quota of the owner. Repeating it changes nothing, since its id and its content follow from the record. */
export async function submitDelivery(job: Job, deps: DeliverDeps): Promise<void> {
  await submitJob(deliveryId(job), submissionOf(job, canonicalJson(inputOf(job))), { ...deps, payloads: noPayloads });
}

/** @returns the submission of another delivery of the same end, and what makes two requests for it the same */
export function deliveryAgain(job: Job): { readonly body: unknown; readonly submission: Submission } {
  const body = { again: inputOf(job) };
  return { body, submission: submissionOf(job, canonicalJson(body)) };
}

function submissionOf(job: Job, canonicalBody: string): Submission {
  const { owner, traceparent } = job;
  return { owner, contract, input: inputOf(job), canonicalBody, ...(traceparent === undefined ? {} : { traceparent }) };
}

function inputOf({ id, createdAtMs, status }: Job): DeliveryInput {
  return { job: id, createdAt: new Date(createdAtMs).toISOString(), event: eventOf(status) };
}

function eventOf(status: JobStatus): DeliveryInput['event'] {
  const event = webhookEvents.find((name) => name === `job.${status}`);
  if (event === undefined) throw new Error(`A job that is ${status} has not ended, so there is nothing to deliver.`);
  return event;
}
