/** Violations of a body's schema, each with a pointer to its place. */
import type * as z from 'zod';
import { truncate } from '../../text/truncate.ts';
import { jsonPointer, type ProblemOptions, type Violation } from '../problem.ts';

/** One answer names this many: all violations of a large body could be more than the 6 MB that a function may answer. */
export const maxViolations = 100;
/** A contract's own words may quote what they are about. */
const maxDetailLength = 1_000;

/** A violation that is only written out if it is among those that are named. */
export type LazyViolation = () => Violation;
type Members = Readonly<Record<string, unknown>>;
type Path = readonly PropertyKey[];

export interface Violations {
  readonly count: number;
  readonly errors: readonly Violation[];
}

/** @returns the first `maxViolations`, and the number of all */
export function collectViolations(faults: Iterable<LazyViolation>): Violations {
  const errors: Violation[] = [];
  let count = 0;
  for (const fault of faults) {
    if (++count > maxViolations) continue;
    const { pointer, detail } = fault();
    errors.push({ pointer, detail: truncate(detail, maxDetailLength) });
  }
  return { count, errors };
}

/** @param subject what has the violations, e.g. `The submission` */
export function describeViolations(subject: string, { count, errors }: Violations): Pick<ProblemOptions, 'detail' | 'errors'> {
  const [first] = errors;
  if (count === 1 && first !== undefined) return { detail: `${first.pointer}: ${first.detail}`, errors };
  const where = count > maxViolations ? `the first ${maxViolations} are in errors` : 'see errors';
  return { detail: `${subject} has ${count} violations; ${where}.`, errors };
}

/** Yields what is wrong with a value that was parsed with a schema: its issues, or the members that it would lose. */
export function schemaViolations(given: unknown, parsed: z.ZodSafeParseResult<unknown>, path: Path): Iterable<LazyViolation> {
  return parsed.success ? droppedMembers(given, parsed.data, path) : violationsOf(parsed.error.issues, path);
}

/** Yields one violation for each issue; unknown members one each, pointing at the member; of several forms that are allowed, those of the nearest. */
function* violationsOf(issues: readonly z.core.$ZodIssue[], base: Path = []): Generator<LazyViolation> {
  for (const issue of issues) {
    const path = [...base, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys':
        for (const key of issue.keys) yield () => ({ pointer: jsonPointer([...path, key]), detail: 'is not a known member' });
        break;
      case 'invalid_key':
        for (const { message } of issue.issues)
          yield () => ({ pointer: jsonPointer(path), detail: `is a name that is not allowed: ${message}` });
        break;
      case 'invalid_union': {
        const [nearest] = issue.errors.toSorted((a, b) => countOf(a) - countOf(b));
        if (nearest === undefined) yield () => ({ pointer: jsonPointer(path), detail: issue.message });
        else yield* violationsOf(nearest, path);
        break;
      }
      default:
        yield () => ({ pointer: jsonPointer(path), detail: issue.message });
    }
  }
}

function countOf(issues: readonly z.core.$ZodIssue[]): number {
  let count = 0;
  for (const _fault of violationsOf(issues)) count++;
  return count;
}

/** Yields a violation for each member named `__proto__` that `z.record` left out silently. Schemas that accept any value keep it. */
function* droppedMembers(given: unknown, parsed: unknown, path: Path): Generator<LazyViolation> {
  if (given === parsed || typeof given !== 'object' || given === null || typeof parsed !== 'object' || parsed === null) return;
  if (Object.hasOwn(given, '__proto__') && !Object.hasOwn(parsed, '__proto__'))
    yield () => ({ pointer: jsonPointer([...path, '__proto__']), detail: 'is a name that cannot be kept' });
  for (const [name, member] of Object.entries(given))
    if (Object.hasOwn(parsed, name)) yield* droppedMembers(member, (parsed as Members)[name], [...path, name]);
}

/**
 * Yields a violation for each text that holds half of a surrogate pair, which JSON can spell and UTF-8 cannot hold: it would be changed where it is
 * stored, and strict parsers refuse every answer that shows it.
 */
export function* loneSurrogates(value: unknown, path: Path = []): Generator<LazyViolation> {
  if (typeof value === 'string' && !value.isWellFormed())
    yield () => ({ pointer: jsonPointer(path), detail: 'holds half of a surrogate pair, which no UTF-8 text can hold' });
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (!name.isWellFormed())
      yield () => ({
        pointer: jsonPointer(path),
        detail: 'has a member whose name holds half of a surrogate pair, which no UTF-8 text can hold',
      });
    yield* loneSurrogates(member, [...path, name]);
  }
}
