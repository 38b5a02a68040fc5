import { unusedUploadDays } from '../lambdas/core/job/upload.ts';

/** A job may be accepted a year before it starts and end a year after that, and its objects must outlive its record. */
const maxLifeDays = 2 * 366;

/** @returns how long an object is kept. Uploads may be older than their job, by as long as an unused one is kept. */
export function objectDays(retentionDays: number): number {
  return maxLifeDays + Math.max(retentionDays, unusedUploadDays + 1);
}
