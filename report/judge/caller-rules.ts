/** Rules about what callers do: while they wait, at the answer, and later. */
import type { Interval } from '../delegation-report.ts';
import { percent } from '../shown-number.ts';
import { shareRange } from './evidence.ts';
import { atLeast, type Rule } from './rule.ts';
import { thresholds as limit } from './thresholds.ts';

/** Reads go on all the time where a page polls: what counts is how many more there are after the answer than in as long before the request. */
function moreThanBefore(share: Interval, what: string): string {
  return share[1] <= 0
    ? `callers do not ${what} (no more often than before the request)`
    : `${shareRange(share)} ${what} (beyond what they do anyway)`;
}

export const callerRules: readonly Rule[] = [
  {
    id: 'C1',
    side: 'for',
    family: 'callers',
    when: 'at least 1 % hang up',
    points: '1; 2 when at least 25 % hang up and fewer than half of those try again',
    reason: 'Callers do not wait for the answer.',
    counter: 'too slow for people who do want it',
    test: ({ hungUp, measured: { behaviour } }) => {
      const { repeated, else: other, nothing } = behaviour.hangUps;
      const all = repeated + other + nothing;
      const isStrong = hungUp[0] >= limit.mostlyHungUp && all > 0 && repeated < all / 2;
      const text = `${shareRange(hungUp)} hang up${all === 0 ? '' : `; ${repeated === 0 ? 'none' : percent(repeated / all)} of them try again within a minute`}`;
      return atLeast(hungUp, limit.hungUp, isStrong ? 2 : 1, text);
    },
  },
  {
    id: 'C2a',
    side: 'for',
    family: 'callers',
    when: 'at least 25 % first read it more than a minute later, within a day',
    points: '1; 2 when at least half do, the answer says nothing (A1) and callers are known by user or key',
    reason: 'The result is read elsewhere, later.',
    counter: 'a page that was opened for another reason',
    test: ({ behaviour, answer, areCallersKnown, isSafe }) => {
      if (behaviour === undefined || isSafe) return undefined;
      const share = behaviour.later.interval();
      const isStrong = answer.kind === 'says nothing' && areCallersKnown && share[0] >= limit.mostlyComesBack;
      const text = `${shareRange(share)} first read it more than a minute later, within a day (beyond what they do anyway)`;
      return { ...atLeast(share, limit.comesBack, isStrong ? 2 : 1, text), isAffirmative: isStrong };
    },
  },
  {
    id: 'C2b',
    side: 'for',
    family: 'callers',
    when: 'at most 10 % more read it within a minute than did before the request, and the answer is not data',
    points: '1',
    reason: 'Callers do not go for the result within a minute.',
    counter: 'it was in the answer, or on the page already',
    test: ({ behaviour, answer, isSafe, measured }) => {
      if (behaviour === undefined || isSafe || !measured.behaviour.hasRelatedReads) return undefined;
      const share = behaviour.used60.interval();
      const isIgnored = share[2] <= limit.ignored && answer.kind !== 'data';
      return {
        weight: isIgnored ? 1 : 0,
        text: moreThanBefore(share, 'read it within a minute'),
        estimate: share[1],
        bound: share[2],
        needs: limit.ignored,
      };
    },
  },
  {
    id: 'C3',
    side: 'for',
    family: 'callers',
    when: 'at least 90 % of one kind',
    points: '2 for senders of webhooks; 1 for programs or timers',
    reason: 'No person watches; senders of webhooks ask for a fast 2xx (GitHub, Stripe).',
    counter: 'a program can need the answer too',
    test: ({ agents, behaviour, answer }) => {
      if (agents.webhook >= limit.oneKind)
        return {
          weight: 2,
          text: `${percent(agents.webhook)} come from senders of webhooks`,
          estimate: agents.webhook,
          bound: agents.webhook,
          needs: limit.oneKind,
          isDeclared: answer.kind === 'says nothing',
        };
      const timed = behaviour?.timed.interval()[0] ?? 0;
      const isByTimer = timed >= limit.oneKind;
      const share = isByTimer ? timed : agents.program;
      return {
        weight: share >= limit.oneKind ? 1 : 0,
        text: `${percent(share)} come from ${isByTimer ? 'timers' : 'programs'}`,
        estimate: share,
        bound: share,
        needs: limit.oneKind,
      };
    },
  },
  {
    id: 'C4',
    side: 'for',
    family: 'callers',
    when: 'a POST or PATCH whose failures are sent again within a minute at least 20 % more often than its successes',
    points: '1',
    reason: 'Failures are repeated: an accepted job with an idempotency key is done once (RFC 9110, 9.2.2).',
    counter: 'a client library that repeats by default',
    test: ({ behaviour, measured: { tally } }) => {
      if (behaviour === undefined || !['POST', 'PATCH'].includes(tally.method) || behaviour.repeatedFailures.clusters < 2) return undefined;
      const [failures, successes] = [behaviour.repeatedFailures.interval(), behaviour.repeatedSuccesses.interval()];
      const difference: Interval = [failures[0] - successes[2], failures[1] - successes[1], failures[2] - successes[0]];
      return atLeast(
        difference,
        limit.repeats,
        1,
        `${percent(failures[1])} of failures are sent again within a minute, ${percent(successes[1])} of successes`,
      );
    },
  },
  {
    id: 'C5',
    side: 'for',
    family: 'callers',
    when: 'at least 30 % come in runs of twenty or more by one caller, each within 2 s of the end of the last',
    points: '1',
    reason: 'One job with many rows does the same.',
    counter: 'items that depend on each other',
    test: ({ behaviour }) => {
      if (behaviour === undefined) return undefined;
      const share = behaviour.bulk.interval();
      return atLeast(share, limit.bulk, 1, `${shareRange(share)} come in runs of twenty and more`);
    },
  },
  {
    id: 'K1',
    side: 'against',
    family: 'callers',
    when: 'at least 30 % more read it after the answer than did before the request, or read what only the answer can have named',
    points: '2 within 5 s; 1 within a minute',
    reason: 'The caller reads at once what it wrote.',
    counter: 'a redirect to a page that could say "being prepared"',
    test: ({ behaviour, isSafe }) => {
      if (behaviour === undefined || isSafe) return undefined;
      const [soon, minute, fresh] = [behaviour.used5.interval(), behaviour.used60.interval(), behaviour.fresh5.interval()];
      const strongest = fresh[0] > soon[0] ? fresh : soon;
      const isStrong = strongest[0] >= limit.used;
      const text =
        strongest === fresh
          ? `${shareRange(fresh)} read within 5 s what was never read before`
          : moreThanBefore(soon, 'read it within 5 s');
      if (isStrong || minute[0] < limit.used) return atLeast(strongest, limit.used, 2, text);
      return atLeast(minute, limit.used, 1, moreThanBefore(minute, 'read it within a minute'));
    },
  },
  {
    id: 'K5',
    side: 'against',
    family: 'callers',
    when: 'at least 30 % more start another request within 2 s (programs: 0.1 s) of the answer than did before the request',
    points: '2',
    reason: 'Somebody waits in order to go on.',
    counter: 'they only wait because they must',
    test: ({ behaviour, isSafe }) => {
      if (behaviour === undefined || isSafe) return undefined;
      const share = behaviour.resumes.interval();
      return atLeast(share, limit.used, 2, moreThanBefore(share, 'send another request at the answer'));
    },
  },
];
