/** The small bodies of requests that act on what is there: a cancel, a retry, a change of state. */
import * as z from 'zod';
import { maxReasonLength } from '../../core/control/cancel.ts';
import { ProblemError } from '../problem.ts';
import { collectViolations, describeViolations, loneSurrogates, violationsOf } from './violations.ts';

/** Why a caller asks for something, in the caller's own words. */
export const reasonText = z
  .string()
  .min(1)
  .max(maxReasonLength)
  .describe(`Why, for people: at most ${maxReasonLength} characters. It is shown to everyone who may see what it is about.`);

/**
 * @param subject what the body describes, e.g. `The cancel`
 * @throws ProblemError `invalid-submission` with a pointer to every violation
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown, subject: string): z.output<Schema> {
  const parsed = schema.safeParse(body);
  const violations = collectViolations(
    (function* () {
      yield* loneSurrogates(body);
      if (!parsed.success) yield* violationsOf(parsed.error.issues);
    })(),
  );
  if (parsed.success && violations.count === 0) return parsed.data;
  throw new ProblemError('invalid-submission', describeViolations(subject, violations));
}
