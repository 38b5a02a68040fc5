import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { isExactNumber } from '../../../text/exact-json.ts';
import { truncate } from '../../../text/truncate.ts';
import { dynamoDbNumber } from './dynamodb-number.ts';
import { RowError } from './row-error.ts';

/**
 * A scalar may be within 31 lists and maps: 32 levels with its own.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes
 * @see https://github.com/nubo-db/dynoxide/issues/110 measured on AWS
 */
export const maxNestingLevel = 32;

/**
 * Converts one JSON value to DynamoDB's: null → NULL, objects → M, arrays → L, numbers digit by digit.
 * @param value as `parseExactJson` returns it
 * @param where the attribute's name, for the reason
 * @throws RowError if DynamoDB cannot hold it
 */
export function toAttributeValue(value: unknown, where: string, level = 1): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'string') return { S: wellFormed(value, where) };
  if (typeof value === 'number') return { N: numberText(String(value), where) };
  if (isExactNumber(value)) return { N: numberText(value.rawJSON, where) };
  if (level >= maxNestingLevel) throw new RowError(`the attribute ${quoted(where)} is nested deeper than ${maxNestingLevel} levels`);
  if (Array.isArray(value)) return { L: value.map((element) => toAttributeValue(element, where, level + 1)) };
  return { M: toAttributes(value as object, level, where) };
}

/** @returns the members of an object as attributes; `where` names the attribute they are in, if in one */
export function toAttributes(members: object, level = 0, where?: string): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => {
      if (name === '') throw new RowError('the name of an attribute is empty');
      // The SDK would silently leave it out: it sets members one by one, and this one sets the prototype.
      if (name === '__proto__') throw new RowError('an attribute cannot be named "__proto__"');
      return [wellFormed(name, where ?? name), toAttributeValue(member, where ?? name, level + 1)];
    }),
  );
}

/** Quotes a name for a reason: truncated, line breaks escaped. */
export function quoted(name: string): string {
  return JSON.stringify(truncate(name, 100));
}

function numberText(text: string, where: string): string {
  try {
    return dynamoDbNumber(text);
  } catch (error) {
    throw error instanceof RowError ? new RowError(`the attribute ${quoted(where)}: ${error.message}`) : error;
  }
}

export function wellFormed(text: string, where: string): string {
  if (!text.isWellFormed()) throw new RowError(`the attribute ${quoted(where)} holds half of a surrogate pair, which is not Unicode text`);
  return text;
}
