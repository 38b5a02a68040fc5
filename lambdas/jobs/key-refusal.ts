/** Quoted names, such as an object's in a refusal of S3: a caller chose them, and they may mention KMS. */
const quotedNames = /"[^"]*"/g;
const aboutKey = /\bkms:|\bKMS key\b|ciphertext refers to/i;

/**
 * Recognises refusals by S3, DynamoDB and EC2 that are KMS's. S3 answers 403 `AccessDenied` where the right to use the key is missing and 400
 * `KMS.…` where the key is disabled, deleted or in another state; DynamoDB and EC2 often say it in the message alone.
 * @returns whether a service’s refusal is about the key of the requested object, table or volume
 */
export function isAboutKey({ name, message }: Error): boolean {
  return /KMS|CustomerKey/i.test(name) || aboutKey.test(message.replaceAll(quotedNames, ''));
}
