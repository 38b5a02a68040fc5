/** The few words of a row of the table: why, what speaks against it, and what would change it. */
import { requestsNeeded } from '../measure/clustered-share.ts';
import { amount, duration } from '../shown-number.ts';
import type { Evidence } from './evidence.ts';
import { strongest } from './question.ts';
import type { JudgedRule } from './rules.ts';
import { thresholds as limit } from './thresholds.ts';
import type { Judgement } from './verdict.ts';

/** @returns the strongest evidence for what the verdict says */
export function becauseOf(judged: readonly JudgedRule[], { verdict, gate }: Judgement): string {
  if (gate !== null) return gate.text;
  const side = verdict === 'keep' ? 'against' : 'for';
  // Behaviour says more than slowness, which the columns beside it show already.
  const order = strongest(judged, side).toSorted((a, b) => Number(a.family === 'time') - Number(b.family === 'time'));
  return (
    order
      .slice(0, 2)
      .map(({ text }) => short(text))
      .join('; ') || 'nothing in the log speaks for or against it'
  );
}

/** @returns the strongest evidence on the other side, or what is missing */
export function butOf(evidence: Evidence, judged: readonly JudgedRule[], { verdict, gate, withheld }: Judgement): string {
  if (gate !== null) return '';
  if (evidence.isWaitOnly && withheld !== '') return withheld;
  const [other] = strongest(judged, verdict === 'keep' ? 'for' : 'against');
  if (other !== undefined) return short(other.text);
  if (verdict === 'cannot tell' && !evidence.areCallersKnown) return 'most callers are known by address only: log the user';
  return verdict === 'cannot tell' ? 'the log shows neither use nor disuse of the answer' : '';
}

/** Without its interval, which the details have. */
const short = (text: string) => text.replaceAll(/ \([^()]* to [^()]*\)/g, '');

/** @returns the one fact that would change the verdict, or how much more is needed */
export function wouldChangeOf(evidence: Evidence, judged: readonly JudgedRule[], { verdict, gate, withheld }: Judgement): string {
  if (gate?.id === 'answered') return 'another answer from its owners';
  if (gate?.id === 'too little') return moreData(evidence);
  if (gate !== null)
    return gate.id === 'no timing' || gate.id === 'function'
      ? 'a log with the time of each request and its caller'
      : 'an answer from its owners';
  if (evidence.isWaitOnly && withheld !== '') return 'the time of the backend in the log';
  if (verdict === 'delegate' || verdict === 'probably')
    return `${withheld === '' ? '' : `up: ${withheld}; down: `}30 % that read it within 5 s, or go on at the answer; or an answer from its owners`;
  const near = judged
    .filter(
      ({ id, side, fired, needs, estimate }) =>
        side === 'for' && id !== 'C2b' && !fired && needs !== null && estimate !== null && estimate >= needs && needs < 1,
    )
    .flatMap((rule) => {
      const more = requestsNeeded(rule.estimate ?? 0, rule.needs ?? 0);
      return more === undefined
        ? []
        : [`about ${amount(Math.max(limit.requests, more))} requests in all, which would settle "${short(rule.text)}"`];
    });
  return [...near.slice(0, 1), 'an answer from its owners'].join('; or ');
}

function moreData({ requests, observedHours }: Evidence): string {
  if (requests === 0 || observedHours === 0) return 'more data';
  const hours = Math.max(limit.hours, (limit.requests / requests) * observedHours) - observedHours;
  return hours <= 0 ? 'callers that the log distinguishes' : `about ${duration(hours * 3_600_000)} more of the log at this rate`;
}
