/** The report on jobs in words: one sentence, a row a type, what to do for each, and what cannot be known. */

import { grouped } from '../shown-number.ts';
import { dollarText, percentText, timeText } from './job-words.ts';
import { type JobsReport, type JobTypeReport, type JobVerdict, jobVerdicts } from './jobs-report.ts';

/** These ask for nothing to be done. */
const restful: readonly JobVerdict[] = ['as it should be', 'needs the access log', 'too little'];

/** @returns what the report says, in one sentence */
export function headline({ types, input }: JobsReport): string {
  if (types.length === 0) return 'No job of yours has ended yet, so there is nothing to report.';
  const ofVerdict = (verdict: JobVerdict) => types.filter((type) => type.verdict === verdict).map(({ type }) => type);
  const found = jobVerdicts
    .filter((verdict) => !restful.includes(verdict))
    .flatMap((verdict) => ofVerdict(verdict).map((type) => `${type} ${clauses[verdict]}`));
  const jobs = `${grouped(input.ended)} ${input.ended === 1 ? 'job' : 'jobs'} of ${types.length} ${types.length === 1 ? 'type' : 'types'}`;
  if (found.length > 0) return `${jobs}: ${found.slice(0, 3).join('; ')}${found.length > 3 ? `; and ${found.length - 3} more` : ''}.`;
  if (ofVerdict('too little').length === types.length) return `${jobs}: too few of each type to say anything.`;
  const open = ofVerdict('needs the access log').length > 0;
  return open
    ? `${jobs}: the records say nothing against any; who waits and who reads is in the access log.`
    : `${jobs}: all that have enough jobs are as they should be.`;
}

const clauses: Readonly<Record<JobVerdict, string>> = {
  'needs to be faster': 'needs to be faster',
  'should not have been delegated': 'should not have been delegated',
  'result is not read': 'makes results that are not read',
  'could be cheaper': 'could be cheaper',
  'polls too much': 'is polled too much',
  'deadline is decoration': 'has a deadline that says nothing',
  'as it should be': 'is as it should be',
  'needs the access log': 'needs the access log',
  'too little': 'has too few jobs',
};

/** A column of the table: `rank` says which a narrow terminal leaves out first, and 0 that it never does. */
export interface JobColumn {
  readonly title: string;
  readonly text: (type: JobTypeReport) => string;
  readonly rank: number;
  readonly isRight: boolean;
}

const column = (title: string, rank: number, text: JobColumn['text'], isRight = true): JobColumn => ({ title, rank, text, isRight });

/** @returns the columns; those of looks only where there is an access log */
export function jobTypeColumns({ input }: JobsReport): readonly JobColumn[] {
  const ofLooks = [
    column('WAITED FOR', 4, ({ looks }) => percentText(looks?.waitedFor.estimate ?? null)),
    column('NOT READ', 5, ({ looks }) => percentText(looks?.neverRead.estimate ?? null)),
    column('FIRST LOOK', 7, ({ looks }) => timeText(looks?.lagMs.p50 ?? null)),
    column('LOOKS', 6, ({ looks }) => (looks === null ? '–' : looks.polling.meanLooks.toFixed(1))),
  ];
  return [
    column('TYPE', 0, ({ type }) => type, false),
    column('VERDICT', 0, ({ verdict, also }) => `${verdict}${also.length === 0 ? '' : ` (+${also.length})`}`, false),
    column('JOBS', 1, ({ jobs }) => grouped(jobs)),
    column('P50', 2, ({ totalMs }) => timeText(totalMs.p50)),
    column('P95', 3, ({ totalMs }) => timeText(totalMs.p95)),
    column('QUEUE P95', 9, ({ startDelayMs }) => timeText(startDelayMs.p95)),
    column('SLACK P5', 8, ({ deadline }) => percentText(deadline.slack.p5)),
    ...(input.accessLog === null ? [] : ofLooks),
    column('USD A MILLION', 10, ({ cost }) => dollarText(cost.millionJobsUsd + (cost.millionPollsUsd ?? 0)).replace(' USD', '')),
  ];
}

/** @returns what to do for each type, in lines; `isDetailed` adds each rule with its numbers */
export function adviceLines({ types }: JobsReport, isDetailed = false): readonly string[] {
  return types.flatMap((type) => [
    '',
    `${type.type}: ${[type.verdict, ...type.also].join('; ')}`,
    `  because   ${type.because}. ${type.cost.text}`,
    `  do        ${type.proposal}`,
    ...(type.instead === '' ? [] : [`  unless    ${type.instead}`]),
    `  changes   ${type.wouldChange}`,
    `  ask       ${type.question}`,
    ...(isDetailed
      ? type.rules.map(
          ({ verdict, state, parts }) => `  rule      ${verdict}: ${state}${parts.length === 0 ? '' : `; ${parts.join('; ')}`}`,
        )
      : []),
  ]);
}

/** @returns what is missing, what was strange, and what cannot be known */
export function limitLines({ missing, warnings, cannotKnow, input }: JobsReport): readonly string[] {
  const { accessLog } = input;
  const read =
    accessLog === null
      ? []
      : [
          `Access log: ${grouped(accessLog.requests)} requests, ${grouped(accessLog.looks)} looks at jobs, ${accessLog.from} to ${accessLog.to}.${leftOut(accessLog)}`,
        ];
  return [
    '',
    ...read,
    ...warnings.map(({ text }) => `Note: ${text}`),
    ...(missing === null ? [] : [missing]),
    ...cannotKnow.map((text) => `Cannot know: ${text}`),
  ];
}

function leftOut({ dashboards, clockReaders }: NonNullable<JobsReport['input']['accessLog']>): string {
  const seen = [
    ...(dashboards === 0 ? [] : [`${dashboards} who look at the jobs of many owners, and are left out`]),
    ...(clockReaders === 0 ? [] : [`${clockReaders} who look by the clock, and wait for nothing`]),
  ];
  return seen.length === 0 ? '' : ` Among the readers are ${seen.join('; ')}.`;
}
