/** The row of one endpoint: its measures, its verdict, and the texts for both. */
import type { EndpointReport, FollowUpFacts, Quantiles } from '../delegation-report.ts';
import { curveSeconds } from '../measure/behaviour-tally.ts';
import { limitsOf } from '../measure/endpoint-tally.ts';
import { wilson } from '../measure/interval.ts';
import type { LogHistogram } from '../measure/log-histogram.ts';
import type { LogMeasures } from '../measure/measure-log.ts';
import { patienceFacts } from '../measure/patience.ts';
import type { AnswerEntry } from './answers-file.ts';
import { contradictionsOf, isReopened } from './answers-summary.ts';
import type { CostOf } from './endpoint-cost.ts';
import type { Evidence } from './evidence.ts';
import { proposalOf } from './proposal.ts';
import { questionOf } from './question.ts';
import { heldIn, intervalOf, rounded, roundedOrNull } from './rounded.ts';
import { becauseOf, butOf, wouldChangeOf } from './row-texts.ts';
import type { JudgedRule } from './rules.ts';
import type { Judgement } from './verdict.ts';

export interface Judged {
  readonly evidence: Evidence;
  readonly rules: readonly JudgedRule[];
  readonly judgement: Judgement;
  /** By the rules alone, regardless of an answer. */
  readonly byRules: Judgement;
}

export interface RowContext {
  readonly rank: number;
  readonly log: LogMeasures;
  readonly entry: AnswerEntry | undefined;
  readonly costOf: CostOf;
  /** Milliseconds that all endpoints hold in the busiest minutes. */
  readonly busyHeld: number;
  /** Mean requests in progress of all endpoints. */
  readonly allHeld: number;
}

export function endpointRow(
  { evidence, rules, judgement, byRules }: Judged,
  { rank, log, entry, costOf, busyHeld, allHeld }: RowContext,
): EndpointReport {
  const { tally, behaviour } = evidence.measured;
  const { freed } = evidence;
  // By the clock: a service that sleeps at night is not missing its files.
  const seconds = Math.max(60, (log.lastMs - log.firstMs) / 1_000);
  const answered =
    entry === undefined ? null : { entry, isDue: isDue(entry, log.lastMs), contradictions: contradictionsOf(entry, evidence, rules) };
  const isOpen = answered === null || isReopened(answered);
  return {
    rank,
    endpoint: evidence.name,
    method: tally.method,
    template: tally.template.path,
    templateFrom: tally.template.source,
    requests: evidence.requests,
    requestsPerDay: rounded((tally.weight / seconds) * 86_400),
    callers: evidence.callers,
    callersKnownBy: evidence.callersKnownBy,
    largestCallerShare: behaviour.requests === 0 ? 0 : rounded(behaviour.largestCaller / behaviour.requests),
    freed: {
      peak: rounded(freed.peak),
      p99Minute: rounded(freed.p99),
      mean: rounded(freed.mean),
      shareOfBusyMinutes: busyHeld === 0 ? 0 : rounded(heldIn(tally.minutes.freed, log.busy) / busyHeld),
      peakRatio: freed.mean === 0 ? null : rounded(freed.peak / freed.mean),
    },
    held: { mean: rounded(evidence.heldMinutes.mean), shareOfAll: allHeld === 0 ? 0 : rounded(evidence.heldMinutes.mean / allHeld) },
    waitMs: quantilesOf(tally.wait),
    heldMs: quantilesOf(tally.held),
    waitHistogram: histogramOf(tally.wait),
    outcomes: tally.outcomes,
    patience: patienceFacts(tally.wait, tally.hangUpWait),
    limits: limitsOf(tally).map(({ limit, requests }) => ({
      seconds: limit.ms / 1000,
      name: limit.name,
      share: intervalOf(wilson(requests / evidence.requests, evidence.requests)),
    })),
    followUps: followUpsOf(evidence),
    answer: evidence.answer,
    agents: {
      browser: rounded(evidence.agents.browser),
      program: rounded(evidence.agents.program),
      webhook: rounded(evidence.agents.webhook),
      unknown: rounded(evidence.agents.unknown),
    },
    verdict: judgement.verdict,
    isContradictory: judgement.isContradictory,
    gate: judgement.gate,
    score: judgement.score,
    withheld: judgement.withheld,
    rules: rules.map(({ family: _, isAffirmative: __, isDeclared: ___, ...rule }) => ({
      ...rule,
      estimate: roundedOrNull(rule.estimate),
      bound: roundedOrNull(rule.bound),
    })),
    advice: judgement.advice,
    because: becauseOf(rules, judgement),
    but: butOf(evidence, rules, judgement),
    wouldChange: wouldChangeOf(evidence, rules, judgement),
    question: isOpen ? questionOf(evidence, rules, byRules) : '',
    answered,
    cost: costOf(evidence, seconds),
    proposal: proposalOf(evidence, rules, judgement),
  };
}

const isDue = ({ review }: AnswerEntry, lastMs: number) => review !== undefined && Date.parse(review) <= lastMs;

function quantilesOf(histogram: LogHistogram): Quantiles {
  const quantile = (q: number) => {
    const interval = histogram.interval(q);
    return interval === null ? null : intervalOf(interval);
  };
  return { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), mean: roundedOrNull(histogram.mean) };
}

/** Ten steps a decade. */
function histogramOf(histogram: LogHistogram): EndpointReport['waitHistogram'] {
  const counts = new Map<number, number>();
  histogram.forEach((value, count) => {
    const step = value < 1 ? 0 : Math.floor(Math.log10(value) * 10 + 1e-9);
    counts.set(step, (counts.get(step) ?? 0) + count);
  });
  return [...counts].map(([step, requests]) => ({ fromMs: rounded(10 ** (step / 10)), toMs: rounded(10 ** ((step + 1) / 10)), requests }));
}

function followUpsOf({ behaviour, isSafe, measured }: Evidence): FollowUpFacts | null {
  if (behaviour === undefined || isSafe || behaviour.used5.requests === 0) return null;
  const { slack, returned, control } = measured.behaviour;
  const writes = behaviour.used5.requests;
  const at = (q: number) => rounded((slack.quantile(q) ?? 0) / 1000);
  return {
    writes,
    usedWithin5: intervalOf(behaviour.used5.interval()),
    usedWithin60: intervalOf(behaviour.used60.interval()),
    freshWithin5: intervalOf(behaviour.fresh5.interval()),
    comesBackLater: intervalOf(behaviour.later.interval()),
    resumes: intervalOf(behaviour.resumes.interval()),
    slackSeconds: slack.count < 20 ? null : { p5: at(0.05), p50: at(0.5), p95: at(0.95) },
    returnCurve: curveSeconds.map((seconds, i) => ({
      seconds,
      after: rounded((returned[i] ?? 0) / writes),
      before: rounded((control[i] ?? 0) / writes),
    })),
  };
}
