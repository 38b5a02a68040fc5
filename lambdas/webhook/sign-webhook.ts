/** Signatures of Standard Webhooks 1.0.0: what the sender writes and what a receiver compares with. */
import { createHmac } from 'node:crypto';
import { webhookKey } from './webhook-secret.ts';

/** The headers of one try. */
export interface WebhookHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

export interface WebhookContent {
  /** The same for all tries of one event: letters, digits, `_` and `-`, at most 255. */
  readonly id: string;
  /** When this try starts. It is signed in whole seconds. */
  readonly attemptedAt: Date;
  /** The very bytes that are sent. */
  readonly body: Uint8Array;
}

/** A full stop separates what is signed, so an id must not hold one. */
export const webhookId = /^[\w-]{1,255}$/;

/**
 * Signs one try with every secret: two while secrets rotate, so that receivers with either accept it.
 * @throws TypeError if there is no secret, a secret is not one, or the id or the time cannot be sent
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
 */
export function signWebhook({ id, attemptedAt, body }: WebhookContent, secrets: readonly string[]): WebhookHeaders {
  if (!webhookId.test(id)) throw new TypeError(`A webhook's id must be 1 to 255 letters, digits, _ and - (was ${JSON.stringify(id)}).`);
  if (secrets.length === 0) throw new TypeError('A webhook must be signed with at least one secret (there was none).');
  const timestamp = String(Math.floor(attemptedAt.getTime() / 1_000));
  if (!/^\d+$/.test(timestamp)) throw new TypeError(`A webhook's time must be after 1970 (was ${attemptedAt}).`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signaturesOf({ id, timestamp, body }, secrets).join(' '),
  };
}

/** One signature for each secret, `v1,` and base64, of the texts that the headers hold. */
export function signaturesOf(
  { id, timestamp, body }: { readonly id: string; readonly timestamp: string; readonly body: Uint8Array },
  secrets: readonly string[],
): readonly string[] {
  return secrets.map((secret) => {
    const digest = createHmac('sha256', webhookKey(secret)).update(`${id}.${timestamp}.`).update(body).digest('base64');
    return `v1,${digest}`;
  });
}
