/**
 * What sends webhooks again: loaded from a file of its own with the first request for that. Such a part has classes of its own, so what it throws is
 * recognised by its name.
 */
export { webhookRoute } from './routes/webhook.ts';
