/** What the schemas of several resources share. */
import * as z from 'zod';

export const time = z.iso.datetime({ precision: 3 }).describe('ISO-8601 in UTC, with milliseconds.');
export const timeOrNull = time.nullable();
export const address = z.string().describe('The path of a resource of this API.');
export const jobId = z
  .string()
  .regex(/^job_[0-9a-hjkmnp-tv-z]{26}$/)
  .describe('The id of a job.');
