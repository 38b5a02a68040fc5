/** Rules about the answer: whether there is anything in it. */
import { wilson } from '../measure/interval.ts';
import { duration, percent } from '../shown-number.ts';
import { atLeast, type Rule } from './rule.ts';
import { thresholds as limit } from './thresholds.ts';

export const answerRules: readonly Rule[] = [
  {
    id: 'A1',
    side: 'for',
    family: 'answer',
    when: '95 % of the answers are 202, empty, or of one size up to 1 KB; an acknowledgement: five sizes make up 80 %',
    points: '2; 1 for an acknowledgement',
    reason: 'There is nothing in the answer to use.',
    counter: 'a token, a lock, a yes or no',
    test: ({ answer, isSafe, measured: { tally } }) => {
      if (answer.p50Bytes === null || isSafe) return undefined;
      const isAffirmative = tally.accepted >= limit.oneSize * tally.outcomes.ok;
      return {
        weight: answer.kind === 'says nothing' ? 2 : answer.kind === 'acknowledgement' ? 1 : 0,
        text: answer.text,
        isAffirmative,
        isDeclared: isAffirmative,
      };
    },
  },
  {
    id: 'K3',
    side: 'against',
    family: 'answer',
    when: 'the answers are data: more than 4 kB at the median, in more than twenty sizes',
    points: '2',
    reason: 'The caller asked for content.',
    counter: 'content that is not read',
    test: ({ answer }) => (answer.p50Bytes === null ? undefined : { weight: answer.kind === 'data' ? 2 : 0, text: answer.text }),
  },
  {
    id: 'K4',
    side: 'against',
    family: 'answer',
    when: 'at least 5 % are 400, 402, 409, 412 or 422, and take at least half as long as a success',
    points: '2',
    reason: 'The rejection is the result of the work.',
    counter: 'slow validation that could come first',
    test: ({ measured: { tally } }) => {
      const rejections = tally.heldOfRejection.count;
      const known = rejections + tally.heldOfSuccess.count;
      if (known === 0) return undefined;
      const share = wilson(rejections / known, known);
      const [rejection, success] = [tally.heldOfRejection.quantile(0.5) ?? 0, tally.heldOfSuccess.quantile(0.5) ?? 0];
      const isSlow = rejection >= limit.rejectionTime * success;
      return atLeast(
        share,
        limit.rejected,
        isSlow ? 2 : 0,
        `${percent(share[1])} are rejected${rejections === 0 ? '' : `, after ${duration(rejection)} where a success takes ${duration(success)}`}`,
      );
    },
  },
];
