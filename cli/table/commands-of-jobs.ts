/** Commands about jobs. */
import type { Command, CommandOption } from '../command.ts';
import { filterOptions, idHelp, inputHelp } from '../common-options.ts';
import { groupFields, jobFields, scheduleFields, selectionFields, validationFields } from '../job-fields.ts';

const inputOption: Readonly<Record<string, CommandOption>> = {
  input: { value: 'INPUT', description: inputHelp, isRepeated: true, short: 'i' },
};

const submissionOptions: Readonly<Record<string, CommandOption>> = {
  ...inputOption,
  tag: { value: 'NAME=VALUE', description: 'a tag, by which jobs can be listed', isRepeated: true },
  key: {
    value: 'KEY',
    description: 'the Idempotency-Key: the same key with the same job is that job; without it each call makes a new one',
  },
  at: { value: 'TIME', description: 'start then: ISO 8601 with an offset, or how long from now' },
  delay: { value: 'DURATION', description: 'start after this' },
  deadline: { value: 'TIME', description: 'fail if it has not ended by then' },
  attempts: { value: 'N', description: 'attempts at most' },
  after: { value: 'ID', description: 'start after this job has ended', isRepeated: true },
  'concurrency-key': { value: 'KEY', description: 'bounds how many jobs with this key run at once' },
  priority: { value: 'PRIORITY', description: 'orders jobs that wait', choices: ['low', 'normal', 'high'] },
  'unique-key': { value: 'KEY', description: 'at most one job with this key is unfinished' },
  'on-duplicate': { value: 'WHAT', description: 'what follows where there is one', choices: ['join', 'replace'] },
  webhook: { value: 'URL', description: 'send the end of the job there' },
};

const typeArgument = { name: 'type', description: 'the job type; delegation types lists them' };
const members = {
  name: 'members',
  description: 'members of the input: NAME=TEXT, NAME=@FILE or NAME:=JSON',
  isOptional: true,
  isRepeated: true,
};
const oneId = { name: 'id', description: idHelp };
const quiet: CommandOption = { description: 'print ids alone', short: 'q' };
const yes: CommandOption = { description: 'do it without asking', short: 'y' };
const timeout: CommandOption = { value: 'DURATION', description: 'wait at most this long; the exit code is then 124' };

const bulkOptions: Readonly<Record<string, CommandOption>> = {
  ...filterOptions,
  'dry-run': { description: 'show what would be done, and do nothing' },
  yes,
  'per-second': { value: 'N', description: 'jobs a second, 1 to 100, where many match' },
  quiet,
};

const submitCommands = () => import('../commands/submit-command.ts');
const jobCommands = () => import('../commands/job-command.ts');
const endCommands = () => import('../commands/end-command.ts');
const scheduleCommands = () => import('../commands/schedules-command.ts');
const groupCommands = () => import('../commands/groups-command.ts');

export const jobTable: readonly Command[] = [
  {
    name: 'submit',
    group: 'jobs',
    summary: 'Submits a job and prints its id.',
    details: [
      'Once the id is printed, the job is kept and will be done. With --wait the command follows it, and its exit code is that of the job.',
    ],
    arguments: [typeArgument, members],
    options: {
      ...submissionOptions,
      wait: { description: 'follow the job to its end' },
      timeout,
      'dry-run': { description: 'check everything that can be checked now, print what it would cost, and submit nothing' },
    },
    callsApi: true,
    fields: [...jobFields, ...validationFields.filter((field) => !(jobFields as readonly string[]).includes(field))],
    examples: [
      ["delegation submit run-query sql='SELECT 42 AS answer'", 'prints job_…'],
      [
        'delegation submit write-batch --input @batch.json --key nightly-2026-12-01 --tag team=data',
        'the same command again gives the same job',
      ],
      ['delegation submit report --at 2026-12-01T06:00:00+01:00 --json id,status', 'prints {"id":"job_…","status":"scheduled"}'],
    ],
    load: async () => (await submitCommands()).submit,
  },
  {
    name: 'run',
    group: 'jobs',
    summary: 'Submits a job, waits for it, and prints its result.',
    details: ['The result goes to standard output, progress to standard error. The exit code is that of the job.'],
    arguments: [typeArgument, members],
    options: { ...submissionOptions, timeout },
    callsApi: true,
    examples: [["delegation run run-query sql='SELECT 42 AS answer' | jq .rows", 'prints [[42]]']],
    load: async () => (await submitCommands()).run,
  },
  {
    name: 'jobs',
    group: 'jobs',
    summary: 'Lists jobs, the newest first.',
    details: ['In a pipe each job is one line with tabs, whole and with exact times; --json prints JSON Lines.'],
    options: {
      ...filterOptions,
      owner: { value: 'OWNER', description: "another owner's jobs, or * for all, for admins" },
      order: { value: 'ORDER', description: 'the newest first (desc), or the oldest', choices: ['asc', 'desc'] },
      limit: { value: 'N', description: 'jobs at most (20)', short: 'n' },
      all: { description: 'all that match' },
      watch: { description: 'again and again, until Ctrl-C', short: 'w' },
      every: { value: 'DURATION', description: 'how often with --watch (3s)' },
      quiet,
    },
    callsApi: true,
    fields: jobFields,
    examples: [
      ['delegation jobs --status failed --since 1h', 'what failed in the last hour'],
      ['delegation jobs --tag team=data --json id,error.code', 'a line of JSON for each'],
    ],
    load: async () => (await import('../commands/list-command.ts')).jobs,
  },
  {
    name: 'job',
    group: 'jobs',
    summary: 'Shows a job: why it is not running, its input, its result or error, its timeline.',
    arguments: [oneId],
    callsApi: true,
    fields: jobFields,
    load: async () => (await jobCommands()).job,
  },
  {
    name: 'watch',
    group: 'jobs',
    summary: 'Follows jobs until they have ended.',
    details: [
      'In a terminal the state is written in place, elsewhere a line for each change. The exit code is 0 if all succeeded, else that of the worst.',
    ],
    arguments: [{ ...oneId, isOptional: true, isRepeated: true }],
    options: { timeout },
    callsApi: true,
    load: async () => (await jobCommands()).watch,
  },
  {
    name: 'result',
    group: 'jobs',
    summary: 'Prints the result of a job, of any size, or a file that it wrote.',
    arguments: [{ ...oneId, isOptional: true }],
    options: {
      output: { value: 'FILE', description: 'write it there, whole or not at all', short: 'o' },
      file: { value: 'NAME', description: 'this file of the job, in place of its result' },
    },
    callsApi: true,
    load: async () => (await jobCommands()).result,
  },
  {
    name: 'cancel',
    group: 'jobs',
    summary: 'Cancels jobs: by id, or all that match.',
    details: ['By filter it first counts what matches, and asks. A job of the service then does it, which goes on if you leave.'],
    arguments: [{ ...oneId, isOptional: true, isRepeated: true }],
    options: { ...bulkOptions, reason: { value: 'TEXT', description: 'why, for the timeline of the job' } },
    callsApi: true,
    fields: [...jobFields, ...selectionFields],
    examples: [
      ['delegation cancel @last', 'the last job that you submitted'],
      ['delegation cancel --type write-batch --status queued,waiting --dry-run', 'how many there are, and the first ten'],
    ],
    load: async () => (await endCommands()).cancel,
  },
  {
    name: 'retry',
    group: 'jobs',
    summary: 'Does jobs again that failed or were cancelled, each as a new job.',
    details: ['A job is retried once: repeating the command gives the same new job. Secrets of the input stay in the service.'],
    arguments: [{ ...oneId, isOptional: true, isRepeated: true }],
    options: { ...bulkOptions, code: { value: 'CODE', description: 'jobs that failed with this', isRepeated: true } },
    callsApi: true,
    fields: [...jobFields, ...selectionFields],
    examples: [['delegation jobs -q --status failed --type report | xargs delegation retry', 'prints the new ids']],
    load: async () => (await endCommands()).retry,
  },
  {
    name: 'redrive',
    group: 'jobs',
    summary: 'Retries all jobs that match, as retry does.',
    options: { ...bulkOptions, code: { value: 'CODE', description: 'jobs that failed with this', isRepeated: true } },
    callsApi: true,
    fields: [...jobFields, ...selectionFields],
    examples: [['delegation redrive --status failed --code source_not_found --since 1d --dry-run', 'how many there are']],
    load: async () => (await endCommands()).redrive,
  },
  {
    name: 'again',
    group: 'jobs',
    summary: 'Submits a job like another one, also like one that succeeded, with other members of its input where given.',
    arguments: [oneId, members],
    options: { ...inputOption, edit: { description: 'change the input in your editor first (VISUAL, EDITOR, vi)', short: 'e' } },
    callsApi: true,
    fields: jobFields,
    load: async () => (await import('../commands/again-command.ts')).again,
  },
  {
    name: 'signal',
    group: 'jobs',
    summary: 'Sends a signal, such as an approval, to a job that waits for it.',
    arguments: [oneId, { name: 'name', description: 'the name of the signal' }, { ...members, description: 'members of its payload' }],
    options: { ...inputOption, key: { value: 'KEY', description: 'the same key is the same signal' } },
    callsApi: true,
    fields: jobFields,
    examples: [['delegation signal job_… approval approved:=true', 'the job goes on']],
    load: async () => (await jobCommands()).signal,
  },
  {
    name: 'schedules',
    group: 'jobs',
    summary: 'Lists the schedules, or shows one.',
    arguments: [{ name: 'name', description: 'the name of the schedule', isOptional: true }],
    callsApi: true,
    fields: scheduleFields,
    load: async () => (await scheduleCommands()).schedules,
  },
  {
    name: 'schedules set',
    group: 'jobs',
    summary: 'Makes a schedule, or replaces one.',
    arguments: [{ name: 'name', description: 'the name of the schedule' }, members],
    options: {
      ...inputOption,
      cron: { value: 'PATTERN', description: "when, as cron says it, such as '0 6 * * 1-5'" },
      'time-zone': { value: 'ZONE', description: 'the IANA time zone that the pattern is read in (UTC)' },
      every: { value: 'DURATION', description: 'how often, in place of a pattern' },
      type: { value: 'TYPE', description: 'the type of its jobs' },
      tag: { value: 'NAME=VALUE', description: 'a tag of its jobs', isRepeated: true },
      paused: { description: 'keep it, and submit nothing for now' },
      from: { value: 'FILE', description: 'a whole schedule as JSON, in place of the options; - is standard input' },
    },
    callsApi: true,
    fields: scheduleFields,
    examples: [
      [
        "delegation schedules set nightly --cron '0 3 * * *' --time-zone Europe/Berlin --type run-query sql='SELECT 1'",
        'prints when it fires next',
      ],
    ],
    load: async () => (await scheduleCommands()).setSchedule,
  },
  {
    name: 'schedules pause',
    group: 'jobs',
    summary: 'Lets a schedule fire no more until it is resumed. All else that was set stays.',
    arguments: [{ name: 'name', description: 'the name of the schedule' }],
    callsApi: true,
    fields: scheduleFields,
    load: async () => (await scheduleCommands()).pauseSchedule,
  },
  {
    name: 'schedules resume',
    group: 'jobs',
    summary: 'Lets a schedule fire again. What was due meanwhile is not made up for.',
    arguments: [{ name: 'name', description: 'the name of the schedule' }],
    callsApi: true,
    fields: scheduleFields,
    load: async () => (await scheduleCommands()).resumeSchedule,
  },
  {
    name: 'schedules delete',
    group: 'jobs',
    summary: 'Deletes a schedule; its jobs stay.',
    arguments: [{ name: 'name', description: 'the name of the schedule' }],
    options: { yes },
    callsApi: true,
    load: async () => (await scheduleCommands()).deleteSchedule,
  },
  {
    name: 'groups',
    group: 'jobs',
    summary: 'Lists the groups, or shows one with the counts of its members.',
    arguments: [{ ...oneId, isOptional: true }],
    callsApi: true,
    fields: groupFields,
    load: async () => (await groupCommands()).groups,
  },
  {
    name: 'groups jobs',
    group: 'jobs',
    summary: 'Lists the members of a group.',
    arguments: [oneId],
    callsApi: true,
    fields: jobFields,
    load: async () => (await groupCommands()).groupJobs,
  },
  {
    name: 'groups seal',
    group: 'jobs',
    summary: 'Lets no more jobs be added to a group, so that it ends with its last member.',
    arguments: [oneId],
    callsApi: true,
    fields: groupFields,
    load: async () => (await groupCommands()).sealGroup,
  },
  {
    name: 'groups cancel',
    group: 'jobs',
    summary: 'Cancels a group and its members that have not ended.',
    arguments: [oneId],
    options: { yes },
    callsApi: true,
    fields: groupFields,
    load: async () => (await groupCommands()).cancelGroup,
  },
];
