/** What checks read of an answer. Loose where a check is about something else, strict in the section about the job. */
import * as z from 'zod';
import { Failure } from './contract-check.ts';
import type { Answer } from './http-caller.ts';

export const statuses = ['scheduled', 'queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;
export const terminalStatuses: readonly string[] = ['succeeded', 'failed', 'cancelled'];

/** A time in UTC with milliseconds. */
export const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
/** Any value but none. */
const present = z.unknown().refine((value) => value !== undefined, 'is absent');
export const link = z.string().startsWith('/v1/');

export const looseJob = z.looseObject({
  id: z.string(),
  type: z.string(),
  status: z.string(),
  createdAt: z.string(),
  result: z.unknown(),
  error: z.looseObject({ code: z.string() }).nullable(),
  links: z.looseObject({ self: z.string(), result: z.string().nullable(), cancel: z.string().nullable() }),
});
export type LooseJob = z.output<typeof looseJob>;

export const problemShape = z.looseObject({
  type: z.string(),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  instance: z.string().min(1),
  errors: z.array(z.looseObject({ detail: z.string().min(1), pointer: z.string() })).optional(),
});
export type Problem = z.output<typeof problemShape>;

export const listShape = z.looseObject({ jobs: z.array(looseJob), nextCursor: z.string().nullable() });

export const timelineEntry = z.looseObject({ at: instant, event: z.string() });

/** Every member of a job: null where it says nothing, never absent. */
export const jobShape = z.looseObject({
  id: z.string().startsWith('job_'),
  type: z.string(),
  owner: z.string(),
  status: z.enum(statuses),
  input: present,
  retryOf: z.string().nullable(),
  retriedBy: z.string().nullable(),
  parent: z.string().nullable(),
  children: z.array(z.string()),
  uniqueKey: z.string().nullable(),
  after: z.array(z.string()),
  afterFailure: z.enum(['fail', 'run']).nullable(),
  concurrencyKey: z.string().nullable(),
  priority: z.enum(['low', 'normal', 'high']).nullable(),
  reason: z.looseObject({ code: z.string(), detail: z.string().nullable(), until: instant.nullable() }).nullable(),
  progress: z.looseObject({ fraction: z.number().nullable(), message: z.string().nullable() }).nullable(),
  attempt: z.int().nonnegative(),
  maxAttempts: z.int().positive(),
  result: present,
  error: z.looseObject({ code: z.string(), message: z.string(), retryable: z.boolean() }).nullable(),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  expiresAt: instant.nullable(),
  cancelRequestedAt: instant.nullable(),
  deadline: instant.nullable(),
  notBefore: instant.nullable(),
  traceparent: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  timeline: z.array(timelineEntry).min(1),
  cost: present,
  links: z.looseObject({ self: link, input: link.nullable(), result: link.nullable(), cancel: link.nullable() }),
});

/** @throws Failure that names every member of another form */
export function shaped<Shape extends z.ZodType>(answer: Answer, shape: Shape): z.output<Shape> {
  const parsed = shape.safeParse(answer.json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`);
  throw new Failure(`The body has another form than the contract says: ${faults.join('; ')}.`, answer);
}

/** @returns the job in the answer */
export const jobIn = (answer: Answer): LooseJob => shaped(answer, looseJob);

/** @returns the problem's name, the last part of its type */
export function problemName({ type }: Problem): string {
  return type.split(/[/:]/).at(-1) ?? '';
}

/** @throws Failure when the answer is not this problem */
export function expectProblem(answer: Answer, status: number, ...names: readonly string[]): Problem {
  if (answer.status !== status) throw new Failure(`The status must be ${status} (was ${answer.status}).`, answer);
  const contentType = answer.header('content-type') ?? '';
  if (!/^application\/problem\+json\s*(;|$)/.test(contentType))
    throw new Failure(`An error must be application/problem+json (was ${contentType}).`, answer);
  const problem = shaped(answer, problemShape);
  const name = problemName(problem);
  if (names.length > 0 && !names.includes(name)) throw new Failure(`The problem must be ${names.join(' or ')} (was ${name}).`, answer);
  return problem;
}
