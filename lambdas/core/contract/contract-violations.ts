/** The ranges of a contract's members, as Lambda, SQS and the engine allow them. */
import * as z from 'zod';
import { maxPlaces } from './concurrency-key.ts';
import { durationMs, durationProblem } from './duration.ts';

const maxDeadlineMs = 366 * 86_400_000;
const maxBackoffMs = 86_400_000;

/** A schema that reads one value is faster without a program of its own, which zod would compile. */
const onceOnly = { jitless: true };

/**
 * Builds the schema of contracts: when it is called, since what a bundle does not call is left out of it.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
function contractSchema() {
  const jobTypeName = z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be kebab-case: lower-case letters, digits and single dashes')
    .max(40);
  const schema = z.custom((value) => typeof Reflect.get(Object(value), 'safeParse') === 'function', 'must be a zod schema');
  return z
    .strictObject({
      name: jobTypeName,
      description: z.string().min(1),
      version: z.int().min(1),
      input: schema,
      output: schema,
      example: z.unknown().optional(),
      // The last 8 seconds are for stopping and writing, and a safe point must come before them.
      timeoutSeconds: z.int().min(30).max(900),
      deadline: z.unknown().superRefine((value, issues) => {
        const fault = durationProblem(value);
        if (fault !== undefined) return issues.addIssue(fault);
        const ms = durationMs(value as object);
        if (ms < 1_000 || ms > maxDeadlineMs) issues.addIssue('must be 1 second to 366 days');
      }),
      maxAttempts: z.int().min(1).max(100),
      backoff: z
        .object({ baseMs: z.int().min(1).max(maxBackoffMs), capMs: z.int().min(1).max(maxBackoffMs) })
        .refine(({ baseMs, capMs }) => baseMs <= capMs, 'must have a baseMs of at most its capMs'),
      typicalSeconds: z
        .number()
        .positive()
        .max(maxDeadlineMs / 1000),
      concurrency: z.int().min(2).max(1_000),
      batchSize: z.int().min(1).max(10),
      memoryMiB: z.int().min(128).max(10_240),
      ephemeralStorageMiB: z.int().min(512).max(10_240).optional(),
      cancelCheckSeconds: z.int().min(1).max(15).optional(),
      cleansUp: z.boolean().optional(),
      files: z.enum(['write', 'write-and-read']).optional(),
      uploads: z.literal('read').optional(),
      redact: z.array(z.string().min(1)).optional(),
      signals: z
        .record(z.string().regex(/^[A-Za-z][\w-]{0,63}$/, 'must be 1 to 64 letters, digits, "-" and "_", a letter first'), schema)
        .optional(),
      delegatesTo: z.array(jobTypeName).optional(),
      follows: z.record(z.string().min(1), z.int().min(1).max(1_000)).optional(),
      isInternal: z.boolean().optional(),
      nativeModules: z.array(z.string().min(1)).optional(),
      permissions: z.custom((value) => typeof value === 'function', 'must be a function'),
      check: z.custom((value) => value === undefined || typeof value === 'function', 'must be a function').optional(),
      keys: z
        .strictObject({
          limit: z.int().min(1).max(maxPlaces),
          of: z.custom((value) => value === undefined || typeof value === 'function', 'must be a function').optional(),
        })
        .optional(),
      priorities: z.boolean().optional(),
    })
    .refine(({ keys, priorities }) => priorities !== true || keys !== undefined, {
      path: ['priorities'],
      message: 'need keys: they order the jobs that wait at one',
    });
}

/** @returns a sentence for each member that is out of its range, e.g. `timeoutSeconds: Too small: expected number to be >=30` */
export function contractViolations(contract: unknown): readonly string[] {
  const { data, error } = contractSchema().safeParse(contract, onceOnly);
  if (error !== undefined) return error.issues.map(({ path, message }) => `${path.join('.') || 'the contract'}: ${message}`);
  const { input, example } = data as { readonly input: z.ZodType; readonly example?: unknown };
  const fault = example === undefined ? undefined : input.safeParse(example, onceOnly).error;
  return fault === undefined ? [] : [`example: must be an input that the schema accepts (${z.prettifyError(fault)})`];
}
