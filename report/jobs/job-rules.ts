/** The table of verdicts: rules on the bound that makes them harder to fire, so that a reader can check each by hand. The thresholds are ours where no source is named. */

import { grouped } from '../shown-number.ts';
import type { TypeMeasures } from './job-measures.ts';
import { percentText, shareText, timeText } from './job-words.ts';
import type { JobRule, JobVerdict } from './jobs-report.ts';
import type { TypeLooks } from './look-measures.ts';
import { type BoundedShare, boundedShare, quantileHigh } from './one-sided-bounds.ts';

/** Fewer jobs decide nothing. */
export const minJobs = 20;
/** Fewer do not say that all is as it should be, or that results are not read. */
export const minForPeace = 100;

/** Milliseconds: 10 s keep a person's attention, 1 s the train of thought. @see https://www.nngroup.com/articles/response-times-3-important-limits/ */
const limits = { attentionMs: 10_000, thoughtMs: 1_000 };

type Truth = 'yes' | 'no' | 'open';

interface Condition {
  readonly truth: Truth;
  readonly text: string;
}

/** @returns all rules, in the order of the verdicts; those that need looks are `missing` without a log */
export function rulesOf(records: TypeMeasures, looks: TypeLooks | undefined): readonly JobRule[] {
  const { totals, slacks, missed, ended } = records;
  const over = (ms: number) => boundedShare(totals.filter((total) => total > ms).length, totals.length);
  const slackBelow = (slack: number) => boundedShare(slacks.filter((one) => one < slack).length, slacks.length);
  const isPushed = ended.length > 0 && ended.every((job) => job.isPushed);
  const lateText = `late: ${shareText(missed, 'low')} missed the deadline, needs 1 % and three jobs`;
  const late = { truth: missed.count < 3 ? noOrOpen(missed, 0.01) : atLeast(missed, 0.01), text: lateText };
  const slow = condition(atLeast(over(limits.attentionMs), 0.05), `over 10 s: ${shareText(over(limits.attentionMs), 'low')}, needs 5 %`);
  const quick = condition(
    atMost(over(limits.thoughtMs), 0.05),
    `over 1 s: ${shareText(over(limits.thoughtMs), 'high')}, needs 5 % or less`,
  );
  const decorative: readonly Condition[] = [
    condition(
      atMost(slackBelow(0.95), 0.01),
      `with less than 95 % of the time to the deadline left: ${shareText(slackBelow(0.95), 'high')}, needs 1 % or less`,
    ),
    condition(missed.count === 0 ? 'yes' : 'no', `missed: ${grouped(missed.count)}, needs none`),
  ];
  const rule = (verdict: JobVerdict, conditions: readonly Condition[], instead: string): JobRule => ({
    verdict,
    state: stateOf(conditions, ended.length),
    parts: conditions.map(({ text }) => text),
    instead,
  });
  const withLooks = (verdict: JobVerdict, instead: string, conditionsOf: (of: TypeLooks) => readonly Condition[]): JobRule =>
    looks === undefined ? { verdict, state: 'missing', parts: [], instead } : rule(verdict, conditionsOf(looks), instead);
  const waitedFor = ({ facts }: TypeLooks, needs: number): Condition =>
    condition(
      atLeast(facts.waitedFor, needs),
      `waited for: ${shareText(facts.waitedFor, 'low')} (${percentText(facts.watched.estimate)} watched, ${percentText(facts.control.estimate)} by chance), needs ${percentText(needs)}`,
    );
  const p95 = quantileHigh(totals, 0.95);
  return [
    faster(late, looks === undefined ? undefined : [waitedFor(looks, 0.5), slow], rule),
    withLooks(
      'should not have been delegated',
      'The caller waits because it was built to; a job outlives a crash of the caller, which an answer does not.',
      (of) => [waitedFor(of, 0.8), quick],
    ),
    exempted(
      isPushed,
      withLooks(
        'result is not read',
        'The job is done for its effect, and its result is a receipt; or results are read from lists of jobs or from events, which this log does not show for one job.',
        ({ facts }) => [
          condition(
            facts.neverRead.of < minForPeace ? noOrOpen(facts.neverRead, 0.9) : atLeast(facts.neverRead, 0.9),
            `not read within a week: ${shareText(facts.neverRead, 'low')}, needs 90 % of 100 jobs`,
          ),
        ],
      ),
    ),
    exempted(
      isPushed,
      withLooks('could be cheaper', 'Another system waits for what the job does, not for its result.', (of) => {
        const looked = p95 === null ? boundedShare(0, 0) : of.lags.lookedWithin(10 * p95);
        return [
          condition(
            atMost(looked, 0.1),
            `looked at within ten times as long as the work takes (${timeText(p95 === null ? null : 10 * p95)}): ${shareText(looked, 'high')}, needs 10 % or less`,
          ),
          condition(
            atMost(slackBelow(0.8), 0.05),
            `with less than 80 % of the time to the deadline left: ${shareText(slackBelow(0.8), 'high')}, needs 5 % or less`,
          ),
        ];
      }),
    ),
    withLooks(
      'polls too much',
      'A person watches, or the caller has something to do at once and cannot be called.',
      ({ facts: { polling } }) => [
        either(
          condition(
            atLeast(polling.manyLooks, 0.5),
            `ten looks and more before the end: ${shareText(polling.manyLooks, 'low')}, needs half`,
          ),
          condition(atLeast(polling.hurried, 0.2), `asked again sooner than asked to: ${shareText(polling.hurried, 'low')}, needs 20 %`),
        ),
      ],
    ),
    rule('deadline is decoration', decorative, 'It bounds what an outage may hold up, and is not meant as a promise.'),
  ];
}

/** A deadline that was missed needs no log; whether somebody waits does. */
function faster(
  late: Condition,
  waited: readonly Condition[] | undefined,
  rule: (verdict: JobVerdict, conditions: readonly Condition[], instead: string) => JobRule,
): JobRule {
  const instead =
    late.truth === 'yes'
      ? 'The deadline is too tight, or one outage made all of them late.'
      : 'The reader looks often without waiting for it.';
  if (waited !== undefined) return rule('needs to be faster', [either(late, both(waited))], instead);
  const alone = rule('needs to be faster', [late], instead);
  return alone.state === 'fired' ? alone : { ...alone, state: 'missing' };
}

function exempted(isExempt: boolean, rule: JobRule): JobRule {
  return isExempt && rule.state !== 'missing' ? { ...rule, state: 'exempt' } : rule;
}

function condition(truth: Truth, text: string): Condition {
  return { truth, text };
}

function atLeast({ low, high }: BoundedShare, needs: number): Truth {
  return low >= needs ? 'yes' : high < needs ? 'no' : 'open';
}

function atMost({ low, high }: BoundedShare, needs: number): Truth {
  return high <= needs ? 'yes' : low > needs ? 'no' : 'open';
}

function noOrOpen({ high }: BoundedShare, needs: number): Truth {
  return high < needs ? 'no' : 'open';
}

function both(conditions: readonly Condition[]): Condition {
  const truths = conditions.map(({ truth }) => truth);
  return {
    truth: truths.includes('no') ? 'no' : truths.includes('open') ? 'open' : 'yes',
    text: conditions.map(({ text }) => text).join('; '),
  };
}

/** Holds where one of them does. The text is that of the conditions which decide it. */
function either(...conditions: readonly Condition[]): Condition {
  const truth = (['yes', 'open', 'no'] as const).find((one) => conditions.some((condition) => condition.truth === one)) ?? 'no';
  return { truth, text: conditions.flatMap((one) => (one.truth === truth ? [one.text] : [])).join('; or ') };
}

function stateOf(conditions: readonly Condition[], jobs: number): JobRule['state'] {
  const { truth } = both(conditions);
  if (truth === 'no') return 'not fired';
  return truth === 'yes' && jobs >= minJobs ? 'fired' : 'open';
}
