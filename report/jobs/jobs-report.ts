/**
 * The report on delegated work: was it right to delegate, and is it as fast as it must be, and no faster? Versioned plain data, complete enough to
 * draw every view of it. It has no id, no owner and no caller.
 */
import type { BoundedShare } from './one-sided-bounds.ts';

/** In the order in which they count: a type has the first that applies. */
export const jobVerdicts = [
  'needs to be faster',
  'should not have been delegated',
  'result is not read',
  'could be cheaper',
  'polls too much',
  'deadline is decoration',
  'as it should be',
  'needs the access log',
  'too little',
] as const;

/** `needs the access log`: the records say nothing against it, and the rest is in the API's access log, which was not given. */
export type JobVerdict = (typeof jobVerdicts)[number];

export interface JobsReport {
  readonly version: 1;
  readonly kind: 'jobs';
  readonly input: JobsInput;
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
  /** In the order of their verdicts, then by number of jobs. */
  readonly types: readonly JobTypeReport[];
  /** What needs the access log; null where it was read. */
  readonly missing: string | null;
  readonly cannotKnow: readonly string[];
  readonly assumptions: readonly string[];
}

export interface JobsInput {
  /** When the first and the last of the jobs were accepted: ISO 8601, UTC; null without jobs. */
  readonly from: string | null;
  readonly to: string | null;
  readonly jobs: number;
  readonly ended: number;
  /** Whether there are older jobs that were not read. */
  readonly isCutShort: boolean;
  readonly accessLog: {
    readonly from: string;
    readonly to: string;
    readonly requests: number;
    readonly looks: number;
    /** Callers who look at jobs of many owners, and whose looks are left out. */
    readonly dashboards: number;
    /** Callers who look by the clock: they watch nothing, and cost what they cost. */
    readonly clockReaders: number;
  } | null;
}

/** A rule of the table of verdicts, with its numbers. */
export interface JobRule {
  readonly verdict: JobVerdict;
  /** `open`: more jobs would decide it. `missing`: it needs the access log. `exempt`: results go elsewhere. */
  readonly state: 'fired' | 'not fired' | 'open' | 'missing' | 'exempt';
  /** What was measured, in words with numbers; one text a condition. */
  readonly parts: readonly string[];
  /** What it may be instead. */
  readonly instead: string;
}

export interface Percentiles {
  readonly jobs: number;
  readonly p50: number | null;
  /** Null with fewer than 20 jobs. */
  readonly p95: number | null;
}

export interface JobTypeReport {
  readonly type: string;
  readonly jobs: number;
  readonly ended: { readonly succeeded: number; readonly failed: number; readonly cancelled: number };
  readonly verdict: JobVerdict;
  /** Further verdicts that apply. */
  readonly also: readonly JobVerdict[];
  readonly rules: readonly JobRule[];
  /** The evidence in a few words. */
  readonly because: string;
  readonly instead: string;
  readonly wouldChange: string;
  readonly proposal: string;
  /** A question to ask the people who delegated it. */
  readonly question: string;
  /** Milliseconds: from when it could start to its start, from there to its end with all pauses, and both. */
  readonly startDelayMs: Percentiles;
  readonly runMs: Percentiles;
  readonly totalMs: Percentiles;
  /** The share of all the time that was spent before the start. */
  readonly waitingShare: number | null;
  /** The share of ended jobs that needed more than one attempt. */
  readonly retried: BoundedShare;
  readonly deadline: {
    readonly missed: BoundedShare;
    /** What was left of the time to the deadline, 0 to 1, at the end: the least slack of 1 % and 5 % of the jobs, and of half of them. */
    readonly slack: { readonly p1: number | null; readonly p5: number | null; readonly p50: number | null };
  };
  /** Jobs accepted in the busiest fifth of the week's hours that could have ended in another hour, before their deadline; null for records of less than a week. */
  readonly movable: BoundedShare | null;
  /** Jobs whose end is sent to a webhook or to the job that runs them. */
  readonly pushed: number;
  /** Null without an access log. */
  readonly looks: LookFacts | null;
  readonly cost: JobTypeCost;
}

export interface LookFacts {
  /** Jobs whose whole life is in the log. */
  readonly jobs: number;
  /** Somebody looked close to the end. */
  readonly watched: BoundedShare;
  /** The same at random times: the chance of such a look. */
  readonly control: BoundedShare;
  /** The first minus the second. */
  readonly waitedFor: BoundedShare;
  /** Times from the end to the first look; null where fewer were looked at. */
  readonly lagMs: { readonly p10: number | null; readonly p50: number | null };
  readonly neverRead: BoundedShare;
  readonly polling: {
    readonly meanLooks: number;
    /** What one caller would make at the pace that the API asks for. */
    readonly meanAsked: number;
    /** Jobs with ten looks or more before the end, and more than half as many again as asked for. */
    readonly manyLooks: BoundedShare;
    /** Jobs that a caller asked about sooner than asked to, twice or more. */
    readonly hurried: BoundedShare;
    readonly unchangedShare: number | null;
  };
}

/** USD at list price. */
export interface JobTypeCost {
  /** What a million such jobs cost, without the looks at them. */
  readonly millionJobsUsd: number;
  /** What the looks at a million such jobs cost; null without an access log. */
  readonly millionPollsUsd: number | null;
  /** What a million cost less at the pace that the API asks for; null without an access log. */
  readonly savedUsd: number | null;
  readonly text: string;
}
