/** Puts measures, verdicts, answers and costs together into the report. */
import type { DelegationReport, EndpointReport, FollowUpFacts, Interval, Quantiles, ServiceFacts } from './delegation-report.ts';
import type { AnswerEntry } from './judge/answers-file.ts';
import { contradictionsOf, summaryOfAnswers } from './judge/answers-summary.ts';
import { type CostOptions, costsIn } from './judge/endpoint-cost.ts';
import { type Evidence, evidenceOf } from './judge/evidence.ts';
import { assumptionsOf, cannotKnow } from './judge/limits-of-logs.ts';
import { proposalOf } from './judge/proposal.ts';
import { questionOf } from './judge/question.ts';
import { becauseOf, butOf, wouldChangeOf } from './judge/row-texts.ts';
import { type JudgedRule, judge } from './judge/rules.ts';
import { type Judgement, verdictOf } from './judge/verdict.ts';
import { warningsOf } from './judge/warnings.ts';
import { curveSeconds } from './measure/behaviour-tally.ts';
import { timelineOf } from './measure/held-timeline.ts';
import { leftOutReasons } from './measure/left-out.ts';
import type { LogHistogram } from './measure/log-histogram.ts';
import type { LogMeasures } from './measure/measure-log.ts';
import { patienceFacts } from './measure/patience.ts';

export interface MakeOptions {
  readonly acceptMs: number;
  readonly capacity?: number | undefined;
  readonly sampling?: 'request' | 'tail' | undefined;
  readonly cost: CostOptions;
  readonly answers?: { readonly file: string; readonly entries: readonly AnswerEntry[] } | undefined;
}

interface Judged {
  readonly evidence: Evidence;
  readonly rules: readonly JudgedRule[];
  readonly judgement: Judgement;
}

/** @returns the report; the same for the same measures and options, to the byte */
export async function makeReport(log: LogMeasures, options: MakeOptions): Promise<DelegationReport> {
  const answers = new Map((options.answers?.entries ?? []).map((entry) => [entry.endpoint, entry]));
  const judged = log.endpoints
    .map((measured): Judged => {
      const evidence = evidenceOf(measured, log);
      const rules = judge(evidence);
      const answer = answers.get(evidence.name);
      return { evidence, rules, judgement: verdictOf(evidence, rules, { timing: log.timing, sampling: options.sampling, answer }) };
    })
    .toSorted(inOrder);
  const delegable = new Set(judged.filter(({ judgement: { verdict } }) => isDelegable(verdict)).map(({ evidence }) => evidence.name));
  const costOf = costsIn(options.cost);
  const observedSeconds = log.observed.count * 60;
  const busyHeld = log.busy.reduce((sum, minute) => sum + (log.total[minute] ?? 0), 0);
  const allHeld = judged.reduce((sum, { evidence }) => sum + evidence.heldMinutes.mean, 0);
  const endpoints = judged.map((one, i): EndpointReport => {
    const { evidence, rules, judgement } = one;
    const { tally, behaviour } = evidence.measured;
    const { freed } = evidence;
    const entry = answers.get(evidence.name);
    return {
      rank: i + 1,
      endpoint: evidence.name,
      method: tally.method,
      template: tally.template.path,
      templateFrom: tally.template.source,
      requests: evidence.requests,
      requestsPerDay: observedSeconds === 0 ? 0 : rounded((tally.weight / observedSeconds) * 86_400),
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
      limits: [...tally.limits.values()]
        .toSorted((a, b) => b.requests - a.requests || (a.limit.name < b.limit.name ? -1 : 1))
        .map(({ limit, requests }) => ({
          seconds: limit.ms / 1000,
          name: limit.name,
          share: intervalOf([
            Math.min(evidence.limited[0], requests / evidence.requests),
            requests / evidence.requests,
            evidence.limited[2],
          ]),
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
      rules: rules.map(({ family: _, isAffirmative: __, ...rule }) => ({
        ...rule,
        estimate: roundedOrNull(rule.estimate),
        bound: roundedOrNull(rule.bound),
      })),
      advice: judgement.advice,
      because: becauseOf(rules, judgement),
      but: butOf(evidence, rules, judgement),
      wouldChange: wouldChangeOf(evidence, rules, judgement),
      question: questionOf(evidence, rules, judgement),
      answered:
        entry === undefined ? null : { entry, isDue: isDue(entry, log.lastMs), contradictions: contradictionsOf(entry, evidence, rules) },
      cost: costOf(evidence, observedSeconds),
      proposal: proposalOf(evidence, rules, judgement),
    };
  });
  return {
    version: 1,
    input: inputOf(log),
    warnings: warningsOf(
      log,
      judged.map(({ evidence }) => evidence),
      options,
    ),
    service: await serviceOf(log, { delegable, endpoints, options, busyHeld }),
    endpoints,
    inferredRoutes: log.routes.inferred,
    answers: summaryOfAnswers(endpoints, options.answers),
    cannotKnow: cannotKnow(log),
    assumptions: assumptionsOf(options),
  };
}

const isDelegable = (verdict: EndpointReport['verdict']) => verdict === 'delegate' || verdict === 'probably';

/** What is worth a talk comes first, by what it would free in its busiest minutes; `keep` follows, in the same order. */
function inOrder(a: Judged, b: Judged): number {
  const keeps = ({ judgement }: Judged) => Number(judgement.verdict === 'keep');
  return (
    keeps(a) - keeps(b) ||
    b.evidence.freed.peak - a.evidence.freed.peak ||
    b.evidence.freed.mean - a.evidence.freed.mean ||
    (a.evidence.name < b.evidence.name ? -1 : 1)
  );
}

const isDue = ({ review }: AnswerEntry, lastMs: number) => review !== undefined && Date.parse(review) <= lastMs;

const heldIn = (perMinute: ArrayLike<number>, minutes: readonly number[]) =>
  minutes.reduce((sum, minute) => sum + (perMinute[minute] ?? 0), 0);

/** Six digits: enough for every view, and no noise of sums. */
const rounded = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(6)) : 0);
const roundedOrNull = (value: number | null) => (value === null ? null : rounded(value));
const intervalOf = ([low, estimate, high]: Interval): Interval => [rounded(low), rounded(estimate), rounded(high)];

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

const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function inputOf(log: LogMeasures): DelegationReport['input'] {
  const { counts, requests, firstMs, lastMs, observed } = log;
  const minuteAt = (minute: number) => iso((Math.floor(firstMs / 60_000) + minute) * 60_000);
  const unparsedLines = counts.formats.reduce((sum, { unparsed }) => sum + unparsed, 0);
  const known = [...log.callerKinds].reduce((most, kind) => (kind[1] > most[1] ? kind : most));
  return {
    from: requests === 0 ? null : iso(firstMs),
    to: requests === 0 ? null : iso(lastMs),
    observedSeconds: observed.count * 60,
    requests,
    formats: counts.formats.map(({ format, title, files, requests: read, unparsed }) => ({
      format,
      title,
      files,
      requests: read,
      unparsed,
    })),
    unparsedLines,
    unparsedShare: unparsedLines === 0 ? 0 : rounded(unparsedLines / (unparsedLines + requests)),
    unparsedForms: counts.unparsedForms,
    skippedFiles: counts.skipped,
    callersKnownBy: known[1] === 0 ? 'none' : known[0],
    timing: log.timing,
    gaps: observed.gaps.map(([from, to]) => ({ from: minuteAt(from), to: minuteAt(to) })),
    leftOut: leftOutReasons.flatMap((what) => ((log.leftOut.get(what) ?? 0) === 0 ? [] : [{ what, requests: log.leftOut.get(what) ?? 0 }])),
    followedCallers: log.followed,
  };
}

async function serviceOf(
  log: LogMeasures,
  {
    delegable,
    endpoints,
    options,
    busyHeld,
  }: { delegable: ReadonlySet<string>; endpoints: readonly EndpointReport[]; options: MakeOptions; busyHeld: number },
): Promise<ServiceFacts> {
  const { busy, observed, total } = log;
  const freed = log.endpoints
    .filter(({ name }) => delegable.has(name))
    .reduce((sum, { tally }) => sum + heldIn(tally.minutes.freed, busy), 0);
  const replay =
    log.replay === undefined || options.capacity === undefined ? null : { capacity: options.capacity, ...(await log.replay(delegable)) };
  const minutes = Math.max(1, observed.count);
  return {
    meanHeld: rounded(total.reduce((sum, held) => sum + held, 0) / minutes / 60_000),
    peakHeld: busy.length === 0 ? 0 : rounded(busyHeld / busy.length / 60_000),
    busyMinutes: busy.length,
    delegableShareOfBusyMinutes: busyHeld === 0 ? 0 : rounded(freed / busyHeld),
    replay: replay === null ? null : { capacity: replay.capacity, before: loadOf(replay.before), after: loadOf(replay.after) },
    timeline: timelineOf(log, {
      delegable,
      largest: [...endpoints]
        .sort((a, b) => b.held.mean - a.held.mean || a.rank - b.rank)
        .slice(0, 3)
        .sort((a, b) => a.rank - b.rank)
        .map(({ endpoint }) => endpoint),
    }),
  };
}

const loadOf = ({ busy, waitMs }: { readonly busy: number; readonly waitMs: number }) => ({ busy: rounded(busy), waitMs: rounded(waitMs) });
