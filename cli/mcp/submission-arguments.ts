/** A submission as the model wrote it: its input, its options and its idempotency key, checked as far as this side can. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ExactNumber, parseExact, stringifyExact } from '../../client/unrounded-json.ts';
import { jobIdInput, jobTypeInput } from './tool.ts';
import { ToolRefusal } from './tool-error.ts';

export const submissionInput = z.strictObject({
  type: jobTypeInput,
  input: z.record(z.string(), z.unknown()).optional().describe('The input, as inputSchema of describe_job_type describes it.'),
  inputJson: z
    .string()
    .min(1)
    .max(1_048_576)
    .optional()
    .describe('In place of input: the same as a JSON text. It keeps numbers that JavaScript would round, such as 9007199254740993.'),
  idempotencyKey: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
    .optional()
    .describe(
      'Your name for this piece of work: the same key never makes a second job. Without it, the same arguments give the same job; to do the same work again, give a new key.',
    ),
  dryRun: z.boolean().default(false).describe('Only checks the submission and estimates its cost. Nothing is written.'),
  tags: z.record(z.string(), z.string()).optional().describe('At most 10, by which list_jobs finds the job.'),
  startAt: z.string().min(1).optional().describe('The earliest start, such as 2026-12-01T06:00:00Z; not with delaySeconds.'),
  delaySeconds: z.number().min(0).optional(),
  deadline: z.string().min(1).optional().describe('When the job fails if it has not ended, such as 2026-12-01T07:00:00Z.'),
  maxAttempts: z.int().min(1).max(100).optional(),
  after: z.array(jobIdInput).min(1).max(20).optional().describe('Jobs that must have succeeded before this one starts.'),
});

export interface Submission {
  readonly key: string;
  /** The body of `POST /v1/jobs`. */
  readonly body: Readonly<Record<string, unknown>> & { readonly type: string; readonly input: unknown };
}

/** @throws ToolRefusal for an input that cannot be sent as it was meant */
export function submissionOf({
  idempotencyKey,
  dryRun: _dryRun,
  input,
  inputJson,
  ...members
}: z.output<typeof submissionInput>): Submission {
  const body = { ...withoutUndefined(members), type: members.type, input: inputOf(input, inputJson) };
  return { body, key: idempotencyKey ?? `mcp-${createHash('sha256').update(canonicalJson(body)).digest('base64url')}` };
}

function inputOf(input: unknown, inputJson: string | undefined): unknown {
  if ((input === undefined) === (inputJson === undefined)) throw new ToolRefusal('invalid-arguments', 'Give either input or inputJson.');
  if (inputJson === undefined) {
    refuseRounded(input, '');
    return input;
  }
  try {
    return parseExact(inputJson);
  } catch (error) {
    throw new ToolRefusal('invalid-arguments', `inputJson must be JSON: ${(error as Error).message}`);
  }
}

/** An integer that large was rounded when the call was read, perhaps to another one, which no check behind could notice. */
function refuseRounded(value: unknown, pointer: string): void {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new ToolRefusal(
      'rounded-number',
      `The number at input${pointer} is too large to arrive exactly. Send the whole input as inputJson.`,
    );
  if (typeof value !== 'object' || value === null) return;
  for (const [name, one] of Object.entries(value)) refuseRounded(one, `${pointer}/${name}`);
}

/** @returns JSON in which the order of members does not count */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return stringifyExact(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${canonicalJson(one)}`).join(',')}}`;
}

function withoutUndefined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
