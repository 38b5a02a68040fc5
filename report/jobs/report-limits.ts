/** What the report cannot say, what it rests on, and what is wrong with its input. */

import type { LookLog } from './job-looks.ts';
import type { JobRecord } from './job-record.ts';

/** A submission is answered within this time of the creation of its job. */
const submissionSeconds = 15;
/** Without the submissions of more jobs than this, parts of the log are missing. */
const missingShare = 0.05;
/** A log that lacks a larger share is not the log of these jobs. */
const otherShare = 0.2;

export function cannotKnow(hasLog: boolean): readonly string[] {
  return [
    'Whether somebody needs a result: records and logs show what was done.',
    'What happens outside the API: results that are sent by mail, events, or effects of the job itself.',
    'A season that the records do not cover, such as the end of a month: they are deleted after `retentionDays`.',
    ...(hasLog ? ['A submission that was repeated in place of a look: the log does not distinguish it.'] : []),
  ];
}

export function assumptions(prices: string): readonly string[] {
  return [
    'Rules look at one-sided 95 % bounds (Wilson; Kaplan-Meier for the time to the first look). No rule fires with fewer than 20 jobs.',
    'Times count from when a job could start: a start that was asked for later is not waiting. Pauses of the work itself, and waits for signals, are part of the time it takes.',
    'Cancelled jobs are left out of times, deadlines and looks.',
    'Waited for: a look in the last 10 s before the end, or less for short jobs, or within 2 s after it, or at the pace that the API asks for across it; minus the chance of a look in a window of the same length after the end.',
    `Prices: list prices of ${prices}, without allowances.`,
  ];
}

/** @returns how many of the jobs that were accepted in the log's time have no submission in it */
export function missingSubmissions(log: LookLog, records: readonly JobRecord[]): { readonly missing: number; readonly of: number } {
  const covered = records.filter(({ isSubmitted, createdMs }) => isSubmitted && createdMs >= log.fromMs && createdMs <= log.toMs);
  const isThere = ({ createdMs }: JobRecord) => {
    const second = Math.floor(createdMs / 1000);
    for (let before = -1; before <= submissionSeconds; before++) if (log.submittedSeconds.has(second - before)) return true;
    return false;
  };
  return { missing: covered.filter((job) => !isThere(job)).length, of: covered.length };
}

/** @returns whether too many submissions are missing for the looks to say anything: silence would seem to be indifference */
export function isOtherLog({ missing, of }: ReturnType<typeof missingSubmissions>): boolean {
  return missing > of * otherShare;
}

/** @returns warnings about a log that is not the one of these jobs, or has parts missing */
export function logWarnings(log: LookLog, records: readonly JobRecord[]): readonly { readonly code: string; readonly text: string }[] {
  const { missing, of } = missingSubmissions(log, records);
  if (log.requests === 0) return [{ code: 'empty_log', text: 'The access log has no request.' }];
  const gaps = `The access log lacks the submissions of ${missing} of the ${of} jobs of its time: parts of it are missing, or it is of another API.`;
  const isOther = isOtherLog({ missing, of });
  return [
    ...(of === 0
      ? [
          {
            code: 'other_time',
            text: 'The access log covers no time in which one of these jobs was submitted, so it says little about them.',
          },
        ]
      : []),
    ...(isOther ? [{ code: 'log_left_out', text: `${gaps} It is left out.` }] : []),
    ...(!isOther && missing > of * missingShare
      ? [{ code: 'log_incomplete', text: `${gaps} Jobs may seem to be read less than they are.` }]
      : []),
    ...(log.resolutionMs > 1
      ? [
          {
            code: 'whole_seconds',
            text: 'The access log has times of whole seconds; in doubt, a look is taken to have seen the end. `$context.requestTimeEpoch` in its format is exact.',
          },
        ]
      : []),
    ...(log.lists > 0
      ? [
          {
            code: 'lists',
            text: `Lists of jobs were read ${log.lists} times. Small results are in them, and who reads one there cannot be seen here.`,
          },
        ]
      : []),
  ];
}
