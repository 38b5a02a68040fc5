/** The report itself: versioned plain data, complete enough to draw every view of it. What `--json` prints. */
import type { AnswerEntry } from './judge/answers-file.ts';
import type { FormatName } from './read/log-reader.ts';
import type { CallerKind } from './read/logged-request.ts';
import type { TemplateSource } from './routes/route-table.ts';

/** Lower bound, estimate, upper bound, at 95 %. */
export type Interval = readonly [low: number, estimate: number, high: number];

export type Verdict = 'delegate' | 'probably' | 'cannot tell' | 'keep';

export interface DelegationReport {
  readonly version: 1;
  readonly input: InputFacts;
  readonly warnings: readonly { readonly code: string; readonly text: string }[];
  readonly service: ServiceFacts;
  /** In the order of the table: what delegating would free in the busiest minutes, `keep` after the others. */
  readonly endpoints: readonly EndpointReport[];
  /** How paths were grouped, where that was inferred. */
  readonly inferredRoutes: readonly { readonly method: string; readonly path: string; readonly shapes: readonly string[] }[];
  readonly answers: AnswersSummary;
  /** What these logs cannot say; printed with every report. */
  readonly cannotKnow: readonly string[];
  /** What the figures rest on: thresholds, prices, the assumed time to accept. */
  readonly assumptions: readonly string[];
}

export interface InputFacts {
  /** ISO 8601, UTC; null when there is no request. */
  readonly from: string | null;
  readonly to: string | null;
  /** Seconds that the log covers, without its gaps. */
  readonly observedSeconds: number;
  /** All requests that were understood, also those that are left out. */
  readonly requests: number;
  readonly formats: readonly {
    readonly format: FormatName;
    readonly title: string;
    readonly files: number;
    readonly requests: number;
    readonly unparsed: number;
  }[];
  readonly unparsedLines: number;
  readonly unparsedShare: number;
  /** The form of some lines that were not understood: letters as `a`, digits as `9`. */
  readonly unparsedForms: readonly string[];
  /** What was assumed while reading, and what was cut short. */
  readonly notes: readonly string[];
  readonly skippedFiles: readonly { readonly file: string; readonly reason: string }[];
  /** What most callers are known by. */
  readonly callersKnownBy: CallerKind;
  /** Whether the time held by the application is logged, only the caller's wait, or neither. */
  readonly timing: 'held' | 'waited' | 'none';
  /** Hours without any request, taken for missing files and left out. */
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
  /** Requests that are not work of endpoints, by reason: `preflight`, `health checks`, `static files`, `bots`, `unknown paths`, `fast redirects`, `wrong times`. */
  readonly leftOut: readonly { readonly what: string; readonly requests: number }[];
  /** The share of callers whose behaviour was followed; 1 unless the log is very large. */
  readonly followedCallers: number;
}

export interface ServiceFacts {
  /** Mean number of requests in progress. */
  readonly meanHeld: number;
  /** The mean of the highest 1 % of the minutes. */
  readonly peakHeld: number;
  readonly busyMinutes: number;
  /** Share of the busy minutes' held time that `delegate` and `probably` endpoints would free. */
  readonly delegableShareOfBusyMinutes: number;
  /** Only with a given capacity: the busiest minutes replayed, as they were and with those endpoints delegated. */
  readonly replay: { readonly capacity: number; readonly before: LoadFacts; readonly after: LoadFacts } | null;
  /** Requests in progress over time, each value the maximum of the minutes in a step. */
  readonly timeline: {
    readonly from: string | null;
    readonly stepMinutes: number;
    readonly total: readonly number[];
    /** The same without the endpoints that need not answer at once. */
    readonly withoutDelegable: readonly number[];
    /** The three endpoints that hold the most, in the order of the table. */
    readonly endpoints: readonly { readonly endpoint: string; readonly held: readonly number[] }[];
  };
}

export interface LoadFacts {
  /** Share of the capacity that is in use, 0 to 1. */
  readonly busy: number;
  /** Mean wait of the other requests for a free place. */
  readonly waitMs: number;
}

export interface EndpointReport {
  /** From 1, in the order of the table. */
  readonly rank: number;
  /** Method and template, such as `POST /v1/reports`. */
  readonly endpoint: string;
  readonly method: string;
  readonly template: string;
  readonly templateFrom: TemplateSource;
  readonly requests: number;
  readonly requestsPerDay: number;
  readonly callers: number;
  readonly callersKnownBy: CallerKind;
  /** Requests that one caller made, as a share. */
  readonly largestCallerShare: number;
  /** What delegating would free: requests no longer in progress. */
  readonly freed: {
    /** The mean of the endpoint's highest 1 % of minutes: what the table is sorted by. */
    readonly peak: number;
    readonly p99Minute: number;
    readonly mean: number;
    readonly shareOfBusyMinutes: number;
    /** `peak / mean`; null when nothing is freed. */
    readonly peakRatio: number | null;
  };
  readonly held: { readonly mean: number; readonly shareOfAll: number };
  readonly waitMs: Quantiles;
  readonly heldMs: Quantiles;
  /** How many requests waited how long, in steps of a tenth of a decade. */
  readonly waitHistogram: readonly { readonly fromMs: number; readonly toMs: number; readonly requests: number }[];
  readonly outcomes: Readonly<Record<string, number>>;
  /** Null where all callers waited. */
  readonly patience: PatienceFacts | null;
  /** Durations at which answers end: the gateway's, the load balancer's, the function's limit. */
  readonly limits: readonly { readonly seconds: number; readonly share: Interval; readonly name: string }[];
  /** What callers did after the answer; null where the log cannot distinguish them, and for reads. */
  readonly followUps: FollowUpFacts | null;
  readonly answer: {
    readonly kind: 'says nothing' | 'acknowledgement' | 'data' | 'unknown';
    readonly p50Bytes: number | null;
    readonly text: string;
  };
  /** Shares of requests by who sent them. */
  readonly agents: Readonly<Record<'browser' | 'program' | 'webhook' | 'unknown', number>>;
  readonly verdict: Verdict;
  /** Whether strong rules fired on both sides. */
  readonly isContradictory: boolean;
  /** What decided before the rules did; null where the rules decided. */
  readonly gate: { readonly id: string; readonly text: string } | null;
  readonly score: number;
  /** What is missing for `delegate`, in words; empty where a gate decided, and for `delegate` and `keep`. */
  readonly withheld: string;
  readonly rules: readonly RuleResult[];
  /** What to do: `job`, `hybrid`, `validate first`, `gather`, `cache or precompute`, `query job`, `make faster`, `already delegated`. */
  readonly advice: readonly string[];
  /** The strongest evidence in a few words, for the table. */
  readonly because: string;
  /** The strongest evidence on the other side, or what is missing; empty when there is none. */
  readonly but: string;
  readonly wouldChange: string;
  /** What to ask the people who own the requirement. */
  readonly question: string;
  /** The entry of the answers file, and what the behaviour says against it. */
  readonly answered: { readonly entry: AnswerEntry; readonly isDue: boolean; readonly contradictions: readonly string[] } | null;
  readonly cost: CostFacts | null;
  /** A job type to start from; null where nothing is to be delegated. */
  readonly proposal: ProposalFacts | null;
}

/** Null where there are too few requests for an interval. */
export interface Quantiles {
  readonly p50: Interval | null;
  readonly p95: Interval | null;
  readonly p99: Interval | null;
  readonly mean: number | null;
}

export interface PatienceFacts {
  /** Kaplan-Meier: the share of callers who still wait after a time, with its 95 % band. */
  readonly curve: readonly { readonly seconds: number; readonly waiting: Interval }[];
  /** Seconds after which a quarter of the callers is gone; null when fewer than a quarter leave. */
  readonly quarterGoneSeconds: number | null;
  /** A time at which many hang up at once: a setting of the client, and not a person. */
  readonly clientTimeoutSeconds: number | null;
}

export interface FollowUpFacts {
  /** Successful requests whose callers were followed. */
  readonly writes: number;
  /** Related reads within 5 s and 60 s of the answer, minus the same before the request. */
  readonly usedWithin5: Interval;
  readonly usedWithin60: Interval;
  /** Reads within 5 s of something that was never read before. */
  readonly freshWithin5: Interval;
  /** First related read after a minute and within a day. */
  readonly comesBackLater: Interval;
  /** Starts another request at the answer, minus the same before the request. */
  readonly resumes: Interval;
  /** Seconds until the first related read, of those that came back; null when fewer than 20 did. */
  readonly slackSeconds: { readonly p5: number; readonly p50: number; readonly p95: number } | null;
  /** Share that had come back by a time, and the control: the same before the request. */
  readonly returnCurve: readonly { readonly seconds: number; readonly after: number; readonly before: number }[];
}

export interface RuleResult {
  readonly id: string;
  readonly side: 'for' | 'against';
  readonly fired: boolean;
  /** What it counts: 2 is strong. 0 where it did not fire, and for what is shown and not counted. */
  readonly weight: number;
  /** What was measured, in words with numbers. */
  readonly text: string;
  readonly reason: string;
  /** What it may be instead. */
  readonly counter: string;
  /** The share or time that the rule looks at, its bound that makes firing harder, and what it needs; null where there is no number. */
  readonly estimate: number | null;
  readonly bound: number | null;
  readonly needs: number | null;
}

export interface CostFacts {
  /** USD a month at list price: what the held time costs as synchronous Lambda time. */
  readonly heldUsdMonth: number;
  /** What the same work costs as jobs. */
  readonly delegatedUsdMonth: number;
  /** Price of delegating: the second minus the first, without what is saved. */
  readonly deltaUsdMonth: number;
  /** Work that was repeated or done for callers who had left, and would not be; null where unknown. */
  readonly wastedUsdMonth: number | null;
  readonly text: string;
}

export interface ProposalFacts {
  readonly type: string;
  readonly typicalSeconds: number;
  /** Null where durations are cut off. */
  readonly timeoutSeconds: number | null;
  readonly deadlineSeconds: number | null;
  readonly batchSize: number | null;
  readonly idempotencyKey: boolean;
  readonly text: string;
}

export interface AnswersSummary {
  readonly file: string | null;
  readonly answered: number;
  /** Endpoints above the line without an answer. */
  readonly unanswered: readonly string[];
  /** Answers whose review date has passed by the end of the log. */
  readonly due: readonly string[];
  readonly contradicted: readonly string[];
  /** Entries for endpoints that the log does not have. */
  readonly unknown: readonly string[];
}
