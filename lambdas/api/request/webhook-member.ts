/** The member `webhookUrl` of a submission, a retry and a schedule's job. */
import * as z from 'zod';
import type { Settings } from '../../core/contract/runtime-settings.ts';

export const webhookUrlSchema = z
  .string()
  .min(1)
  .max(2_048)
  .optional()
  .describe('Where the end of the job is sent (Standard Webhooks): https, and a public host.');

/** @returns what is wrong with the URL besides its schema; the check is loaded if there is one */
export async function findWebhookFault(given: unknown, settings: Settings): Promise<string | undefined> {
  const { webhookUrl } = Object(given) as { readonly webhookUrl?: unknown };
  return webhookUrl === undefined ? undefined : (await import('#webhook-part')).faultOfWebhook(webhookUrl, settings);
}
