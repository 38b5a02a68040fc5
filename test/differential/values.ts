/** Compares one value that was read with the text in the file. */
import { canonicalNumber, isSameNumber } from './numbers.ts';
import { instantNs, timeNs } from './times.ts';
import type { TypeName } from './type-name.ts';

export const integerTypes: ReadonlySet<string> = new Set(
  'TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT BIGNUM'.split(' '),
);
const numberTypes: ReadonlySet<string> = new Set([...integerTypes, 'DECIMAL', 'FLOAT', 'DOUBLE']);

/** @param text as written in a CSV file; null where there is none */
export function isSameText(text: string | null, value: unknown, type: TypeName): boolean {
  if (text === null || value === null) return text === value;
  if (type.kind !== 'scalar') return false;
  const shown = String(value);
  const { name } = type;
  if (name === 'VARCHAR') return value === text;
  if (name === 'BOOLEAN') return shown === text.toLowerCase();
  if (name === 'DATE') return shown === text;
  if (integerTypes.has(name)) return shown === text;
  // A number written otherwise than numbers are (007, +1, 1e5) is a text.
  if (numberTypes.has(name)) return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && isSameNumber(text, shown) && !/^-[0.]+$/.test(text);
  if (name.startsWith('TIMESTAMP')) {
    const [written, read] = [instantNs(text), instantNs(shown)];
    return written !== undefined && written.ns === read?.ns && written.hasZone === read.hasZone;
  }
  return false;
}

type Tagged = null | boolean | string | readonly Tagged[] | Readonly<Record<string, unknown>>;

/** @param expected as `tagged` in the Python code writes it: numbers by their digits, objects as lists of members */
export function isSameTagged(expected: Tagged, value: unknown, type: TypeName): boolean {
  if (expected === null) return value === null || (isJson(type) && value === 'null');
  if (value === null || value === undefined) return false;
  if (isJson(type)) return typeof value === 'string' && isSameJson(expected, parseJson(value));
  if (type.kind === 'unknown' && typeof value === 'string' && isSameAsJson(expected, value)) return true;
  if (typeof expected === 'boolean') return value === expected;
  if (typeof expected === 'string') return value === expected && isScalar(type, ['VARCHAR', 'ENUM']);
  if (Array.isArray(expected)) {
    return (
      Array.isArray(value) && value.length === expected.length && expected.every((item, i) => isSameTagged(item, value[i], itemOf(type)))
    );
  }
  return isSameSpecial(expected as Readonly<Record<string, never>>, value, type);
}

function isSameSpecial(expected: Readonly<Record<string, never>>, value: unknown, type: TypeName): boolean {
  const shown = String(value);
  if ('n' in expected) return isScalar(type, numberTypes) && isSameNumber(expected['n'], shown);
  if ('f' in expected) return isScalar(type, numberTypes) && isSameDouble(expected['f'], shown);
  if ('b' in expected) return isScalar(type, ['BLOB']) && shown === expected['b'];
  if ('d' in expected) return (isScalar(type, ['DATE']) && shown === expected['d']) || shown === `${expected['d']}T00:00:00`;
  if ('time' in expected) return isScalar(type, ['TIME', 'TIME_NS']) && timeNs(shown) === BigInt(expected['time']);
  if ('ts' in expected) {
    const read = instantNs(shown);
    // DuckDB has no type for nanoseconds of an instant; they are of UTC then.
    const isUtc = isScalar(type, ['TIMESTAMP_NS']);
    return read?.ns === BigInt(expected['ts']) && (isUtc || read.hasZone === Boolean(expected['zone']));
  }
  if ('any' in expected) return shown === expected['any'];
  if ('map' in expected) return isSameMap(expected['map'], value, type);
  return isSameObject(expected['o'] ?? [], value, type);
}

function isSameMap(pairs: readonly (readonly [Tagged, Tagged])[], value: unknown, type: TypeName): boolean {
  const [keyType, valueType] = type.kind === 'map' ? [type.key, type.value] : [type, type];
  return (
    Array.isArray(value) &&
    value.length === pairs.length &&
    pairs.every(([key, item], i) => isSameTagged(key, value[i]?.[0], keyType) && isSameTagged(item, value[i]?.[1], valueType))
  );
}

/** A struct has all members of its column; those that this object lacks are null. */
function isSameObject(members: readonly (readonly [string, Tagged])[], value: unknown, type: TypeName): boolean {
  if (type.kind === 'map') return isSameMap(members, value, type);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const read = new Map(Object.entries(value));
  const written = new Map(members);
  return (
    members.every(([name, item]) => isSameTagged(item, read.get(name) ?? null, memberOf(type, name))) &&
    [...read].every(([name, item]) => written.has(name) || item === null)
  );
}

const isJson = (type: TypeName) => type.kind === 'scalar' && type.name === 'JSON';
const itemOf = (type: TypeName): TypeName => (type.kind === 'list' ? type.item : { kind: 'unknown' });
const memberOf = (type: TypeName, name: string): TypeName =>
  (type.kind === 'struct' ? type.members.get(name) : undefined) ?? { kind: 'unknown' };

function isScalar(type: TypeName, names: Iterable<string>): boolean {
  return type.kind === 'unknown' || (type.kind === 'scalar' && [...names].includes(type.name));
}

function isSameDouble(expected: string, shown: string): boolean {
  const words: Readonly<Record<string, string>> = { inf: 'Infinity', '-inf': '-Infinity', nan: 'NaN' };
  return words[expected] === undefined ? Object.is(Number(expected) + 0, Number(shown) + 0) : words[expected] === shown;
}

interface RawNumber {
  readonly raw: string;
}

/** JSON with its numbers as they are written. */
function parseJson(text: string): unknown {
  const reviver = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number'
      ? { raw: context?.source }
      : Array.isArray(value) || typeof value !== 'object' || value === null
        ? value
        : new Map(Object.entries(value));
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

/** Where a type's name is cut, JSON text in it is taken for it. */
function isSameAsJson(expected: unknown, text: string): boolean {
  try {
    return isSameJson(expected, parseJson(text));
  } catch {
    return false;
  }
}

function isSameJson(expected: unknown, value: unknown): boolean {
  if (Array.isArray(expected)) {
    return Array.isArray(value) && value.length === expected.length && expected.every((item, i) => isSameJson(item, value[i]));
  }
  if (typeof expected !== 'object' || expected === null) return value === expected;
  const tagged = expected as Readonly<Record<string, never>>;
  if ('n' in tagged) return canonicalNumber(tagged['n']) === canonicalNumber(String((value as RawNumber | null)?.raw));
  const members: readonly (readonly [string, unknown])[] = tagged['o'] ?? [];
  return (
    value instanceof Map &&
    value.size === members.length &&
    members.every(([name, item]) => value.has(name) && isSameJson(item, value.get(name)))
  );
}
