/** From rules to a verdict: gates first, then the points. */
import type { EndpointReport, Verdict } from '../delegation-report.ts';
import type { Evidence } from './evidence.ts';
import type { JudgedRule } from './rules.ts';
import { thresholds as limit } from './thresholds.ts';
import { gateOf, type JudgeOptions } from './verdict-gates.ts';

export interface Judgement {
  readonly verdict: Verdict;
  readonly gate: EndpointReport['gate'];
  readonly advice: readonly string[];
  readonly score: number;
  readonly isContradictory: boolean;
  /** What keeps a better verdict away though the points are there; empty where nothing does. */
  readonly withheld: string;
}

/** @returns the verdict on one endpoint */
export function verdictOf(evidence: Evidence, judged: readonly JudgedRule[], options: JudgeOptions): Judgement {
  const score = judged.reduce((sum, { side, weight }) => sum + (side === 'for' ? weight : -weight), 0);
  const strong = (side: 'for' | 'against') => judged.some((rule) => rule.side === side && rule.weight >= 2);
  const isContradictory = strong('for') && strong('against');
  const gate = gateOf(evidence, options);
  if (gate !== undefined) {
    const { id, text, verdict, advice = [] } = gate;
    return { verdict, gate: { id, text }, advice, score, isContradictory: false, withheld: '' };
  }
  const missing = missingOf(evidence, judged, score);
  const byRules = byPoints(judged, score, missing);
  const isWithheld = evidence.isWaitOnly && (byRules === 'delegate' || byRules === 'probably');
  const verdict = isWithheld ? (byRules === 'delegate' ? 'probably' : 'cannot tell') : byRules;
  const withheld = isWithheld ? onlyWaits : verdict === 'keep' ? '' : missing;
  const advice = verdict === 'delegate' || verdict === 'probably' ? adviceOf(evidence) : [];
  return { verdict, gate: null, advice, score, isContradictory: verdict === 'cannot tell' && isContradictory, withheld };
}

const onlyWaits = 'the log has only what callers waited, and a slow network could explain it: log the time of the backend';

/** @returns the first condition of `delegate` that does not hold; empty where all do */
function missingOf(evidence: Evidence, judged: readonly JudgedRule[], score: number): string {
  const fired = judged.filter((rule) => rule.fired);
  const against = fired.find(({ side, weight }) => side === 'against' && weight >= 2);
  if (against !== undefined) return against.text;
  if (!fired.some(({ id }) => id === 'T1' || id === 'T3')) return 'it neither takes 10 s nor ends at a limit (T1, T3)';
  if (!fired.some(({ isAffirmative }) => isAffirmative))
    return 'nothing shows that callers do without the answer (C2a with 2 points, or answers that are 202)';
  if (couldBeUsed(evidence)) return `${limit.used * 100} % may still use the answer at once: the bounds are too wide`;
  return score < limit.delegateScore ? `${limit.delegateScore} points are needed` : '';
}

function byPoints(judged: readonly JudgedRule[], score: number, missing: string): Verdict {
  if (missing === '') return 'delegate';
  const fired = judged.filter((rule) => rule.fired);
  const strong = (side: 'for' | 'against') => fired.some((rule) => rule.side === side && rule.weight >= 2);
  const hasTime = fired.some(({ side, family }) => side === 'for' && family === 'time');
  const isLikely = fired.some(({ id, isDeclared }) => isDeclared || id === 'T1' || id === 'T3');
  if (!strong('against') && hasTime && isLikely && score >= limit.probablyScore) return 'probably';
  return score <= limit.keepScore || (strong('against') && !strong('for')) ? 'keep' : 'cannot tell';
}

/** @returns whether the strong rules against could still be true: the upper bound of what they look at reaches what they need, or nothing is known */
function couldBeUsed({ behaviour }: Evidence): boolean {
  if (behaviour === undefined) return true;
  return [behaviour.used5, behaviour.fresh5, behaviour.resumes].some((share) => share.interval()[2] >= limit.used);
}

function adviceOf({ held, measured: { tally, behaviour } }: Evidence): readonly string[] {
  const advice = [];
  const isMostlyFast = (held.p50?.[2] ?? limit.noticeableWaitMs) < limit.noticeableWaitMs && (held.p95?.[0] ?? 0) >= 5_000;
  advice.push(isMostlyFast ? 'hybrid' : 'job');
  const rejections = tally.heldOfRejection;
  if (rejections.count >= 0.02 * tally.requests && (rejections.quantile(0.5) ?? 0) < 0.2 * (tally.heldOfSuccess.quantile(0.5) ?? 0))
    advice.push('validate first');
  if ((behaviour.byBlock.bulk.estimate ?? 0) >= limit.bulk) advice.push('gather');
  return advice;
}
