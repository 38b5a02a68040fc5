/**
 * DynamoDB JSON: each value in an object whose one member names its type, as DynamoDB's own API, exports and command line write it.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { isExactNumber } from '../../../text/exact-json.ts';
import { maxNestingLevel, quoted, wellFormed } from './attribute-value.ts';
import { dynamoDbNumber } from './dynamodb-number.ts';
import { RowError } from './row-error.ts';

/** An item whose values have their types already. */
export class TypedItem {
  readonly attributes: Record<string, AttributeValue>;

  constructor(attributes: Record<string, AttributeValue>) {
    this.attributes = attributes;
  }
}

type Members = Readonly<Record<string, unknown>>;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
const isTextArray = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((element) => typeof element === 'string');

/** @returns the type and the value in it where `value` has the form of a typed value */
function typedValue(value: unknown): readonly [string, unknown] | undefined {
  if (!isObject(value)) return undefined;
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  const [type, inner] = entry;
  return hasForm(type, inner) ? [type, inner] : undefined;
}

function hasForm(type: string, inner: unknown): boolean {
  switch (type) {
    case 'S':
    case 'N':
    case 'B':
      return typeof inner === 'string';
    case 'BOOL':
      return typeof inner === 'boolean';
    case 'NULL':
      return inner === true;
    case 'SS':
    case 'NS':
    case 'BS':
      return isTextArray(inner);
    case 'L':
      return Array.isArray(inner) && inner.every((element) => typedValue(element) !== undefined);
    case 'M':
      return isObject(inner) && Object.values(inner).every((member) => typedValue(member) !== undefined);
    default:
      return false;
  }
}

/**
 * @returns whether a row is DynamoDB JSON, or has values in it: written as plain JSON they would become maps with a member `N` or `SS`.
 * A map with a member `S` alone counts only where all attributes have such a form.
 */
export function looksTyped(row: unknown): boolean {
  if (!isObject(row)) return false;
  const values = Object.values(unwrapped(row));
  const typed = values.map(typedValue).filter((value) => value !== undefined);
  return (typed.length > 0 && typed.length === values.length) || typed.some(([type]) => type !== 'S');
}

/**
 * @param row an item, or `{"Item": …}` with an item in it
 * @throws RowError if it is not DynamoDB JSON, or DynamoDB cannot hold it
 */
export function typedItem(row: unknown): TypedItem {
  if (!isObject(row)) throw new RowError('the row is not a JSON object');
  return new TypedItem(attributesOf(unwrapped(row), 0));
}

/** Exports have each item in a member `Item`; an attribute may have that name, too. */
function unwrapped(row: Members): Members {
  const { Item: item, ...others } = row;
  return Object.keys(others).length === 0 && isObject(item) && typedValue(item) === undefined ? item : row;
}

function attributesOf(members: Members, level: number, where?: string): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      if (name === '') throw new RowError('the name of an attribute is empty');
      if (name === '__proto__') throw new RowError('an attribute cannot be named "__proto__"');
      return [wellFormed(name, where ?? name), attributeValue(value, where ?? name, level + 1)];
    }),
  );
}

function attributeValue(value: unknown, where: string, level: number): AttributeValue {
  const typed = typedValue(value);
  if (typed === undefined) {
    const shown = JSON.stringify(value) ?? 'nothing';
    throw new RowError(
      `the attribute ${quoted(where)} is not a value with its type, such as {"S":"text"}, {"N":"1"} or {"SS":["a"]} (was ${quoted(shown)})`,
    );
  }
  const [type, inner] = typed;
  if (level > maxNestingLevel) throw new RowError(`the attribute ${quoted(where)} is nested deeper than ${maxNestingLevel} levels`);
  switch (type) {
    case 'S':
      return { S: wellFormed(inner as string, where) };
    case 'N':
      return { N: numberIn(inner as string, where) };
    case 'B':
      return { B: bytesIn(inner as string, where) };
    case 'BOOL':
      return { BOOL: inner as boolean };
    case 'NULL':
      return { NULL: true };
    case 'SS':
      return { SS: setOf(inner as string[], where, (text) => wellFormed(text, where)) };
    case 'NS':
      return { NS: setOf(inner as string[], where, (text) => numberIn(text, where)) };
    case 'BS':
      return { BS: setOf(inner as string[], where, (text) => text).map((text) => bytesIn(text, where)) };
    case 'L':
      return { L: (inner as unknown[]).map((element) => attributeValue(element, where, level + 1)) };
    default:
      return { M: attributesOf(inner as Members, level, where) };
  }
}

function setOf(texts: readonly string[], where: string, read: (text: string) => string): string[] {
  const elements = texts.map(read);
  if (elements.length === 0) throw new RowError(`the attribute ${quoted(where)} is an empty set`);
  if (new Set(elements).size < elements.length) throw new RowError(`the attribute ${quoted(where)} is a set with an element twice`);
  return elements;
}

function numberIn(text: string, where: string): string {
  try {
    return dynamoDbNumber(text);
  } catch (error) {
    throw error instanceof RowError ? new RowError(`the attribute ${quoted(where)}: ${error.message}`) : error;
  }
}

function bytesIn(text: string, where: string): Buffer {
  if (!base64.test(text)) throw new RowError(`the attribute ${quoted(where)} is not base64`);
  return Buffer.from(text, 'base64');
}
