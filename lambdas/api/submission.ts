/** What `POST /v1/jobs` takes, and every fault of it at once. */
import * as z from 'zod';
import { findContract, type JobTypeContract } from '../core/contract.ts';
import { canonicalJson } from '../core/exact-json.ts';
import { parseWithSchema } from '../core/schema.ts';
import type { Settings } from '../core/settings.ts';
import { shorten } from '../core/shorten.ts';
import type { Submission } from '../core/submit.ts';
import { type Fault, jsonPointer, ProblemError } from './problem.ts';

const longestDelaySeconds = 366 * 86_400;
type Members = Readonly<Record<string, unknown>>;

const tag = z.string().min(1).max(64);

/** `webhookUrl` will stand here as well, once deliveries exist; until then it is refused like any unknown member. */
export const submissionSchema = z.strictObject({
  type: z.string().describe('One of the names that GET /v1/job-types lists.'),
  input: z
    .unknown()
    .refine((value) => value !== undefined, 'is required')
    .describe("What the type's input schema allows."),
  startAt: z.iso.datetime({ offset: true }).optional().describe('Not before this moment, at most a year ahead. Excludes delaySeconds.'),
  delaySeconds: z.int().min(0).max(longestDelaySeconds).optional().describe('Not before so many seconds from now. Excludes startAt.'),
  deadline: z.iso.datetime({ offset: true }).optional().describe('The job fails with deadline_exceeded if it has not ended by then.'),
  maxAttempts: z.int().min(1).max(100).optional().describe("In place of the type's own."),
  tags: z
    .record(tag, z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= 10, 'must be at most 10 tags')
    .optional()
    .describe('At most 10, to find the job by.'),
});

/**
 * @param body parsed JSON
 * @throws ProblemError `invalid-submission` or `unknown-job-type`, with a pointer to every fault
 */
export function parseSubmission(
  body: unknown,
  owner: string,
  idempotencyKey: string | undefined,
  { catalogue, settings }: { readonly catalogue: readonly JobTypeContract[]; readonly settings: Settings },
  nowMs: number,
): Submission {
  const envelope = submissionSchema.safeParse(body);
  const given = (typeof body === 'object' && body !== null ? body : {}) as Members;
  const { type, input } = given;
  const contract = typeof type === 'string' ? findContract(catalogue, type) : undefined;
  const parsedInput = input === undefined ? undefined : contract && parseWithSchema(contract.input, input);
  const faults = [
    ...parsingFaults(body, envelope, []),
    ...timeFaults(given, nowMs),
    ...(typeof type === 'string' && contract === undefined ? [{ pointer: '#/type', detail: unknownType(type, catalogue) }] : []),
    ...(parsedInput === undefined ? [] : parsingFaults(input, parsedInput, ['input'])),
    ...(contract !== undefined && parsedInput?.success ? settingFaults(contract, parsedInput.data, settings) : []),
  ];
  if (!envelope.success || contract === undefined || !parsedInput?.success || faults.length > 0) {
    const isUnknownType = typeof type === 'string' && contract === undefined;
    throw new ProblemError(isUnknownType ? 'unknown-job-type' : 'invalid-submission', {
      detail:
        faults.length === 1 ? `${faults[0]?.pointer}: ${faults[0]?.detail}` : `The submission has ${faults.length} faults; see errors.`,
      errors: faults,
    });
  }
  const { startAt, delaySeconds, deadline, maxAttempts } = envelope.data;
  const startAtMs = startAt === undefined ? delaySeconds && nowMs + delaySeconds * 1000 : Date.parse(startAt);
  return {
    owner,
    contract,
    input,
    fingerprint: canonicalJson(body),
    ...(startAtMs === undefined ? {} : { startAtMs }),
    ...(deadline === undefined ? {} : { deadlineMs: Date.parse(deadline) }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(envelope.data.tags === undefined ? {} : { tags: envelope.data.tags }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

function parsingFaults(given: unknown, parsed: z.ZodSafeParseResult<unknown>, path: readonly PropertyKey[]): Fault[] {
  return parsed.success ? droppedNames(given, parsed.data, path) : faultsOf(parsed.error, path);
}

/** @returns one fault for each issue; unknown members one each, pointing at the member; of several forms that are allowed, those of the nearest */
export function faultsOf(error: { readonly issues: readonly z.core.$ZodIssue[] }, base: readonly PropertyKey[]): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({ pointer: jsonPointer([...path, key]), detail: 'is not a known member' }));
      case 'invalid_key':
        return issue.issues.map(({ message }) => ({ pointer: jsonPointer(path), detail: `is a name that is not allowed: ${message}` }));
      case 'invalid_union': {
        const forms = issue.errors.map((issues) => faultsOf({ issues }, path));
        const [nearest] = forms.toSorted((a, b) => a.length - b.length);
        return nearest ?? [{ pointer: jsonPointer(path), detail: issue.message }];
      }
      default:
        return [{ pointer: jsonPointer(path), detail: issue.message }];
    }
  });
}

/** `z.record` leaves out a member that is named `__proto__`, and nobody would know. Where a schema takes values as they are, it is kept. */
function droppedNames(given: unknown, parsed: unknown, path: readonly PropertyKey[]): Fault[] {
  if (given === parsed || typeof given !== 'object' || given === null || typeof parsed !== 'object' || parsed === null) return [];
  const isDropped = Object.hasOwn(given, '__proto__') && !Object.hasOwn(parsed, '__proto__');
  return [
    ...(isDropped ? [{ pointer: jsonPointer([...path, '__proto__']), detail: 'is a name that cannot be kept' }] : []),
    ...Object.entries(given).flatMap(([name, member]) =>
      Object.hasOwn(parsed, name) ? droppedNames(member, (parsed as Members)[name], [...path, name]) : [],
    ),
  ];
}

/** Those times that are of the right form are looked at, whatever else is wrong. */
function timeFaults(given: Members, nowMs: number): Fault[] {
  const { shape } = submissionSchema;
  const startAt = shape.startAt.safeParse(given['startAt']).data;
  const delaySeconds = shape.delaySeconds.safeParse(given['delaySeconds']).data;
  const deadline = shape.deadline.safeParse(given['deadline']).data;
  const faults: Fault[] = [];
  const startAtMs = startAt === undefined ? nowMs + (delaySeconds ?? 0) * 1000 : Date.parse(startAt);
  if (startAt !== undefined && delaySeconds !== undefined) {
    faults.push({ pointer: '#/delaySeconds', detail: 'excludes startAt: send one of the two' });
  }
  if (startAtMs > nowMs + longestDelaySeconds * 1000) faults.push({ pointer: '#/startAt', detail: 'must be at most a year ahead' });
  if (deadline !== undefined && Date.parse(deadline) <= Math.max(startAtMs, nowMs)) {
    faults.push({ pointer: '#/deadline', detail: 'must be after the start, and not in the past' });
  }
  return faults;
}

function settingFaults(contract: JobTypeContract, input: unknown, settings: Settings): Fault[] {
  const faults = contract.check?.(input, settings) ?? [];
  return faults.map(({ pointer, detail }) => ({ pointer: `#/input${pointer}`, detail }));
}

function unknownType(type: string, catalogue: readonly JobTypeContract[]): string {
  return `There is no job type "${shorten(type, 100)}". There are: ${catalogue.map(({ name }) => name).join(', ')}.`;
}
