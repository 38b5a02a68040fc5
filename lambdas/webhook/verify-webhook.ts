/** For receivers of webhooks, as `delegation-aws/webhook`: it needs Node's `crypto` alone, and neither AWS nor the engine. */
import { timingSafeEqual } from 'node:crypto';
import { DelegationError } from '../core/contract/errors.ts';
import { signaturesOf, type WebhookHeaders, webhookId } from './sign-webhook.ts';

/** Headers of a request as `fetch`, Node, API Gateway and most frameworks give them. Names are compared without regard to case. */
export type ReceivedHeaders =
  | { get(name: string): string | null | undefined }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ReceivedWebhook {
  readonly headers: ReceivedHeaders;
  /** The raw body as it arrived. A body that was parsed and written again has another signature. */
  readonly body: string | Uint8Array;
}

export interface VerifyWebhookOptions {
  /** The receiver's secret, or both while secrets rotate. */
  readonly secrets: string | readonly string[];
  /** How far the time of the try may be from `now`, in both directions. @default 300 */
  readonly toleranceSeconds?: number;
  /** @default the current time */
  readonly now?: Date;
}

export interface VerifiedWebhook {
  /** The same for all tries of one event. A receiver that has handled this id answers 2xx and does nothing. */
  readonly id: string;
  /** When this try was sent. */
  readonly attemptedAt: Date;
  /** The parsed body. */
  readonly event: unknown;
}

/** A webhook that must not be believed. Answer 400, and do nothing else. */
export class WebhookVerificationError extends DelegationError {
  override readonly name = 'WebhookVerificationError';
  readonly code: 'missing_header' | 'invalid_header' | 'too_old' | 'too_new' | 'wrong_signature' | 'invalid_body';
  readonly retryable = false;
  constructor(code: WebhookVerificationError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Checks that a webhook is from the holder of the secret, unchanged and recent, and parses its body. One signature that one secret made is enough.
 * @throws WebhookVerificationError if it is not, or is not JSON
 * @throws TypeError if a secret is not one, there is none, or the body is not raw
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#verifying-signatures
 */
export function verifyWebhook({ headers, body }: ReceivedWebhook, options: VerifyWebhookOptions): VerifiedWebhook {
  const secrets = typeof options.secrets === 'string' ? [options.secrets] : options.secrets;
  if (secrets.length === 0) throw new TypeError('A webhook must be verified with at least one secret (there was none).');
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  if (!ArrayBuffer.isView(bytes))
    throw new TypeError('The body of a webhook must be the raw text or bytes (was parsed). Verify it before anything parses it.');
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  if (!webhookId.test(id)) throw new WebhookVerificationError('invalid_header', 'webhook-id must be letters, digits, _ and -.');
  if (!/^\d{1,11}$/.test(timestamp)) throw new WebhookVerificationError('invalid_header', 'webhook-timestamp must be Unix seconds.');
  const given = headerOf(headers, 'webhook-signature').split(' ');
  const expected = signaturesOf({ id, timestamp, body: bytes }, secrets);
  if (!given.some((one) => expected.some((other) => isEqual(one, other))))
    throw new WebhookVerificationError(
      'wrong_signature',
      'None of the signatures in webhook-signature was made with a secret of this receiver.',
    );
  checkAge(Number(timestamp), options);
  return { id, attemptedAt: new Date(Number(timestamp) * 1_000), event: parse(bytes) };
}

function headerOf(headers: ReceivedHeaders, name: keyof WebhookHeaders): string {
  const values =
    typeof headers.get === 'function'
      ? [headers.get(name) ?? undefined]
      : Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? value : []));
  const [value, ...others] = values.filter((one) => one !== undefined);
  if (value === undefined || value === '') throw new WebhookVerificationError('missing_header', `The header ${name} is missing.`);
  if (others.length > 0) throw new WebhookVerificationError('invalid_header', `The header ${name} must be there once.`);
  return value;
}

/** Takes as long for every wrong text of the right length: the time must not show how much of it was right. */
function isEqual(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function checkAge(timestamp: number, { toleranceSeconds = 300, now = new Date() }: VerifyWebhookOptions): void {
  const ageSeconds = Math.floor(now.getTime() / 1_000) - timestamp;
  // Written so that a tolerance or a time that is not a number refuses everything.
  if (Math.abs(ageSeconds) <= toleranceSeconds) return;
  throw ageSeconds < 0
    ? new WebhookVerificationError('too_new', `The webhook is from ${-ageSeconds} s in the future; ${toleranceSeconds} s are allowed.`)
    : new WebhookVerificationError('too_old', `The webhook is ${ageSeconds} s old; ${toleranceSeconds} s are allowed.`);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new WebhookVerificationError('invalid_body', 'The body is signed, but is not JSON.', { cause });
  }
}
