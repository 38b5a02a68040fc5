/** What of a job's life its webhook may be sent: its first start, its progress, its end. */
export const webhookEvents = ['started', 'progress', 'ended'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];
