/** Refusals of S3 that are KMS's: the object may be read, and its key may not be used. */

import { PermanentError } from '../core/contract/errors.ts';
import { withFullStop } from '../core/job/error-text.ts';
import { isTransient } from '../core/job/failure.ts';

/** Not any mention of KMS, since names of objects and tables stand in messages, too. */
const aboutKey = /authorized to perform: kms:|ciphertext refers to|\bKMS key (is|that|state)\b/i;

/** @returns whether a service's refusal is about the key of what was asked for */
export function isAboutKey({ name, message }: Error): boolean {
  return name.startsWith('KMS.') || aboutKey.test(message);
}

/**
 * S3 answers 403 `AccessDenied` for a right that is missing, and 400 `KMS.…` for a key that is disabled, deleted or in another state. Only the message says that it
 * is about the key.
 * @param name of the object, for people
 * @returns undefined where the refusal is about something else, or passes
 */
export function keyRefusal(error: Error, name: string): PermanentError | undefined {
  if (!isAboutKey(error) || isTransient(error)) return undefined;
  const message = `${name} may not be decrypted: ${withFullStop(error.message)} The key must be enabled and listed in the setting sourceKeys, and its policy must allow the worker's role (docs/security.md).`;
  return new PermanentError(message, {
    code: 'source_key_denied',
    cause: error,
    details: { awsCode: error.name, awsMessage: error.message },
  });
}
