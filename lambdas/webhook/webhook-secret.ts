/** Secrets of webhooks, as Standard Webhooks 1.0.0 writes them. */

const prefix = 'whsec_';
/** The standard's bounds: 192 to 512 bits. */
const minBytes = 24;
const maxBytes = 64;

/** A secret in the form that people copy: `whsec_` and base64. @param random 24 to 64 random bytes, best 32 */
export function formatWebhookSecret(random: Uint8Array): string {
  const secret = prefix + Buffer.from(random).toString('base64');
  webhookKey(secret);
  return secret;
}

/**
 * The key that a secret is the text of. The prefix and the padding of the base64 may be missing.
 * @throws TypeError if the secret is empty, not base64, or not 24 to 64 bytes long. The message does not hold the secret.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
 */
export function webhookKey(secret: string): Buffer {
  const text = (secret.startsWith(prefix) ? secret.slice(prefix.length) : secret).replace(/={1,2}$/, '');
  const key = Buffer.from(text, 'base64');
  // Node skips what is not base64 and reads base64url as well, so only a text that it writes the same way is one.
  if (key.toString('base64').replace(/=+$/, '') !== text)
    throw new TypeError('A webhook secret must be base64, after whsec_ or without a prefix. Copy it again, without spaces or line breaks.');
  if (key.length < minBytes || key.length > maxBytes)
    throw new TypeError(`A webhook secret must be ${minBytes} to ${maxBytes} bytes long, in base64 (was ${key.length} bytes).`);
  return key;
}
