/**
 * The rules: evidence for and against delegating, with weights 2 (strong) and 1 (weak). A rule fires on a one-sided 95 % bound, the one that makes
 * firing harder, and not on an estimate. Plain data, so that a reader can compute every verdict by hand.
 */
import type { RuleResult } from '../delegation-report.ts';
import { answerRules } from './answer-rules.ts';
import { callerRules } from './caller-rules.ts';
import type { Evidence } from './evidence.ts';
import type { Family, Rule } from './rule.ts';
import { timeRules } from './time-rules.ts';

export interface JudgedRule extends RuleResult {
  readonly family: Family;
  readonly isAffirmative: boolean;
  readonly isDeclared: boolean;
}

/** All rules, in the order in which they are shown. */
export const rules: readonly Rule[] = [
  'T1',
  'T2',
  'T3',
  'C1',
  'C2a',
  'C2b',
  'C3',
  'C4',
  'C5',
  'A1',
  'S1',
  'K1',
  'K2',
  'K3',
  'K4',
  'K5',
].flatMap((id) => [...timeRules, ...callerRules, ...answerRules].filter((rule) => rule.id === id));

/** @returns all rules that the log holds something for, fired or not */
export function judge(evidence: Evidence): readonly JudgedRule[] {
  return rules.flatMap(({ test, id, side, family, reason, counter }) => {
    const found = test(evidence);
    if (found === undefined) return [];
    const { weight, text, estimate = null, bound = null, needs = null, isAffirmative = false, isDeclared = false } = found;
    return [
      {
        id,
        side,
        family,
        reason,
        counter,
        fired: weight > 0,
        weight,
        text,
        estimate,
        bound,
        needs,
        isAffirmative: isAffirmative && weight > 0,
        isDeclared: isDeclared && weight > 0,
      },
    ];
  });
}
