/** Turns what happens to a job into the job that delivers it. */
import type { Job } from '../../core/job/job.ts';
import type { JobStatus } from '../../core/job/states.ts';
import { type Submission, type SubmitDeps, submitJob } from '../../core/submit/submit-job.ts';
import { type Delivered, deliveryId } from '../../core/submit/webhook-delivery.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import { contract, type DeliveryInput, eventTypes } from './contract.ts';

/** The input of a delivery is far smaller than what the record holds. */
const noPayloads: SubmitDeps['payloads'] = {
  put: () => Promise.reject(new Error('too large')),
  get: () => Promise.resolve(undefined),
};

type DeliverDeps = Omit<SubmitDeps, 'payloads'>;

/** Submits the delivery of an event, which takes no place in the quota of the owner. Repeating it changes nothing, since its id and its content follow from the record. */
export async function submitDelivery(job: Job, delivered: Delivered, deps: DeliverDeps): Promise<void> {
  const submission = submissionOf(job, delivered, canonicalJson(inputOf(job, delivered)));
  await submitJob(deliveryId(job, delivered), submission, { ...deps, payloads: noPayloads });
}

/** Submits the delivery of the start unless there is one: its first worker may have died before it did, or the table may have refused it. */
export async function makeUpForStart(job: Job, deps: DeliverDeps): Promise<void> {
  const known = await deps.store.get(deliveryId(job, 'started'), deps.runtime.nowMs());
  if (known === undefined) await submitDelivery(job, 'started', deps);
}

/** @returns the submission of another delivery of the same end, and what makes two requests for it the same */
export function deliveryAgain(job: Job): { readonly body: unknown; readonly submission: Submission } {
  const body = { again: inputOf(job, 'ended') };
  return { body, submission: submissionOf(job, 'ended', canonicalJson(body)) };
}

function submissionOf(job: Job, delivered: Delivered, canonicalBody: string): Submission {
  const { owner, traceparent } = job;
  return { owner, contract, input: inputOf(job, delivered), canonicalBody, ...(traceparent === undefined ? {} : { traceparent }) };
}

function inputOf({ id, createdAtMs, status }: Job, delivered: Delivered): DeliveryInput {
  const source = { job: id, createdAt: new Date(createdAtMs).toISOString() };
  switch (delivered) {
    case 'ended':
      return { ...source, event: endOf(status) };
    case 'started':
      return { ...source, event: 'job.started' };
    default:
      return { ...source, event: 'job.progress', minute: Number(delivered.slice('progress '.length)) };
  }
}

function endOf(status: JobStatus): DeliveryInput['event'] {
  const event = eventTypes.find((name) => name === `job.${status}`);
  if (event === undefined) throw new Error(`A job that is ${status} has not ended, so there is no end to deliver.`);
  return event;
}
