/** What the API answers about itself and its caller, and errors. */
import * as z from 'zod';
import { type ProblemName, problems } from '../problems.ts';

export const meSchema = z
  .strictObject({
    owner: z.string(),
    isAdmin: z.boolean(),
    allowed: z.strictObject({
      submit: z.array(z.string()).readonly().describe('Names of the job types that take new jobs now.'),
      seeAllJobs: z.boolean(),
      changeJobTypes: z.boolean(),
    }),
    quota: z
      .strictObject({ submissionsPerMinute: z.int().nullable(), jobsInFlight: z.int().nullable() })
      .describe('Null where there is no limit.'),
    idempotencyRelease: z.enum(['never', 'failed']).describe('Which ends free an Idempotency-Key for another job.'),
    deployment: z.string().nullable().describe('The name of the deployment; null in the local mode.'),
    version: z.string().describe('The version of Delegation.'),
  })
  .describe('The caller, as this deployment knows it.');

export const healthSchema = z.strictObject({ status: z.literal('ok') }).describe('The API answers.');

export const problemSchema = z
  .strictObject({
    type: z.url().describe('The address of a page about this problem.'),
    code: z.enum(Object.keys(problems) as [ProblemName, ...ProblemName[]]).describe('Stable, for programs.'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().describe('The path of the request.'),
    errors: z
      .array(
        z.strictObject({
          detail: z.string(),
          pointer: z.string().regex(/^#/).describe('A JSON Pointer into the body, as a URI fragment.'),
        }),
      )
      .readonly()
      .optional(),
  })
  .describe('An error (RFC 9457).');

export const gatewayErrorSchema = z
  .strictObject({ message: z.string().nullable() })
  .describe("An error of API Gateway itself, which answers before this API's own code runs.");

export type MeResource = z.output<typeof meSchema>;
export type ProblemResource = z.output<typeof problemSchema>;
