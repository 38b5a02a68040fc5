/** Checks a value that came as JSON against a contract's schema. */
import type { z } from 'zod';
import { isExactNumber } from './exact-json.ts';

/**
 * Parses with a schema that may want plain numbers where the JSON has more digits than a double: there the number becomes the nearest double, as in
 * any JavaScript program. A schema of integers (`z.int()`) then refuses what lies beyond 2^53. Where the schema takes any value, the digits stay.
 * @param value as `parseExactJson` returns it
 */
export function parseWithSchema<Schema extends z.ZodType>(schema: Schema, value: unknown): z.ZodSafeParseResult<z.output<Schema>> {
  let current = value;
  for (;;) {
    const parsed = schema.safeParse(current);
    if (parsed.success) return parsed;
    const changed = withDoubles(current, wantedNumbers(parsed.error.issues, []));
    if (changed === current) {
      explain(parsed.error.issues, current, []);
      return parsed;
    }
    current = changed;
  }
}

/** zod calls an exact number an object; its faults are said in the caller's terms. */
function explain(issues: readonly z.core.$ZodIssue[], value: unknown, base: readonly PropertyKey[]): void {
  for (const issue of issues) {
    const path = [...base, ...issue.path];
    if (issue.code === 'invalid_union') for (const form of issue.errors) explain(form, value, path);
    if (issue.code !== 'invalid_type' || !isExactNumber(valueAt(value, path))) continue;
    const wantsNumber = issue.expected === 'number' || issue.expected === 'int';
    (issue as { message: string }).message = wantsNumber
      ? 'must be a number that a double holds: magnitudes up to 1.79e308'
      : `Invalid input: expected ${issue.expected}, received number`;
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((current, name) => (current as Record<PropertyKey, unknown> | null | undefined)?.[name], value);
}

/** @returns places at which the schema wanted a number and got something else, in every form that it allows */
function wantedNumbers(issues: readonly z.core.$ZodIssue[], base: readonly PropertyKey[]): readonly (readonly PropertyKey[])[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code === 'invalid_union') return issue.errors.flatMap((form) => wantedNumbers(form, path));
    return issue.code === 'invalid_type' && (issue.expected === 'number' || issue.expected === 'int') ? [path] : [];
  });
}

function withDoubles(value: unknown, paths: readonly (readonly PropertyKey[])[]): unknown {
  const copies = new Set<object>();
  return paths.reduce((changed, path) => withDouble(changed, path, copies), value);
}

/**
 * @param copies objects that are copies already, changed in place: one copy for each number would be quadratic
 * @returns a copy with the exact number at a path as a double, or the value itself where that would lose what is wanted
 */
function withDouble(value: unknown, path: readonly PropertyKey[], copies: Set<object>): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return isExactNumber(value) ? (asDouble(value.rawJSON) ?? value) : value;
  if (typeof value !== 'object' || value === null || isExactNumber(value) || !Object.hasOwn(value, first)) return value;
  const member = (value as Record<PropertyKey, unknown>)[first];
  const changed = withDouble(member, rest, copies);
  if (changed === member) return value;
  const copy = copies.has(value) ? value : Array.isArray(value) ? [...value] : { ...value };
  copies.add(copy);
  // Defined and not set: a member may be named `__proto__`.
  Object.defineProperty(copy, first, { value: changed, writable: true, enumerable: true, configurable: true });
  return copy;
}

/** @returns undefined for a number beyond the range of doubles */
function asDouble(text: string): number | undefined {
  const double = Number(text);
  return Number.isFinite(double) ? double : undefined;
}
