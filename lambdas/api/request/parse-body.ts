/** The small bodies of requests that act on what is there: a cancel, a retry, a change of state. */
import type * as z from 'zod';
import { parseWithSchema } from '../../core/contract/schema.ts';
import { ProblemError } from '../problem.ts';
import { collectViolations, describeViolations, loneSurrogates, schemaViolations } from './violations.ts';

/**
 * @param subject what the body describes, e.g. `The cancel`
 * @throws ProblemError `invalid-submission` with a pointer to every violation
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown, subject: string): z.output<Schema> {
  const parsed = parseWithSchema(schema, body);
  const violations = collectViolations(
    (function* () {
      yield* loneSurrogates(body);
      yield* schemaViolations(body, parsed, []);
    })(),
  );
  if (parsed.success && violations.count === 0) return parsed.data;
  throw new ProblemError('invalid-submission', describeViolations(subject, violations));
}
