import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { PermanentError } from '../../../core/contract/errors.ts';
import { withFullStop } from '../../../core/job/error-text.ts';
import { isAboutKey } from '../../key-refusal.ts';

/** Makes refusals of the table as a whole permanent: another attempt would not change them. */
export function toTableError(error: unknown): unknown {
  if (!(error instanceof DynamoDBServiceException) || !['ResourceNotFoundException', 'AccessDeniedException'].includes(error.name))
    return error;
  if (error.name === 'AccessDeniedException' && isAboutKey(error)) {
    const advice =
      'The table’s key must be enabled and listed in the setting tableKeys, and its policy must allow the worker’s role (docs/security.md).';
    return new PermanentError(`${withFullStop(error.message)} ${advice}`, { code: 'table_key_denied', cause: error });
  }
  return new PermanentError(error.message, { code: error.name, cause: error });
}
