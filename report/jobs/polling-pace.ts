/** How often callers look at a job before its end, compared with how often the API asks them to. */

import { askedLooks, askedMs } from './asked-pace.ts';
import { groupedBy } from './grouped-by.ts';
import type { JobLook } from './job-looks.ts';
import type { WatchedJob } from './watched-ends.ts';

export interface PollingPace {
  /** Looks that did not see the end. */
  readonly looks: number;
  /** Looks that one caller who keeps the pace would have made. */
  readonly asked: number;
  /** Looks that came sooner after the one before, by the same caller, than the API had asked for. */
  readonly early: number;
  readonly unchanged: number;
  /** Seconds for which answers were held on purpose. */
  readonly heldSeconds: number;
}

/** More looks never make any of its numbers smaller. @param looks at the job, in order */
export function pollingPace(
  { dueMs, finishedMs }: WatchedJob,
  looks: readonly JobLook[],
  typicalMs: number,
  resolutionMs: number,
): PollingPace {
  const before = looks.filter((look) => look.toMs + resolutionMs <= finishedMs);
  let early = 0;
  for (const own of groupedBy(
    before.filter(({ kind }) => kind === 'job'),
    ({ caller }) => caller,
  ).values())
    for (const [i, look] of own.entries()) {
      const last = own[i - 1];
      // A timer may fire a little early, and a log that has whole seconds may hide one.
      if (last !== undefined && look.fromMs - last.toMs + resolutionMs < 0.9 * askedMs(Math.max(0, last.toMs - dueMs), typicalMs))
        early += 1;
    }
  return {
    looks: before.length,
    asked: askedLooks(finishedMs - dueMs, typicalMs),
    early,
    unchanged: before.filter(({ isUnchanged }) => isUnchanged).length,
    heldSeconds: looks.reduce((sum, { kind, fromMs, toMs }) => sum + (kind === 'held' ? (toMs - fromMs) / 1000 : 0), 0),
  };
}
