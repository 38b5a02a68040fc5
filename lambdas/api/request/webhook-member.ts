/** The members `webhookUrl` and `webhookEvents` of a submission, a retry and a schedule's job. */
import * as z from 'zod';
import type { Settings } from '../../core/contract/runtime-settings.ts';
import { webhookEvents } from '../../core/contract/webhook-events.ts';
import { type WebhookChoice, withDefaultWebhook } from '../../core/submit/webhook-choice.ts';
import type { LazyViolation } from './violations.ts';

export const webhookUrlSchema = z
  .string()
  .min(1)
  .max(2_048)
  .nullable()
  .optional()
  .describe(
    'Where the end of the job is sent (Standard Webhooks): https, and a public host. Null: nowhere, also where the settings name a default.',
  );

export const webhookEventsSchema = z
  .array(z.enum(webhookEvents))
  .min(1)
  .refine((events) => new Set(events).size === events.length, 'must not name an event twice')
  .optional()
  .describe('What is sent to webhookUrl: only the end, where it is left out.');

/** @returns what is wrong with the URL besides its schema; the check is loaded if there is one */
export async function findWebhookFault(given: unknown, settings: Settings): Promise<string | undefined> {
  const { webhookUrl } = Object(given) as { readonly webhookUrl?: unknown };
  return webhookUrl === undefined || webhookUrl === null ? undefined : (await import('#webhook-part')).faultOfWebhook(webhookUrl, settings);
}

/** Checks what the two members say together. @param at the pointer to what has them */
export function* webhookViolations(
  given: unknown,
  {
    owner,
    settings,
    webhookFault,
    at = '#',
  }: WebhookFaults & { readonly owner: string; readonly settings: Settings; readonly at?: string },
): Generator<LazyViolation> {
  if (webhookFault !== undefined) yield () => ({ pointer: `${at}/webhookUrl`, detail: webhookFault });
  const choice = Object(given) as WebhookChoice;
  if (choice.webhookEvents !== undefined && (withDefaultWebhook(choice, owner, settings).webhookUrl ?? null) === null)
    yield () => ({ pointer: `${at}/webhookEvents`, detail: 'needs a webhookUrl, which says where they are sent' });
}

export interface WebhookFaults {
  /** What is wrong with the URL of the webhook. */
  readonly webhookFault: string | undefined;
}
