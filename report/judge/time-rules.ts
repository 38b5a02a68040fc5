/** Rules about how long an endpoint takes. */

import { limitsOf } from '../measure/endpoint-tally.ts';
import { duration } from '../shown-number.ts';
import { type Evidence, range, shareRange, timeOf } from './evidence.ts';
import { atLeast, type Rule } from './rule.ts';
import { thresholds as limit } from './thresholds.ts';

const verbOf = ({ areHeldKnown }: Evidence) => (areHeldKnown ? 'take' : 'wait');

const isLong = (evidence: Evidence) => (timeOf(evidence).p50?.[0] ?? 0) >= limit.longWaitMs;

const none = { weight: 0 };

export const timeRules: readonly Rule[] = [
  {
    id: 'T1',
    side: 'for',
    family: 'time',
    when: 'half of the requests take at least 10 s',
    points: '2',
    reason: 'After 10 s attention is gone (Nielsen 1993; Google AIP-151).',
    counter: 'a missing index, a cold start',
    test: (evidence) => {
      const { p50 } = timeOf(evidence);
      return p50 === null
        ? undefined
        : {
            weight: isLong(evidence) ? 2 : 0,
            text: `half ${verbOf(evidence)} ${range(p50)} or longer`,
            estimate: p50[1] / 1000,
            bound: p50[0] / 1000,
            needs: limit.longWaitMs / 1000,
          };
    },
  },
  {
    id: 'T2',
    side: 'for',
    family: 'time',
    when: 'half take at least 1 s, or one in twenty at least 10 s, and T1 does not fire',
    points: '1',
    reason: 'After a second the train of thought is broken (Nielsen 1993).',
    counter: 'a missing index, a cold start',
    test: (evidence) => {
      const { p50, p95 } = timeOf(evidence);
      if (p50 === null || isLong(evidence)) return undefined;
      const isSlow = p50[0] >= limit.noticeableWaitMs || (p95?.[0] ?? 0) >= limit.longWaitMs;
      return {
        weight: isSlow ? 1 : 0,
        text: `half ${verbOf(evidence)} ${range(p50)} or longer${p95 === null ? '' : `, one in twenty ${duration(p95[1])}`}`,
        estimate: p50[1] / 1000,
        bound: p50[0] / 1000,
        needs: limit.noticeableWaitMs / 1000,
      };
    },
  },
  {
    id: 'T3',
    side: 'for',
    family: 'time',
    when: 'at least 1 % end at a time limit: a known one, or one at which failures pile up; by hours, so that one bad hour is not enough',
    points: '2',
    reason: 'Some callers get no answer at all, and the work may go on unseen.',
    counter: 'one broken dependency for an hour',
    test: ({ limited, measured: { tally, continued } }) => {
      const [most] = limitsOf(tally);
      const after =
        continued === undefined
          ? ''
          : `; ${continued.succeeded} of ${continued.requests} that were given up went on and succeeded, after ${duration(continued.medianMs)} at the median`;
      return atLeast(limited, limit.limited, 2, `${shareRange(limited)} end at ${most?.limit.name ?? 'a limit'}${after}`);
    },
  },
  {
    id: 'S1',
    side: 'for',
    family: 'time',
    when: 'always',
    points: '0',
    reason: 'A queue absorbs bursts. Shown, and not counted: it says nothing about need.',
    counter: '',
    test: ({ freed }) =>
      freed.mean === 0
        ? undefined
        : {
            ...none,
            text: `in its busiest minutes ${(freed.peak / freed.mean).toPrecision(2)} times as much is in progress as on average`,
          },
  },
  {
    id: 'K2',
    side: 'against',
    family: 'time',
    when: 'nineteen in twenty wait less than 1 s',
    points: '2',
    reason: 'The wait bothers no caller.',
    counter: '',
    test: ({ wait: { p95 } }) =>
      p95 === null
        ? undefined
        : {
            weight: p95[2] < limit.noticeableWaitMs ? 2 : 0,
            text: `95 % already wait less than ${duration(p95[1])}`,
            estimate: p95[1] / 1000,
            bound: p95[2] / 1000,
            needs: limit.noticeableWaitMs / 1000,
          },
  },
];
