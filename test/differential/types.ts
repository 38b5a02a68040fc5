/** The types that a column may get, by its values: a type that loses nothing where there is one, and text where there is none. */
import { parseTypeName, type TypeName } from './type-name.ts';
import { integerTypes } from './values.ts';

const decimal = ['DECIMAL'];
const text = ['VARCHAR'];
const timestamps = ['TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'];
const timestampsWithZone = ['TIMESTAMP WITH TIME ZONE'];
const integers = [...integerTypes];
const numbers = [...integers, 'DECIMAL', 'FLOAT', 'DOUBLE'];

/** Allowed types by the class that the generator gives a column; an absent class allows every type. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  integer: integers,
  'integer?': [...integers, ...text],
  'integer beyond': [...text, 'BIGNUM'],
  'integer beyond?': [...text, 'BIGNUM'],
  decimal,
  'decimal?': [...decimal, ...text],
  'decimal beyond': text,
  'decimal beyond?': text,
  boolean: ['BOOLEAN'],
  'boolean?': ['BOOLEAN', ...text],
  date: ['DATE'],
  'date?': ['DATE', ...text],
  timestamp: timestamps,
  'timestamp?': [...timestamps, ...text],
  'timestamp zone': timestampsWithZone,
  'timestamp zone?': [...timestampsWithZone, ...text],
  text,
  'json mixed': ['JSON'],
  'json integer': integers,
  'json number': [...numbers, 'JSON'],
  'json string': text,
  'json boolean': ['BOOLEAN'],
  'json list': ['list', 'JSON'],
  'json object': ['struct', 'JSON'],
  'parquet integer': integers,
  'parquet double': ['FLOAT', 'DOUBLE'],
  'parquet decimal': decimal,
  'parquet text': [...text, 'ENUM'],
  'parquet timestamp': timestamps,
  'parquet timestamp zone': [...timestampsWithZone, 'TIMESTAMP_NS'],
};

/** @returns what the type should have been, or undefined where it is right */
export function faultOfType(kind: string, typeName: string): string | undefined {
  const names = allowed[kind];
  const type = parseTypeName(typeName);
  if (names === undefined) return undefined;
  const isRight = type.kind === 'unknown' ? names.includes('struct') || names.includes('list') : names.includes(nameOf(type));
  return isRight ? undefined : `${kind}: ${names.join(' or ')}`;
}

function nameOf(type: TypeName): string {
  return type.kind === 'scalar' ? type.name : type.kind;
}
