/** Every screen of the console, by name, for the tests that look at all of them and for the screenshots. */
import type { Seeded } from './seed-jobs.ts';

/** @returns addresses below `/console` */
export function screensOf(seeded: Seeded): Readonly<Record<string, string>> {
  return {
    overview: '/',
    jobs: '/jobs',
    'jobs-filtered': '/jobs?status=failed&tag=team:data&since=24h',
    'jobs-empty': '/jobs?tag=team:unknown',
    'job-running': `/jobs/${seeded.running}`,
    'job-waiting': `/jobs/${seeded.signalled}`,
    'job-backing-off': `/jobs/${seeded.backingOff}`,
    'job-scheduled': `/jobs/${seeded.scheduled}`,
    'job-paused': `/jobs/${seeded.queued}`,
    'job-succeeded': `/jobs/${seeded.succeeded}`,
    'job-failed': `/jobs/${seeded.failed}`,
    'job-cancelled': `/jobs/${seeded.cancelled}`,
    'job-missing': '/jobs/job_0000000000000000000000000',
    'job-types': '/job-types',
    'job-type': '/job-types/run-query',
    'job-type-paused': '/job-types/terminate-instances',
    submit: '/submit',
    'submit-type': '/submit?type=import-orders',
    'submit-again': `/submit?again=${seeded.signalled}`,
    schedules: '/schedules',
    groups: '/groups',
    group: `/groups/${seeded.group}`,
    'group-open': `/groups/${seeded.openGroup}`,
    report: '/report',
    nowhere: '/nowhere',
  };
}
