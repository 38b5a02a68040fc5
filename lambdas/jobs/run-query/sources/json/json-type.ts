/** Types of DuckDB for what JSON values have been. A type is chosen only if it holds every one of them; JSON holds all that is left. */
import { type JsonShape, jsonArray, jsonBoolean, jsonNull, jsonNumber, jsonObject, jsonString } from '../../../../text/json-shape.ts';
import { distinctNames, foldCase } from '../../column-names.ts';
import { identifier } from '../../sql-text.ts';
import { maxDecimalWidth } from '../../values/query-decimal.ts';

export interface JsonType {
  /** What callers see. */
  readonly sql: string;
  /** The type that DuckDB's reader is given for it; where it is not `sql`, a cast to `sql` follows. */
  readonly readAs: string;
  /** Places whose values must be strings in the file, since DuckDB's reader would take their numbers for doubles. */
  readonly texts: readonly JsonTexts[];
  /** Scalars within it. */
  readonly leaves: number;
}

/** `decimal`: the digits of a number; `json`: the value as JSON text. */
export type JsonTexts = readonly [shape: JsonShape, form: 'decimal' | 'json'];

export interface JsonColumn extends JsonType {
  /** In SQL, and in the file that DuckDB reads. Names that differ in case alone get a number, as in CSV. */
  readonly name: string;
  readonly shape: JsonShape;
}

/** DuckDB makes room for every scalar of a struct in every row and item, whether it is there or not, so sparse structs beyond this are JSON. */
const maxLeaves = 1_000;

/** The one column of documents that are not all objects with members. */
const documentColumn = 'json';

export function jsonColumns(root: JsonShape): readonly JsonColumn[] {
  if (!isRows(root)) return [{ name: documentColumn, shape: root, ...typeOf(root) }];
  const members = [...(root.members ?? [])];
  const names = distinctNames(members.map(([name]) => name));
  return members.map(([, shape], index) => ({ name: String(names[index]), shape, ...typeOf(shape) }));
}

/** @returns whether the documents are objects, so that their members are the columns */
export function isRows(root: JsonShape): boolean {
  return root.kinds === jsonObject && root.members !== undefined;
}

function scalar(sql: string): JsonType {
  return { sql, readAs: sql, texts: [], leaves: 1 };
}

function typeOf(shape: JsonShape): JsonType {
  switch (shape.kinds & ~jsonNull) {
    case 0:
    case jsonString:
      return scalar('VARCHAR');
    case jsonBoolean:
      return scalar('BOOLEAN');
    case jsonNumber:
      return numberType(shape);
    case jsonArray:
      return shape.isOpaque ? jsonText(shape) : listType(shape.item);
    case jsonObject:
      return structType(shape);
    default:
      return jsonText(shape);
  }
}

/** DuckDB's reader takes integers of any length as they are, and every number with a point or an exponent for a double. */
function numberType(shape: JsonShape): JsonType {
  if (!shape.hasFraction) {
    if (shape.integerBits === 64) return scalar('BIGINT');
    return shape.integerBits === 128 ? scalar('HUGEINT') : jsonText(shape);
  }
  if (!shape.isBeyondDouble) return scalar('DOUBLE');
  const width = Math.max(1, shape.wholeDigits + shape.scale);
  return width > maxDecimalWidth ? jsonText(shape) : { ...scalar(`DECIMAL(${width},${shape.scale})`), texts: [[shape, 'decimal']] };
}

function listType(item: JsonShape | undefined): JsonType {
  const { sql, readAs, texts, leaves } = item === undefined ? scalar('VARCHAR') : typeOf(item);
  return { sql: `${sql}[]`, readAs: `${readAs}[]`, texts, leaves };
}

function structType(shape: JsonShape): JsonType {
  const members = [...(shape.members ?? [])];
  if (!areStructMembers(members.map(([name]) => name))) return jsonText(shape);
  const types = members.map(([name, member]) => ({ name: identifier(name), ...typeOf(member) }));
  const leaves = types.reduce((sum, type) => sum + type.leaves, 0);
  if (leaves > maxLeaves) return jsonText(shape);
  const struct = (type: (of: JsonType) => string) => `STRUCT(${types.map((of) => `${of.name} ${type(of)}`).join(', ')})`;
  return { sql: struct(({ sql }) => sql), readAs: struct(({ readAs }) => readAs), texts: types.flatMap(({ texts }) => texts), leaves };
}

/** DuckDB has no struct without members, none whose members differ in case alone, and its binding loses a member `__proto__`. */
function areStructMembers(names: readonly string[]): boolean {
  if (names.length === 0 || names.some((name) => name === '' || name.includes('\0') || name === '__proto__')) return false;
  return new Set(names.map(foldCase)).size === names.length;
}

function jsonText(shape: JsonShape): JsonType {
  return shape.holdsBeyondDouble ? { sql: 'JSON', readAs: 'VARCHAR', texts: [[shape, 'json']], leaves: 1 } : scalar('JSON');
}
