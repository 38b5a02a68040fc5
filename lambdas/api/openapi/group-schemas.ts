/** The resource of a group. */
import * as z from 'zod';
import { jobStatuses } from '../../core/job/states.ts';
import type { jobErrorSchema } from './resource-schemas.ts';
import { address, jobId, time, timeOrNull } from './schema-parts.ts';

const count = z.int().min(0);

/** @param error the schema of a job's error */
export const groupSchemaWith = (error: typeof jobErrorSchema) =>
  z
    .strictObject({
      id: jobId.describe('The id of the group, which is a job as well.'),
      owner: z.string(),
      status: z
        .enum(jobStatuses)
        .describe('That of the job: `succeeded` where all members did, `failed` where all have ended and one did not succeed.'),
      sealed: z.boolean().describe('Whether no more jobs may be added.'),
      counts: z
        .strictObject({
          total: count,
          unfinished: count.describe('Scheduled, queued, running or waiting, or on their way.'),
          succeeded: count,
          failed: count,
          cancelled: count,
          refused: count.describe('Never became jobs: not valid, over the quota, or their type took none.'),
        })
        .describe('The members by how they ended, each counted once.'),
      progress: z.number().min(0).max(1).nullable().describe('The fraction of the members that have ended; null where there are none.'),
      batches: count.describe('The number of batches that were added, at most 100.'),
      error: error.nullable(),
      createdAt: time,
      deadline: time.describe('The group fails with deadline_exceeded if it has not ended by then, and its members are cancelled.'),
      finishedAt: timeOrNull,
      expiresAt: timeOrNull,
      cancelRequestedAt: timeOrNull,
      tags: z.record(z.string(), z.string()),
      links: z.strictObject({ self: address, job: address, jobs: address, seal: address.nullable(), cancel: address.nullable() }),
    })
    .describe('A group: many jobs, one outcome.');
