/** Chooses the webhook of a job: that of its submission, or else the one that the settings give to its owner. */
import type { Settings } from '../contract/runtime-settings.ts';
import { type WebhookEvent, webhookEvents } from '../contract/webhook-events.ts';

/** What a submission says. */
export interface WebhookChoice {
  /** Null: none, also where the settings have one. */
  readonly webhookUrl?: string | null | undefined;
  readonly webhookEvents?: readonly WebhookEvent[] | undefined;
}

/** What the record says. */
export interface ChosenWebhook {
  readonly webhookUrl?: string;
  readonly webhookEvents?: readonly WebhookEvent[];
}

/** @returns the members of the record; the usual choice, the end alone, has no member of its own */
export function chosenWebhook({ webhookUrl, webhookEvents: events = ['ended'] }: WebhookChoice): ChosenWebhook {
  if (webhookUrl === undefined || webhookUrl === null) return {};
  const chosen = webhookEvents.filter((event) => events.includes(event));
  return { webhookUrl, ...(chosen.join() === 'ended' ? {} : { webhookEvents: chosen }) };
}

/** @returns the choice with what the settings say where it says nothing */
export function withDefaultWebhook(choice: WebhookChoice, owner: string, { webhooks }: Pick<Settings, 'webhooks'>): WebhookChoice {
  if (choice.webhookUrl !== undefined) return choice;
  const { owners = {}, default: forAll } = webhooks ?? {};
  const ofOwner = Object.hasOwn(owners, owner) ? owners[owner] : undefined;
  // An owner's `url` may be null, which is none; what the owner leaves out is that of all.
  const { url = forAll?.url, events = forAll?.events } = ofOwner ?? {};
  return { webhookUrl: url, webhookEvents: choice.webhookEvents ?? events };
}
