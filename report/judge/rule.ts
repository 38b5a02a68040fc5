/** What a rule is: evidence for or against delegating, as plain data with a test. */
import type { Interval } from '../delegation-report.ts';
import type { Evidence } from './evidence.ts';

export type Family = 'time' | 'callers' | 'answer';

export interface Found {
  /** 0 where the rule does not fire. */
  readonly weight: number;
  readonly text: string;
  readonly estimate?: number | null;
  readonly bound?: number | null;
  readonly needs?: number | null;
  /** Says that callers do not need the answer at once, and not only that nothing says so. */
  readonly isAffirmative?: boolean;
  /** Whether its senders, or the API itself, say that the answer need not be the result. */
  readonly isDeclared?: boolean;
}

export interface Rule {
  readonly id: string;
  readonly side: 'for' | 'against';
  readonly family: Family;
  /** When it fires, on the bound that makes that harder, and for how many points. */
  readonly when: string;
  readonly points: string;
  readonly reason: string;
  readonly counter: string;
  /** @returns undefined where the log does not hold what the rule needs */
  readonly test: (evidence: Evidence) => Found | undefined;
}

/** Fires where the lower bound of a share reaches `needs`. */
export function atLeast(share: Interval, needs: number, weight: number, text: string): Found {
  return { weight: share[0] >= needs ? weight : 0, text, estimate: share[1], bound: share[0], needs };
}
