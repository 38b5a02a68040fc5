/**
 * Rows of the request as a file that DuckDB reads back without losing a digit. Its own JSON reader takes every fraction for a double,
 * so types are decided here, and what is wider than a double travels as text.
 */
import { isExactNumber } from '../../core/exact-json.ts';
import { integerType, parseDecimal, widestDecimal } from './decimal.ts';
import { literal } from './sql-text.ts';

export interface RowsTable {
  /** Names with DuckDB's types, in the order in which members first appear. */
  readonly columns: ReadonlyMap<string, string>;
  readonly ndjson: string;
}

type Type =
  | { readonly kind: 'scalar'; readonly sql: string; readonly asText: boolean }
  | { readonly kind: 'list'; readonly item: Type }
  | { readonly kind: 'struct'; readonly members: ReadonlyMap<string, Type> };

const boolean: Type = { kind: 'scalar', sql: 'BOOLEAN', asText: false };
const double: Type = { kind: 'scalar', sql: 'DOUBLE', asText: false };
/** Also of mixed kinds and of what no number type holds: JSON text keeps them all. */
const text: Type = { kind: 'scalar', sql: 'VARCHAR', asText: true };

export function rowsTable(rows: readonly Readonly<Record<string, unknown>>[]): RowsTable {
  const types = memberTypes(rows);
  const columns = new Map([...types].map(([column, type]) => [column, sqlOf(type)]));
  return { columns, ndjson: rows.map((row) => `${encodeMembers(row, types)}\n`).join('') };
}

function memberTypes(objects: readonly Readonly<Record<string, unknown>>[]): ReadonlyMap<string, Type> {
  const values = new Map<string, unknown[]>();
  for (const object of objects) {
    for (const [member, value] of Object.entries(object)) {
      const known = values.get(member);
      if (known === undefined) values.set(member, [value]);
      else known.push(value);
    }
  }
  return new Map([...values].map(([member, those]) => [member, typeOf(those)]));
}

function typeOf(all: readonly unknown[]): Type {
  const values = all.filter((value) => value !== null);
  if (values.length === 0 || values.every((value) => typeof value === 'string')) return text;
  if (values.every((value) => typeof value === 'boolean')) return boolean;
  if (values.every(isNumber)) return numberType(values.map(numberText), values.some(isExactNumber));
  if (values.every((value) => Array.isArray(value))) return { kind: 'list', item: typeOf(values.flat()) };
  return values.every(isObject) ? structType(values) : text;
}

function numberType(texts: readonly string[], isBeyondDouble: boolean): Type {
  if (texts.every((digits) => /^-?\d+$/.test(digits))) {
    const types = texts.map((digits) => integerType(BigInt(digits)));
    if (types.includes(undefined)) return text;
    return { kind: 'scalar', sql: types.includes('HUGEINT') ? 'HUGEINT' : 'BIGINT', asText: true };
  }
  if (!isBeyondDouble) return double;
  const decimals = texts.map(parseDecimal).filter((decimal) => decimal !== undefined);
  const scale = Math.max(...decimals.map((decimal) => decimal.scale));
  const width = scale + Math.max(...decimals.map((decimal) => decimal.width - decimal.scale));
  if (decimals.length < texts.length || width > widestDecimal) return text;
  return { kind: 'scalar', sql: `DECIMAL(${Math.max(1, width)},${scale})`, asText: true };
}

/** Members that differ in case alone are one to DuckDB, and a struct without members is none. */
function structType(objects: readonly Readonly<Record<string, unknown>>[]): Type {
  const members = memberTypes(objects);
  const names = [...members.keys()];
  const isStruct = names.length > 0 && new Set(names.map((member) => member.toLowerCase())).size === names.length;
  return isStruct && !names.includes('') ? { kind: 'struct', members } : text;
}

function sqlOf(type: Type): string {
  switch (type.kind) {
    case 'scalar':
      return type.sql;
    case 'list':
      return `${sqlOf(type.item)}[]`;
    case 'struct':
      return `STRUCT(${[...type.members].map(([member, of]) => `"${member.replaceAll('"', '""')}" ${sqlOf(of)}`).join(', ')})`;
  }
}

function encode(value: unknown, type: Type): string {
  if (value === null || value === undefined) return 'null';
  if (type.kind === 'list') return `[${(value as unknown[]).map((item) => encode(item, type.item)).join(',')}]`;
  if (type.kind === 'struct') return encodeMembers(value as Record<string, unknown>, type.members);
  return JSON.stringify(type.asText && typeof value !== 'string' ? JSON.stringify(value) : value);
}

function encodeMembers(object: Readonly<Record<string, unknown>>, types: ReadonlyMap<string, Type>): string {
  const members = [...types].filter(([member]) => Object.hasOwn(object, member));
  return `{${members.map(([member, type]) => `${JSON.stringify(member)}:${encode(object[member], type)}`).join(',')}}`;
}

const isNumber = (value: unknown) => typeof value === 'number' || isExactNumber(value);
const numberText = (value: unknown) => (isExactNumber(value) ? value.rawJSON : String(value));
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);

/** @returns the `columns` argument of DuckDB's JSON reader */
export function columnsArgument(columns: RowsTable['columns']): string {
  return `{${[...columns].map(([column, type]) => `${literal(column)}: ${literal(type)}`).join(', ')}}`;
}
