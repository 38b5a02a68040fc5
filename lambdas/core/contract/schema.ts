/** Parses a JSON value with a contract's schema. */
import type { z } from 'zod';
import { isExactNumber } from '../../text/exact-json.ts';

/** Where members are within a value. */
type Paths = readonly (readonly PropertyKey[])[];

/**
 * Parses a value whose numbers may have more digits than a double. Where the schema expects a number, it gets the nearest double, as in any JavaScript
 * program; a schema of integers (`z.int()`) then refuses numbers beyond 2^53. Where the schema accepts any value, all digits are kept.
 * @param value as `parseExactJson` returns it
 */
export function parseWithSchema<Schema extends z.ZodType>(schema: Schema, value: unknown): z.ZodSafeParseResult<z.output<Schema>> {
  let current = value;
  const rounded: (readonly PropertyKey[])[] = [];
  for (;;) {
    const parsed = schema.safeParse(current);
    if (parsed.success) return withoutRoundedIntegers(schema, parsed, { current, original: value, rounded });
    const paths = wantedNumbers(parsed.error.issues, []).filter((path) => isExactNumber(valueAt(current, path)));
    // One by one: a million arguments of one call are more than the stack holds.
    for (const path of paths) if (isRounded(valueAt(current, path))) rounded.push(path);
    const changed = withDoubles(current, paths);
    if (changed === current) return explained(parsed, current);
    current = changed;
  }
}

/** @returns whether the nearest double of a number with a fraction is an integer */
function isRounded(value: unknown): boolean {
  return isExactNumber(value) && Number.isInteger(Number(value.rawJSON)) && !/^-?\d+(\.0+)?$/.test(value.rawJSON);
}

/** Refuses 1.00000000000000000001 where the schema expects an integer, which shows when 0.5 is parsed in its place. */
function withoutRoundedIntegers<Schema extends z.ZodType>(
  schema: Schema,
  parsed: z.ZodSafeParseSuccess<z.output<Schema>>,
  { current, original, rounded }: { readonly current: unknown; readonly original: unknown; readonly rounded: Paths },
): z.ZodSafeParseResult<z.output<Schema>> {
  if (rounded.length === 0) return parsed;
  const fractions = replaceMembers(current, rounded, () => 0.5);
  const wantsIntegers = schema
    .safeParse(fractions)
    .error?.issues.some((issue) => issue.code === 'invalid_type' && issue.expected === 'int');
  if (wantsIntegers !== true) return parsed;
  const refused = schema.safeParse(original);
  return refused.success ? parsed : explained(refused, original);
}

function explained<Output>(failed: z.ZodSafeParseError<Output>, value: unknown): z.ZodSafeParseError<Output> {
  explain(failed.error.issues, value, []);
  return failed;
}

/** Rewrites issues about exact numbers in the caller's terms, since zod calls such a number an object. */
function explain(issues: readonly z.core.$ZodIssue[], value: unknown, base: readonly PropertyKey[]): void {
  for (const issue of issues) {
    const path = [...base, ...issue.path];
    if (issue.code === 'invalid_union') for (const form of issue.errors) explain(form, value, path);
    if (issue.code !== 'invalid_type' || !isExactNumber(valueAt(value, path))) continue;
    const wantsNumber = issue.expected === 'number' || issue.expected === 'int';
    const message = wantsNumber
      ? 'must be a number that a double holds (magnitudes up to 1.79e308), and an integer where one is wanted'
      : `Invalid input: expected ${issue.expected}, received number`;
    Object.assign(issue, { message });
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((current, name) => Reflect.get(Object(current), name), value);
}

/** @returns the paths at which the schema expected a number and got something else, in every form that it allows */
function wantedNumbers(issues: readonly z.core.$ZodIssue[], base: readonly PropertyKey[]): Paths {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code === 'invalid_union') return issue.errors.flatMap((form) => wantedNumbers(form, path));
    return issue.code === 'invalid_type' && (issue.expected === 'number' || issue.expected === 'int') ? [path] : [];
  });
}

function withDoubles(value: unknown, paths: Paths): unknown {
  return replaceMembers(value, paths, (member) => (isExactNumber(member) ? asDouble(member.rawJSON) : undefined));
}

/**
 * Replaces the members at some paths.
 * @param replace returns the new member, or undefined to keep the old one
 * @returns a copy with the new members, or the value itself if all were kept
 */
function replaceMembers(original: unknown, paths: Paths, replace: (member: unknown) => unknown): unknown {
  // Objects that are copies already are changed in place, since one copy for each number would be quadratic.
  const copies = new Set<object>();
  const replaceAt = (value: unknown, [first, ...rest]: readonly PropertyKey[]): unknown => {
    if (first === undefined) return replace(value) ?? value;
    if (typeof value !== 'object' || value === null || isExactNumber(value) || !Object.hasOwn(value, first)) return value;
    const member: unknown = Reflect.get(value, first);
    const changed = replaceAt(member, rest);
    if (changed === member) return value;
    const copy = copies.has(value) ? value : Array.isArray(value) ? [...value] : { ...value };
    copies.add(copy);
    // An assignment would set the prototype if the member is named `__proto__`.
    Object.defineProperty(copy, first, { value: changed, writable: true, enumerable: true, configurable: true });
    return copy;
  };
  return paths.reduce<unknown>(replaceAt, original);
}

/** @returns undefined for a number beyond the range of doubles */
function asDouble(text: string): number | undefined {
  const double = Number(text);
  return Number.isFinite(double) ? double : undefined;
}
