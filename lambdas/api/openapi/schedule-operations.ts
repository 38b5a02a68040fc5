/** The operations about schedules. */
import * as z from 'zod';
import { scheduleNamePattern } from '../../core/schedule/schedule-record.ts';
import { scheduleStateBody } from '../request/body-schemas.ts';
import { scheduleSchema } from '../request/schedule-body.ts';
import { bodyProblems, ifNoneMatch, type Operations, ownerOf, type Parameters, unchanged } from './operation.ts';

const scheduleName: Parameters = {
  name: {
    schema: z.string().regex(scheduleNamePattern),
    description: 'The name of a schedule: 1 to 64 letters, digits, `-`, `_` and `.`, but neither `.` nor `..`.',
    example: 'nightly-report',
  },
};
const scheduleOwner = ownerOf('schedules');
const scheduleExample = {
  cron: '30 2 * * 1-5',
  timeZone: 'Europe/Berlin',
  job: { type: 'write-batch', input: { table: 'scratch', operation: 'put', rows: [{ id: 'nightly' }] } },
};

export const scheduleOperations: Operations = {
  '/v1/schedules': {
    GET: {
      operationId: 'listSchedules',
      summary: 'Lists schedules, by name.',
      tag: 'schedules',
      query: {
        limit: {
          schema: z.number().optional(),
          description: 'The number of schedules on a page, brought into 1 to 100. 20 where it is absent.',
        },
        cursor: { schema: z.string().min(1).optional(), description: '`nextCursor` of the page before.' },
        ...scheduleOwner,
      },
      headers: ifNoneMatch,
      responses: { 200: { description: 'A page of schedules.', schema: 'ScheduleList', headers: ['ETag'] }, 304: unchanged },
      problems: ['invalid-cursor', 'forbidden'],
    },
  },
  '/v1/schedules/:name': {
    GET: {
      operationId: 'getSchedule',
      summary: 'Shows a schedule, with the next five times that it fires for.',
      tag: 'schedules',
      path: scheduleName,
      query: scheduleOwner,
      headers: ifNoneMatch,
      responses: { 200: { description: 'The schedule.', schema: 'Schedule', headers: ['ETag'] }, 304: unchanged },
      problems: ['forbidden', 'schedule-not-found'],
    },
    PUT: {
      operationId: 'setSchedule',
      summary: 'Makes a schedule, or replaces the one of this name.',
      description: 'Repeating the request is safe: what is set already is not written again.',
      tag: 'schedules',
      path: scheduleName,
      body: { schema: scheduleSchema, isRequired: true, example: scheduleExample },
      responses: {
        200: { description: 'The schedule was replaced, or was as it is.', schema: 'Schedule', headers: ['Location'] },
        201: { description: 'The schedule was made.', schema: 'Schedule', headers: ['Location'] },
      },
      problems: [...bodyProblems, 'too-many-schedules', 'invalid-schedule', 'unknown-job-type'],
    },
    DELETE: {
      operationId: 'deleteSchedule',
      summary: 'Deletes a schedule. The jobs that it made stay.',
      tag: 'schedules',
      path: scheduleName,
      query: scheduleOwner,
      responses: { 204: { description: 'The schedule is deleted.' } },
      problems: ['forbidden', 'schedule-not-found'],
    },
  },
  '/v1/schedules/:name/state': {
    PUT: {
      operationId: 'setScheduleState',
      summary: 'Pauses a schedule, or lets it fire again.',
      description: 'All else that was set stays, also what is not shown. What was due during the pause is not made up for.',
      tag: 'schedules',
      path: scheduleName,
      query: scheduleOwner,
      body: { schema: scheduleStateBody, isRequired: true, example: { state: 'paused' } },
      responses: { 200: { description: 'The schedule.', schema: 'Schedule' } },
      problems: [...bodyProblems, 'forbidden', 'schedule-not-found', 'invalid-submission', 'invalid-schedule'],
    },
  },
};
