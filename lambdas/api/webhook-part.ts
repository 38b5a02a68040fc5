/** What jobs with webhooks need: loaded from a file of its own with the first one, since most jobs have none. */
export { makeUpForStart, submitDelivery } from '../jobs/deliver-webhook/announce-end.ts';
export { faultOfWebhook } from './request/webhook-fault.ts';
