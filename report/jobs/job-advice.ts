/** The words of a verdict: why, what to do, and what to ask the people who delegated the work. */

import { grouped } from '../shown-number.ts';
import type { TypeMeasures } from './job-measures.ts';
import { minForPeace } from './job-rules.ts';
import { dollarText, percentText, shareText, timeText } from './job-words.ts';
import type { JobRule, JobTypeCost, JobVerdict } from './jobs-report.ts';
import type { TypeLooks } from './look-measures.ts';

export interface Advice {
  readonly because: string;
  readonly proposal: string;
  readonly question: string;
  readonly wouldChange: string;
}

export interface Case {
  readonly type: string;
  readonly records: TypeMeasures;
  readonly looks: TypeLooks | undefined;
  readonly cost: JobTypeCost;
  readonly rules: readonly JobRule[];
}

type Words = Readonly<Record<Exclude<keyof Advice, 'wouldChange'>, string>>;

/** From this share on, the time is spent in the queue and not at work. */
const queueShare = 0.3;
/** A smaller share of jobs is not worth a start in other hours. */
const worthMoving = 0.1;

export function adviceOf(verdict: JobVerdict, of: Case): Advice {
  return { ...wordsOf[verdict](of), wouldChange: changeOf(verdict, of) };
}

const wordsOf: Readonly<Record<JobVerdict, (of: Case) => Words>> = {
  'needs to be faster': ({ type, records, looks }) => {
    const { missed, totalMs, waitingShare } = records;
    const isLate = missed.count >= 3 && missed.low >= 0.01;
    const watched =
      looks === undefined
        ? ''
        : `${percentText(looks.facts.waitedFor.estimate)} are waited for, and 1 in 20 takes ${timeText(totalMs.p95)}`;
    const because = isLate ? `${percentText(missed.estimate)} miss the deadline` : watched;
    const proposal =
      (waitingShare ?? 0) >= queueShare
        ? `${percentText(waitingShare)} of the time is spent in the queue: more concurrency, a priority, or fairness between owners.`
        : 'The time is spent at work: faster work, more memory, or progress messages for those who wait.';
    return { because, proposal, question: `Who waits for ${type}, and what do they do until it is there?` };
  },
  'should not have been delegated': ({ type, records, looks }) => ({
    because: `${percentText(looks?.facts.waitedFor.estimate ?? null)} are waited for, and 19 in 20 take ${timeText(records.totalMs.p95)} at most`,
    proposal: 'Answer at once, in the request; or submit with `Prefer: wait=5`, which answers with the result.',
    question: `The caller of ${type} waits anyway: what would it lose if the answer came at once, and nothing came after a crash?`,
  }),
  'result is not read': ({ type, records, looks }) => ({
    because: `${shareText(looks?.facts.neverRead ?? records.retried, 'low')} were not looked at within a week`,
    proposal: 'Stop making the result, keep it for a shorter time (`retentionDays`), or stop the job.',
    question: `What would be missed if ${type} stopped tomorrow, and who would notice it?`,
  }),
  'could be cheaper': ({ type, records, looks }) => ({
    because: `half are looked at ${timeText(looks?.facts.lagMs.p50 ?? null)} after the end or later, and the work takes ${timeText(records.totalMs.p95)}`,
    proposal: `A lower priority; a start in calm hours (\`delaySeconds\`)${(records.movable?.estimate ?? 0) < worthMoving ? '' : `, which ${percentText(records.movable?.estimate ?? null)} of the jobs of busy hours have time for`}; submissions in bursts, which share invocations; less memory.`,
    question: `By when does ${type} have to be ready, if not at once?`,
  }),
  'polls too much': ({ type, looks, cost }) => ({
    because: `${(looks?.facts.polling.meanLooks ?? 0).toFixed(1)} looks before the end of a job, ${(looks?.facts.polling.meanAsked ?? 0).toFixed(1)} asked for`,
    proposal: `Keep to \`Retry-After\`, which saves ${dollarText(cost.savedUsd ?? 0)} a million jobs; or a webhook, or \`Prefer: wait\` for work of seconds.`,
    question: `What does the caller of ${type} do in the second after the end, that could not start from a webhook?`,
  }),
  'deadline is decoration': ({ type, records }) => ({
    because: `${percentText(records.slacks[0] ?? null)} of the time to the deadline was left in the worst case`,
    proposal: `A deadline that would say when something is wrong: ${timeText(tightMs(records))} is ten times what the slowest 1 in 20 take.`,
    question: `After how long is a result of ${type} of no use?`,
  }),
  'as it should be': ({ type, records }) => ({
    because: `${grouped(records.ended.length)} jobs, and no rule applies`,
    proposal: 'Nothing to do.',
    question: `Is there a change ahead in who reads ${type}?`,
  }),
  'needs the access log': ({ type, records }) => ({
    because: `${grouped(records.ended.length)} jobs, and nothing in their records against it`,
    proposal: 'Run the report with the access log of the API: it says who waits, who reads, and who polls.',
    question: `Who reads the results of ${type}, and how soon?`,
  }),
  'too little': ({ type, records }) => ({
    because: `${records.ended.length === 1 ? '1 job has' : `${grouped(records.ended.length)} jobs have`} succeeded or failed, and ${minForPeace} are needed`,
    proposal: 'Nothing yet.',
    question: `Who reads the results of ${type}, and how soon?`,
  }),
};

function tightMs({ totalMs, totals }: TypeMeasures): number {
  return 10 * (totalMs.p95 ?? totals.at(-1) ?? 0);
}

/** The rule that decided, or the first one that more jobs may decide. */
function changeOf(verdict: JobVerdict, { rules, records }: Case): string {
  const decided = rules.find((rule) => rule.verdict === verdict);
  if (decided !== undefined) return `If this no longer held: ${decided.parts.join('; and ')}.`;
  if (verdict === 'too little') return `${grouped(Math.max(0, minForPeace - records.ended.length))} more jobs.`;
  const open = rules.find(({ state }) => state === 'open');
  return open === undefined ? 'A rule that fires.' : `More jobs may decide "${open.verdict}": ${open.parts.join('; and ')}.`;
}
