/** An independent reader of JSON, which checks that a value of a result is what the text contains. It uses no code of the product. */
import { DuckDBListType, DuckDBStructType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';

/** A number as it is written. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
};

export function parseKeepingNumbers(text: string): unknown {
  return json.parse(text, (_key, value, { source }) => (typeof value === 'number' ? new NumberText(String(source)) : value));
}

/**
 * @param type the column's @param value the value in the result @param expected what `parseKeepingNumbers` returned for the text
 * @returns the first difference, or undefined. A member that is absent is NULL
 */
export function differenceFrom(type: DuckDBType, value: unknown, expected: unknown): string | undefined {
  if (expected === null || expected === undefined) return value === null ? undefined : differs(type, value, expected);
  if (value === null) return differs(type, value, expected);
  if (type.alias === 'JSON') {
    const read = parseKeepingNumbers(String(value));
    return isSameJson(read, expected) ? undefined : differs(type, value, expected);
  }
  if (type instanceof DuckDBListType) {
    if (!Array.isArray(value) || !Array.isArray(expected) || value.length !== expected.length) return differs(type, value, expected);
    return firstOf(value.map((item, index) => differenceFrom(type.valueType, item, expected[index])));
  }
  if (type instanceof DuckDBStructType) {
    if (typeof expected !== 'object' || Array.isArray(expected) || expected instanceof NumberText) return differs(type, value, expected);
    const unknown = Object.keys(expected).filter((name) => !type.entryNames.includes(name));
    if (unknown.length > 0) return `no member ${unknown.join()} in ${type}`;
    const [members, wanted] = [value, expected] as Record<string, unknown>[];
    return firstOf(
      type.entryNames.map((name, index) => differenceFrom(type.entryTypes[index] as DuckDBType, members?.[name], own(wanted, name))),
    );
  }
  return isSameScalar(type, value, expected) ? undefined : differs(type, value, expected);
}

function isSameScalar(type: DuckDBType, value: unknown, expected: unknown): boolean {
  if (type.typeId === DuckDBTypeId.VARCHAR || type.typeId === DuckDBTypeId.BOOLEAN) return value === expected;
  return expected instanceof NumberText && canonical(String(value)) === canonical(expected.text);
}

function isSameJson(read: unknown, expected: unknown): boolean {
  if (expected instanceof NumberText) return read instanceof NumberText && canonical(read.text) === canonical(expected.text);
  if (Array.isArray(expected)) {
    return Array.isArray(read) && read.length === expected.length && expected.every((item, index) => isSameJson(read[index], item));
  }
  if (typeof expected !== 'object' || expected === null) return read === expected;
  if (typeof read !== 'object' || read === null || Array.isArray(read) || read instanceof NumberText) return false;
  const names = Object.keys(expected);
  const [a, b] = [read, expected] as Record<string, unknown>[];
  return (
    Object.keys(read).length === names.length && names.every((name) => Object.hasOwn(read, name) && isSameJson(own(a, name), own(b, name)))
  );
}

function own(object: Record<string, unknown> | undefined, name: string): unknown {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}

/** `-12.50e3` → `-125e2`: one spelling for each value; zero has no sign. */
function canonical(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)}`;
}

function firstOf(differences: readonly (string | undefined)[]): string | undefined {
  return differences.find((difference) => difference !== undefined);
}

function differs(type: DuckDBType, value: unknown, expected: unknown): string {
  const shown = JSON.stringify(expected, (_key, part) => (part instanceof NumberText ? part.text : part));
  return `${JSON.stringify(value)} (${type}) is not ${shown}`;
}
