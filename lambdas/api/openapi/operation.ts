/** What the description of an operation holds, and what several operations share. */
import * as z from 'zod';
import { ownerRule } from '../../core/job/owner.ts';
import type { ProblemName } from '../problems.ts';
import type { HeaderName } from './answer-headers.ts';
import type { ResourceName } from './resource-schemas.ts';

export interface Parameter {
  readonly schema: z.ZodType;
  readonly description: string;
  readonly example?: string | number | readonly string[];
  /** Whether several values are described as one text with commas; otherwise the parameter is repeated. */
  readonly isCommaSeparated?: boolean;
}

export type Parameters = Readonly<Record<string, Parameter>>;

export interface ResponseDescription {
  readonly description: string;
  /** The schema of the body: that of a resource, one of several, the result of a job, or any JSON; without it there is no body. */
  readonly schema?: ResourceName | readonly ResourceName[] | 'Result' | 'any';
  /** @default application/json */
  readonly mediaType?: string;
  /** Headers besides those that every answer has. */
  readonly headers?: readonly HeaderName[];
  /** Headers that only some of these answers have. */
  readonly optionalHeaders?: readonly HeaderName[];
  readonly example?: unknown;
}

export interface RequestBody {
  /** A zod schema, or the submission of a job of any type that the deployment has, or a batch of them. */
  readonly schema: z.ZodType | 'Submission' | 'Batch';
  readonly isRequired: boolean;
  readonly example?: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: 'jobs' | 'schedules' | 'job types' | 'service';
  /** Whether no caller is needed. @default false */
  readonly isPublic?: boolean;
  /** Whether browsers get pages, of problems too, with the headers that keep pages to themselves. @default false */
  readonly hasPages?: boolean;
  readonly path?: Parameters;
  readonly query?: Parameters;
  readonly headers?: Parameters;
  readonly body?: RequestBody;
  /** The answers without an error, by status. */
  readonly responses: Readonly<Record<number, ResponseDescription>>;
  /** Besides those that every operation has. */
  readonly problems: readonly ProblemName[];
}

/** Operations by path and method, as the route table has them. */
export type Operations = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** The problems of a request body that is read as JSON. */
export const bodyProblems = [
  'malformed-json',
  'malformed-encoding',
  'duplicate-member',
  'body-too-large',
  'unsupported-media-type',
] as const;

export const idempotencyKey: Parameters = {
  'Idempotency-Key': {
    // A quoted string, or a bare token without quotes, commas and semicolons.
    schema: z
      .string()
      .regex(/^("([\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}"|[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]{1,255})$/)
      .optional(),
    description:
      'The same key with the same submission returns the same job (draft-ietf-httpapi-idempotency-key-header): 1 to 255 printable characters, quoted or a bare token.',
    example: '"order-17"',
  },
};

export const prefer: Parameters = {
  Prefer: {
    schema: z.string().optional(),
    description:
      '`wait=N` waits up to N seconds, at most 20, for the end of the job; with If-None-Match for any change. Other preferences are ignored (RFC 7240).',
    example: 'wait=10',
  },
};

export const traceContext: Parameters = {
  traceparent: {
    schema: z.string().optional(),
    description: 'The trace that the job belongs to (W3C Trace Context); one that is not valid is ignored.',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
};

export const validateOnly: Parameters = {
  validateOnly: {
    schema: z.enum(['true', 'false']).optional(),
    description: 'With `true` everything is checked, nothing is written, and the answer is a Validation instead of a job.',
  },
};

export const ifNoneMatch: Parameters = {
  'If-None-Match': {
    schema: z.string().optional(),
    description: 'The `ETag` of an earlier answer. If nothing has changed, the answer is 304.',
  },
};

export const unchanged: ResponseDescription = { description: 'Nothing has changed since the answer with this `ETag`.', headers: ['ETag'] };

export const accepted: ResponseDescription = {
  description: 'Accepted: the job is kept, and reaches an end. `Location` is where to ask about it.',
  schema: 'Job',
  headers: [
    'Location',
    'Retry-After',
    'Vary',
    'Preference-Applied',
    'Idempotent-Replayed',
    'Unique-Joined',
    'Delegation-Note',
    'RateLimit',
    'RateLimit-Policy',
  ],
};

/** @param what the owner has, e.g. `jobs` */
export const ownerOf = (what: string): Parameters => ({
  // JSON Schema has no limit in bytes.
  owner: { schema: z.string().min(1).optional(), description: `Another owner's ${what}, for admins: ${ownerRule}.` },
});
